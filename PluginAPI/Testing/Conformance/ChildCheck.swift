import GantryKitTesting
import Glibc

/// One check in a process of its own: what kills it is a finding, not the end.
struct ChildCheck {
    /// What came of it.
    struct Result {
        enum Verdict: String { case passed, failed, skipped }

        var verdict: Verdict
        /// What happened, in words; empty for a check that is passed.
        var message: String
        var milliseconds = 0
    }

    /// The exit code of a check that a module has nothing for.
    static let notConcerned: Int32 = 3
    /// The exit code of a check that has found something, and said so.
    static let found: Int32 = 1

    let options: CheckOptions
    let seed: UInt64
    /// What is loaded before all others; nil for nothing.
    let sanitizer: SanitizerRuntime?

    init(_ options: CheckOptions, seed: UInt64, sanitizer: SanitizerRuntime?) {
        self.options = options
        self.seed = seed
        self.sanitizer = sanitizer
    }

    func run(_ check: String) -> Result {
        let begin = MonotonicNow.milliseconds
        var result = start(check)
        result.milliseconds = MonotonicNow.milliseconds - begin
        return result
    }

    private func start(_ check: String) -> Result {
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { return Result(verdict: .failed, message: "no pipe") }
        for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let activity = ActivityPage()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 2)
        if activity.descriptor >= 0 {
            posix_spawn_file_actions_adddup2(&actions, activity.descriptor, Self.activityDescriptor)
        }
        defer { posix_spawn_file_actions_destroy(&actions) }
        var arguments = options.words(check: check, seed: seed).map { strdup($0) } + [nil]
        var environment = environment().map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var process = pid_t()
        let status = posix_spawn(&process, "/proc/self/exe", &actions, nil, &arguments, &environment)
        close(pipes[1])
        defer { close(pipes[0]) }
        guard status == 0 else { return Result(verdict: .failed, message: String(cString: strerror(status))) }
        return wait(for: process, pipes[0], activity)
    }

    /// The number that a check's process finds its page for activities at; no module can have been given it.
    private static let activityDescriptor: Int32 = 3

    private func environment() -> [String] {
        var texts: [String] = []
        var next = environ
        while let text = next.pointee {
            texts.append(String(cString: text))
            next += 1
        }
        // What a crash prints of registers and of the files that are loaded helps nobody who reads it here.
        var own = [
            "\(TestActivity.variable)": "\(Self.activityDescriptor)",
            "SWIFT_BACKTRACE": "enable=yes,threads=crashed,registers=none,images=none,limit=16,color=no,interactive=no"
                + ",warnings=suppressed",
        ]
        switch options.isolation {
        case .inProcess: break
        case .loopback: own["GANTRY_LOOPBACK"] = "1"
        case .worker: own["GANTRY_WORKER"] = TestWorker.neighbour ?? ""
        }
        if let sanitizer {
            own["LD_PRELOAD"] = sanitizer.path
            // What this command leaves behind in its own process is no leak of the module's: leaks are looked for when
            // the check is over, and only those of the library count. A crash has the sanitizer's words.
            own["ASAN_OPTIONS"] = "detect_leaks=1:leak_check_at_exit=0:abort_on_error=0:handle_segv=1:max_leaks=50"
            own["SWIFT_BACKTRACE"] = "enable=no"
        }
        return texts.filter { text in !own.keys.contains { text.hasPrefix("\($0)=") } }
            + own.map { "\($0.key)=\($0.value)" }
    }

    private func wait(for process: pid_t, _ output: Int32, _ activity: borrowing ActivityPage) -> Result {
        let end = MonotonicNow.milliseconds + options.timeoutSeconds * 1000
        var text: [UInt8] = []
        var isLate = false
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            var watched = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let left = end - MonotonicNow.milliseconds
            guard left > 0 else {
                isLate = true
                kill(process, SIGKILL)
                break
            }
            guard poll(&watched, 1, Int32(left)) > 0 else { continue }
            let count = read(output, &chunk, chunk.count)
            guard count > 0 else { break }
            // The beginning tells what went wrong, and no module fills this process's memory.
            if text.count < 1 << 20 { text += chunk[..<count] }
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        let said = (lines.count > 40 ? lines.prefix(20) + ["…"] + lines.suffix(20) : lines[...]).joined(separator: "\n")
        return judge(status, said, isLate: isLate, activity)
    }

    private func judge(_ status: Int32, _ said: String, isLate: Bool, _ activity: borrowing ActivityPage) -> Result {
        let (signal, code) = (status & 0x7F, (status >> 8) & 0xFF)
        let place = activity.called.isEmpty ? "" : " in \(activity.called)"
        // What was found is the cause of what follows.
        if isLate || signal != 0, !activity.found.isEmpty {
            return Result(verdict: .failed, message: activity.found)
        }
        if isLate {
            let hint = "not done after \(options.timeoutSeconds) s: the module hangs\(place)"
            return Result(verdict: .failed, message: said.isEmpty ? hint : "\(hint)\n\(said)")
        }
        if signal != 0 {
            let name = strsignal(signal).map { String(cString: $0) } ?? "\(signal)"
            let hint = "the module crashes (\(name))\(place); see it in a debugger with --in-process"
            return Result(verdict: .failed, message: said.isEmpty ? hint : "\(hint)\n\(said)")
        }
        if code == Self.notConcerned { return Result(verdict: .skipped, message: said) }
        if code == 0 { return Result(verdict: .passed, message: "") }
        if code == Self.found { return Result(verdict: .failed, message: said) }
        // A sanitizer ends the process with its report; a module that does so says nothing.
        let hint = "the process ends with the code \(code)\(place)"
        return Result(verdict: .failed, message: said.isEmpty ? hint : "\(hint)\n\(said)")
    }
}

/// The clock of the command.
enum MonotonicNow {
    static var milliseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
