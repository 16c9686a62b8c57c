package import CGantry
import CGantryProxy
import GantryKit
import Glibc

/// A module in a worker: with `GANTRY_WORKER` in the environment, the path of `gantry-worker`, the library is loaded
/// there, so that the same checks prove that it needs nothing of the host's address space, files or network.
///
/// There it lives as long as the process; who makes one by itself may kill it and end it.
package struct TestWorker: Sendable {
    /// The name of all threads that serve it.
    package static let threadName = "gantry-channel"

    private struct Life {
        /// The process; 0 before it is there and after it is gone.
        var process: pid_t = 0
        var exitStatus: Int32?
    }

    private let library: String
    // Sendable: the channel takes calls on any thread.
    private nonisolated(unsafe) let channel: OpaquePointer
    private let program: String
    private let socket: Int32
    private let memory: Int32
    private let life = Monitor(Life())

    /// The worker's program; nil when modules are loaded into this process.
    static var program: String? { getenv("GANTRY_WORKER").map { String(cString: $0) } }

    /// The program that lies beside this one, or that `GANTRY_WORKER` names; nil where there is none.
    package static var neighbour: String? {
        if let program { return program }
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return nil }
        let own = path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let worker = "\(own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex))/gantry-worker"
        return access(worker, X_OK) == 0 ? worker : nil
    }

    /// Throws `TestFailure`.
    package init(program: String, library: String) throws {
        var settings = gantry_channel_settings()
        // One module, and a host for tests: there is nobody else whose handles could be named.
        var owner = gantry_channel_owner(
            context: nil, start: Self.startLane, admits: { _, _, _ in Int32(GANTRY_CHANNEL_ADMITTED.rawValue) },
            released: nil, brief: nil)
        var opened: OpaquePointer?
        var (socket, memory): (Int32, Int32) = (-1, -1)
        guard gantry_channel_open(&settings, &owner, &opened, &socket, &memory) == 0, let opened else {
            throw TestFailure("no channel to a worker can be opened: \(String(cString: strerror(errno)))")
        }
        (channel, self.program, self.library, self.socket, self.memory) = (opened, program, library, socket, memory)
        Self.startThread(self) { $0.run() }
    }

    /// Kills the process, and returns when all who call it know.
    package func kill() {
        life.withLock { if $0.process > 0 { _ = Glibc.kill($0.process, SIGKILL) } }
        _ = life.wait(untilNanoseconds: MonotonicTime.nanoseconds + 10_000_000_000) { life -> Bool? in
            life.exitStatus == nil ? nil : true
        }
    }

    /// Ends the process; instances in it must have been destroyed.
    package func end() { gantry_channel_close(channel) }

    /// Why the process cannot serve modules here; nil as far as is known.
    package var refusal: String? {
        let isRefused = life.withLock { life in
            guard let status = life.exitStatus, status & 0x7F == 0 else { return false }
            return (GANTRY_WORKER_LIMITS.rawValue...GANTRY_WORKER_SECCOMP.rawValue).contains(UInt32(status >> 8 & 0xFF))
        }
        return isRefused ? reason : nil
    }

    private var reason: String {
        var text = [CChar](repeating: 0, count: 1024)
        _ = gantry_channel_reason(channel, &text, UInt64(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }

    /// Enters the module over the channel; the status of `gantry_entry_v1`, or of the channel.
    package func enter(
        _ host: UnsafePointer<gantry_host_v1>, _ module: UnsafeMutablePointer<gantry_module_v1>
    ) -> Int32 {
        let status = gantry_channel_enter(channel, host, 0, module)
        if status < 0 {
            let line = "The worker: \(reason)\n"
            _ = write(STDERR_FILENO, line, line.utf8.count)
        }
        return status
    }

    /// On a thread of its own, which stays: the worker ends with the thread that started it.
    private func run() {
        var process: pid_t = 0
        if !spawn(&process) { gantry_channel_break(channel, "\(program) cannot be started.") }
        close(socket)
        close(memory)
        life.withLock { $0.process = process }
        gantry_channel_control(channel)
        var status: Int32 = 0
        if process > 0 {
            // Until it is reaped its number is nobody else's.
            _ = Self.waits(for: process)
            life.withLock { $0.process = 0 }
            waitpid(process, &status, 0)
        }
        life.withLock { $0.exitStatus = status }
        life.broadcast()
    }

    private static func waits(for process: pid_t) -> Bool {
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }

    private func spawn(_ process: inout pid_t) -> Bool {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let moved = [socket, memory].map { fcntl($0, F_DUPFD_CLOEXEC, 16) }
        defer { for descriptor in moved { close(descriptor) } }
        posix_spawn_file_actions_adddup2(&actions, moved[0], 3)
        posix_spawn_file_actions_adddup2(&actions, moved[1], 4)
        let words =
            [program, "--socket", "3", "--memory", "4", "--library", library]
            + needed.flatMap { ["--needed", $0] }
        let arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        return posix_spawn(&process, program, &actions, nil, arguments, environ) == 0
    }

    /// What the library needs, and Swift's own libraries as this process has them, by their full paths.
    private var needed: [String] {
        let names = (try? ELFFile(library).needed()) ?? []
        return Self.runtimeLibraries + names.filter { !$0.hasPrefix("ld-linux") }
    }

    private static var runtimeLibraries: [String] {
        guard let maps = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(maps) }
        var paths: Set<String> = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0, let line {
            let path = String(cString: line).drop { $0 != "/" }.prefix { $0 != "\n" }
            if path.split(separator: "/").last?.hasPrefix("libswift") == true { paths.insert(String(path)) }
        }
        return paths.sorted()
    }

    private static let startLane: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UInt32) -> Int32 = {
        _, channel, lane in
        guard let channel else { return 0 }
        startThread((channel, lane)) { gantry_channel_serve($0.0, $0.1) }
        return 1
    }

    fileprivate static func nameThread() {
        guard let file = fopen("/proc/thread-self/comm", "we") else { return }
        fputs(threadName, file)
        fclose(file)
    }

    private static func startThread<Value>(_ value: Value, _ body: @escaping (Value) -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(ThreadWork { body(value) })
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                TestWorker.nameThread()
                Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        precondition(status == 0, "A thread for the worker cannot be started.")
        pthread_detach(thread)
    }
}

/// What a thread begins with.
private final class ThreadWork {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
