import ArgumentParser
import Glibc

/// Hands over to the author's kit's own checker, which has nothing of the host in it.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Hold a module's bundle against everything that a module must keep to.",
        discussion: """
            Each check runs in a process of its own with a time limit, on a host in that process: no data folder is \
            touched. The exit code is 0 when all checks are passed, 1 when one is not, 2 for wrong usage. `--list` \
            names the checks, `--help` tells the options.
            """)
    @Argument(parsing: .captureForPassthrough, help: "The bundle's folder and the checker's options; see --help.")
    var words: [String] = []

    func run() throws { try Self.runChecker(words) }

    /// Becomes the checker, which lies beside this command. Returns only by throwing.
    static func runChecker(_ words: [String]) throws {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        guard count > 0 else { throw ValidationError("The path of this command cannot be read.") }
        let own = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let checker = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/gantry-check"
        var arguments = (["gantry-check"] + words).map { strdup($0) } + [nil]
        execv(checker, &arguments)
        throw ValidationError("\(checker) cannot be run: \(String(cString: strerror(errno)))")
    }
}
