import GantryKitTesting
import Glibc

/// The command that holds a module's bundle against every check, each in a process of its own with a time limit.
public enum ConformanceCommand {
    private static let usage = """
        usage: gantry-module-check <bundle folder> [--library file] [--check name] [--seed number] [--in-process]
          Runs the module through every check, each in a process of its own, and says what to change.
          --check name    only this one; --list names all
          --seed number   makes the random checks do the same again
          --in-process    without a process of its own, for a debugger

        """

    private struct Options {
        var bundle: String?
        var library: String?
        var check: String?
        var seed: UInt64?
        var isInProcess = false
    }

    /// The whole of the command's process; see `run`. The process begins anew once where the Swift runtime's folder is
    /// not in its search path.
    public static func main(_ arguments: [String]) -> Int32 {
        RuntimePath.ensure(arguments)
        return run(arguments)
    }

    /// Runs the command and returns its exit code: 0 when all checks are passed, 1 when one is not, 2 for wrong usage.
    public static func run(_ arguments: [String]) -> Int32 {
        if arguments.contains("--list") {
            for check in Check.all { print("\(check.name): \(check.promise)") }
            return 0
        }
        guard let options = parse(Array(arguments.dropFirst())), let bundle = options.bundle else {
            complain(usage)
            return 2
        }
        let checks = Check.all.filter { options.check == nil || options.check == $0.name }
        guard !checks.isEmpty else {
            complain("There is no check `\(options.check ?? "")`; see --list.\n")
            return 2
        }
        let seed = options.seed ?? UInt64.random(in: 1...1_000_000)
        if options.isInProcess { return runHere(checks, bundle, options.library, seed) }
        do {
            _ = try Subject(bundle: bundle, library: options.library, seed: seed)
        } catch {
            complain("\(error)\n")
            return 2
        }
        var failures = 0
        for check in checks {
            let result = ChildCheck.run(check.name, bundle, options.library, seed: seed)
            if result.isPassed {
                print("passed  \(check.name): \(check.promise)")
            } else {
                failures += 1
                print("FAILED  \(check.name): \(check.promise)\n        \(result.message)")
            }
            fflush(nil)
        }
        print("\(checks.count - failures) passed, \(failures) failed (seed \(seed))")
        return failures == 0 ? 0 : 1
    }

    private static func complain(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    private static func runHere(_ checks: [Check], _ bundle: String, _ library: String?, _ seed: UInt64) -> Int32 {
        do {
            let subject = try Subject(bundle: bundle, library: library, seed: seed)
            for check in checks { try check.run(subject) }
            return 0
        } catch {
            print("\(error)")
            fflush(nil)
            return 1
        }
    }

    private static func parse(_ arguments: [String]) -> Options? {
        var options = Options()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--library": options.library = rest.popFirst()
            case "--check": options.check = rest.popFirst()
            case "--seed", "--reproduce": options.seed = rest.popFirst().flatMap { UInt64($0) }
            case "--in-process": options.isInProcess = true
            default:
                guard !argument.hasPrefix("--"), options.bundle == nil else { return nil }
                options.bundle = argument
            }
        }
        return options
    }
}

/// One check in a process of its own: what kills it is a finding, not the end.
enum ChildCheck {
    struct Result {
        var isPassed: Bool
        var message: String
    }

    private static let limitSeconds = 60

    static func run(_ check: String, _ bundle: String, _ library: String?, seed: UInt64) -> Result {
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { return Result(isPassed: false, message: "no pipe") }
        for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 2)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words = ["gantry-module-check", bundle, "--check", check, "--seed", String(seed), "--in-process"]
        if let library { words += ["--library", library] }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let status = posix_spawn(&process, "/proc/self/exe", &actions, nil, &arguments, environ)
        close(pipes[1])
        defer { close(pipes[0]) }
        guard status == 0 else { return Result(isPassed: false, message: String(cString: strerror(status))) }
        return wait(for: process, pipes[0], check)
    }

    private static func wait(for process: pid_t, _ output: Int32, _ check: String) -> Result {
        let end = time(nil) + limitSeconds
        var text: [UInt8] = []
        var isLate = false
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            var watched = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let left = end - time(nil)
            guard left > 0 else {
                isLate = true
                kill(process, SIGKILL)
                break
            }
            guard poll(&watched, 1, Int32(left * 1000)) > 0 else { continue }
            let count = read(output, &chunk, chunk.count)
            guard count > 0 else { break }
            text += chunk[..<count]
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        let said = String(decoding: text.suffix(2000), as: UTF8.self)
        let (signal, code) = (status & 0x7F, (status >> 8) & 0xFF)
        if isLate { return Result(isPassed: false, message: "not done after \(limitSeconds) s: the module hangs") }
        if signal != 0 {
            let name = strsignal(signal).map { String(cString: $0) } ?? "\(signal)"
            let hint = "the module crashes (\(name)); see --check \(check) --in-process"
            return Result(isPassed: false, message: said.isEmpty ? hint : "\(hint)\n        \(said)")
        }
        return Result(isPassed: code == 0, message: said.split(separator: "\n").joined(separator: "\n        "))
    }
}
