public import Glibc

/// A program that was started, in a folder and with an environment of its own.
public struct ChildProcess: Sendable {
    /// Where its output goes.
    public enum Output: Sendable {
        /// Where that of this process goes.
        case inherited
        /// Its error output to this descriptor, the rest nowhere.
        case errors(Int32)
    }

    /// Its number.
    public let id: pid_t

    /// Starts a program, which is looked for in the search path.
    /// - Parameters:
    ///   - command: The program and its arguments.
    ///   - folder: Where it runs; where this process does unless given.
    ///   - environment: What is set besides this process' environment; nil takes a name away.
    ///   - ownGroup: Whether Ctrl-C at the terminal does not reach it.
    public init(
        _ command: [String], in folder: String? = nil, environment: [String: String?] = [:],
        output: Output = .inherited,
        ownGroup: Bool = false
    ) throws(AuthoringError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if case .errors(let descriptor) = output {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, descriptor, 2)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process takes its signals from a descriptor; the program gets them as usual.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var flags = POSIX_SPAWN_SETSIGMASK
        if ownGroup { flags |= POSIX_SPAWN_SETPGROUP }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        // posix_spawn itself changes folders only in an extension of the C library's.
        let words = (folder.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0] } ?? []) + command
        var arguments = words.map { strdup($0) } + [nil]
        var variables = Self.variables(environment).map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawnp(&process, words.first ?? "", &actions, &attributes, &arguments, &variables)
        guard failure == 0 else {
            throw AuthoringError(
                .notStarted, "`\(command.first ?? "")` cannot be started: \(String(cString: strerror(failure))).")
        }
        id = process
    }

    /// The outcome when it has ended, nil while it runs. Once it was given, it is not asked for again.
    public func outcome(waiting: Bool) -> Outcome? {
        var status: Int32 = 0
        while true {
            let found = waitpid(id, &status, waiting ? 0 : WNOHANG)
            if found < 0 && errno == EINTR { continue }
            return found == id ? Outcome(status: status) : found < 0 ? Outcome(status: 0) : nil
        }
    }

    /// How a program ended.
    public struct Outcome: Sendable {
        private let status: Int32

        init(status: Int32) { self.status = status }

        /// Of a program of which nothing is known.
        public static let none = Outcome(status: 0)
        /// The signal that ended it; 0 for none.
        public var signal: Int32 { status & 0x7f }
        /// The status as a shell would say it.
        public var code: Int32 { signal == 0 ? status >> 8 & 0xff : 128 + signal }
        /// In words.
        public var description: String {
            signal == 0
                ? "with status \(code)"
                : "by signal \(signal) (\(strsignal(signal).map { String(cString: $0) } ?? "unknown"))"
        }
    }

    private static func variables(_ changes: [String: String?]) -> [String] {
        var variables: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if changes[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            next += 1
        }
        return variables + changes.compactMap { name, value in value.map { "\(name)=\($0)" } }
    }
}
