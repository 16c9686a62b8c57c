import CLinux
import CProcess
import Glibc

/// The command line of a worker, and its start.
struct WorkerCommand {
    let library: String
    /// Libraries that it needs, which the worker loads before it loses sight of their files.
    let needed: [String]
    let settings: WorkerProcess.Settings

    /// A process that runs.
    struct Started {
        var number: pid_t
        /// Becomes readable when the process ends.
        var watch: Int32
        /// Where it prints to.
        var output: Int32
    }

    /// Addresses beyond the memory that it may fill: stacks, shared memory, what allocators reserve.
    private static let reservedMebibytes = 8192
    private static let descriptors: (socket: Int32, memory: Int32) = (3, 4)

    private var arguments: [String] {
        [
            settings.program, "--socket", "\(Self.descriptors.socket)", "--memory", "\(Self.descriptors.memory)",
            "--library", library, "--memory-bytes", "\((settings.memoryMebibytes + Self.reservedMebibytes) << 20)",
            "--open-files", "\(settings.fileCount)",
        ] + needed.flatMap { ["--needed", $0] }
    }

    /// Starts it with nothing but these two descriptors, in a group of its own, without the host's environment.
    func start(socket: Int32, memory: Int32) throws(Files.Failure) -> Started {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        // Moved up first, so that none of them is overwritten by another's place.
        let moved = [ends[1], socket, memory].map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        defer { for descriptor in moved + [ends[1]] { close(descriptor) } }
        do throws(Files.Failure) {
            let number = try spawn(output: moved[0], socket: moved[1], memory: moved[2])
            let watch = gantry_pidfd_open(number)
            if watch >= 0 { return Started(number: number, watch: watch, output: ends[0]) }
            let reason = errno
            kill(number, SIGKILL)
            var status: Int32 = 0
            while waitpid(number, &status, 0) < 0 && errno == EINTR {}
            throw failure(reason)
        } catch {
            close(ends[0])
            throw error
        }
    }

    private func spawn(output: Int32, socket: Int32, memory: Int32) throws(Files.Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        posix_spawn_file_actions_adddup2(&actions, socket, Self.descriptors.socket)
        posix_spawn_file_actions_adddup2(&actions, memory, Self.descriptors.memory)
        gantry_watch_close_from(&actions, 5)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What the host ignores or blocks is none of the module's business.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var texts: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        // A trap says in one line what it is; the backtracer would be another program.
        let lines = ["LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no"]
        var environment: [UnsafeMutablePointer<CChar>?] = lines.map { strdup($0) } + [nil]
        defer { for text in texts + environment { free(text) } }
        var number: pid_t = 0
        let status = posix_spawn(&number, settings.program, &actions, &attributes, &texts, &environment)
        guard status == 0 else { throw failure(status) }
        return number
    }

    private func failure(_ number: Int32) -> Files.Failure {
        Files.Failure(path: settings.program, errorNumber: number)
    }
}
