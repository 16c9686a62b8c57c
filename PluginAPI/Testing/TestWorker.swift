import CGantry
import CGantryProxy
import Glibc

/// A module in a worker: with `GANTRY_WORKER` in the environment, the path of `gantry-worker`, the library is loaded
/// there, so that the same checks prove that it needs nothing of the host's address space, files or network.
///
/// The process has one, which lives as long as it.
package struct TestWorker {
    /// The name of all threads that serve it.
    package static let threadName = "gantry-channel"

    private let library: String
    private let channel: OpaquePointer
    private let program: String
    private let socket: Int32
    private let memory: Int32

    /// The worker's program; nil when modules are loaded into this process.
    static var program: String? { getenv("GANTRY_WORKER").map { String(cString: $0) } }

    /// Throws `TestFailure`.
    init(program: String, library: String) throws {
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

    /// Enters the module over the channel; the status of `gantry_entry_v1`, or of the channel.
    func enter(
        _ host: UnsafePointer<gantry_host_v1>, _ module: UnsafeMutablePointer<gantry_module_v1>
    ) -> Int32 {
        let status = gantry_channel_enter(channel, host, 0, module)
        if status < 0 {
            var text = [CChar](repeating: 0, count: 1024)
            _ = gantry_channel_reason(channel, &text, UInt64(text.count))
            let reason = "The worker: \(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))\n"
            _ = write(STDERR_FILENO, reason, reason.utf8.count)
        }
        return status
    }

    /// On a thread of its own, which stays: the worker ends with the thread that started it.
    private func run() {
        var process: pid_t = 0
        if !spawn(&process) { gantry_channel_break(channel, "\(program) cannot be started.") }
        close(socket)
        close(memory)
        gantry_channel_control(channel)
        var status: Int32 = 0
        if process > 0 { waitpid(process, &status, 0) }
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
            + Self.runtimeLibraries.flatMap { ["--needed", $0] }
        let arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        return posix_spawn(&process, program, &actions, nil, arguments, environ) == 0
    }

    /// Swift's own libraries as this process has them, by their full paths.
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
