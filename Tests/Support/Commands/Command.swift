import GantryThreads
import Glibc

/// Runs other programs from tests: no shell in between, all output collected.
public enum Command {
    /// What a program left behind.
    public struct Outcome: Sendable {
        /// Exit status; 128 and the signal's number when a signal ended it, 127 when it could not be started.
        public var status: Int32
        /// Standard output and standard error together.
        public var output: String

        /// Whether it exited with 0.
        public var succeeded: Bool { status == 0 }
    }

    /// Runs the program, found by `PATH`, and waits for its end.
    /// - Parameter arguments: The program's name and what it is given.
    public static func run(_ arguments: [String]) -> Outcome {
        let started = spawning.withLock { _ in start(arguments) }
        guard let (process, output) = started.running else {
            return Outcome(status: 127, output: String(cString: strerror(started.failure)))
        }
        defer { close(output) }
        let text = readAll(output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return Outcome(status: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: text)
    }

    /// One start at a time, or a second program could inherit the first one's pipe before that is marked, and hold it
    /// open.
    private static let spawning = Lock(())

    private static func start(_ arguments: [String]) -> (running: (pid_t, Int32)?, failure: Int32) {
        var ends: [Int32] = [0, 0]
        guard let program = arguments.first, pipe(&ends) == 0 else { return (nil, EMFILE) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var texts = arguments.map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawnp(&process, program, &actions, nil, &texts, environ)
        close(ends[1])
        guard failure == 0 else {
            close(ends[0])
            return (nil, failure)
        }
        return ((process, ends[0]), 0)
    }

    /// The first of the programs that can be started; nil when none can.
    public static func first(of programs: [String]) -> String? {
        programs.first { run([$0, "--version"]).succeeded }
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
