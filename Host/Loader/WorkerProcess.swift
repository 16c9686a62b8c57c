import CGantry
import CGantryProxy
import CLinux
import CProcess
public import GantryThreads
import Glibc

/// A process of `gantry-worker`, with one module in it and a channel to it. Any thread.
public final class WorkerProcess: @unchecked Sendable {
    // Guard: the channel's pointer is written in `init`, and the channel takes calls on any thread until `deinit`.

    /// What a worker is started with.
    public struct Settings: Sendable {
        /// The program.
        public var program: String
        /// Memory that it may have.
        public var memoryMebibytes = 1024
        /// Descriptors that it may have open.
        public var fileCount = 256
        /// Time beyond its deadline after which a call has it judged to hang.
        public var graceMilliseconds: Int64 = 2000
        /// Time after which a call has it judged to hang whatever its deadline.
        public var longestCallMilliseconds: Int64 = 600_000
        /// Time in which it has to give a sign of life while no call is under way.
        public var heartbeatMilliseconds: Int64 = 30_000
        /// Time to start, to load the library and to enter it.
        public var startMilliseconds: Int64 = 10_000

        /// The defaults.
        public init(program: String) {
            self.program = program
        }
    }

    private struct State {
        /// Names the process; -1 before it runs and after it was reaped.
        var process: Int32 = -1
        var number: pid_t = 0
        /// Why it was cut off, told before it was killed.
        var cause: WorkerEnd?
        var end: WorkerEnd?
        var onEnd: (@Sendable (WorkerEnd) -> Void)?
        /// When it is killed that should have ended; 0 while it need not.
        var killNanoseconds: Int64 = 0
        /// The last lines that it printed.
        var printed: [UInt8] = []
        var output: Int32 = -1
    }

    let calls: WorkerCalls
    private let module: String
    private let settings: Settings
    private let channel: OpaquePointer
    private let owner: Unmanaged<WorkerOwner>
    private let heartbeat: WorkerHeartbeat
    private let hasEnded = Latch()
    private let state = Lock(State())

    /// Starts the process and lets it go as far as it goes without the host's word: it has restricted itself and waits
    /// to be entered. Throws `LoaderError`.
    init(module: String, library: String, needed: [String], settings: Settings) throws {
        self.module = module
        self.settings = settings
        calls = WorkerCalls(
            graceNanoseconds: settings.graceMilliseconds * 1_000_000,
            longestNanoseconds: settings.longestCallMilliseconds * 1_000_000)
        let owner = WorkerOwner()
        self.owner = Unmanaged.passRetained(owner)
        var limits = gantry_channel_settings()
        // The watch in `WorkerCalls` knows which calls may take longer.
        limits.overdue_milliseconds = 0
        var channelOwner = gantry_channel_owner(
            context: self.owner.toOpaque(), start: WorkerOwner.start, admits: WorkerOwner.admits,
            released: WorkerOwner.released, brief: WorkerOwner.brief)
        var opened: OpaquePointer?
        var (socket, memory): (Int32, Int32) = (-1, -1)
        let status = gantry_channel_open(&limits, &channelOwner, &opened, &socket, &memory)
        guard status == 0, let opened else {
            self.owner.release()
            throw LoaderError(
                .loadFailed, module: module,
                "No channel to a worker can be opened: \(String(cString: strerror(errno))).")
        }
        channel = opened
        heartbeat = WorkerHeartbeat(limitNanoseconds: settings.heartbeatMilliseconds * 1_000_000)
        owner.worker.withLock { $0 = WorkerReference(worker: self) }
        let command = WorkerCommand(library: library, needed: needed, settings: settings)
        let started = Monitor<Result<Int32, Files.Failure>?>(nil)
        WorkerReactor.shared.submit { [self, socket, memory] in
            let result = Result { () throws(Files.Failure) in
                let spawned = try command.start(socket: socket, memory: memory)
                state.withLock { state in
                    (state.process, state.number, state.output) = (spawned.watch, spawned.number, spawned.output)
                }
                WorkerReactor.shared.watch(self)
                return spawned.number
            }
            started.withLock { $0 = result }
            started.signal()
        }
        let result = started.wait { $0 }
        close(socket)
        close(memory)
        let control = WorkerChannel(pointer: opened)
        DetachedThread.start { gantry_channel_control(control.pointer) }
        if case .failure(let failure) = result {
            gantry_channel_break(opened, Self.endReason)
            throw LoaderError(.loadFailed, module: module, "Its worker cannot be started: \(failure).")
        }
    }

    deinit {
        // The owner goes when the channel's last thread has left.
        gantry_channel_close(channel)
    }

    // MARK: What goes over the channel

    /// Has the worker load its library and enters the module. Throws `LoaderError`.
    func enter(_ host: UnsafePointer<gantry_host_v1>, _ table: inout gantry_module_v1) throws {
        let deadline = MonotonicClock.nanoseconds + settings.startMilliseconds * 1_000_000
        let status = gantry_channel_enter(channel, host, deadline, &table)
        if status == 0 { return heartbeat.begin() }
        let reason = self.reason
        guard status == GANTRY_CHANNEL_GONE.rawValue || !reason.isEmpty else {
            throw LoaderError(
                .entryFailed, module: module, "Its entry function answered \(ModuleStatus(rawValue: status)).")
        }
        throw LoaderError(
            .loadFailed, module: module, "Its worker did not load it: \(reason.isEmpty ? "it ended" : reason).")
    }

    /// Whether the process has ended, or was cut off.
    public var isOver: Bool { gantry_channel_is_over(channel) != 0 }

    private var reason: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
            let size = gantry_channel_reason(channel, text.baseAddress, UInt64(text.count))
            return String(
                decoding: UnsafeRawBufferPointer(text).prefix(Int(min(size, UInt64(text.count - 1)))), as: UTF8.self)
        }
    }

    // MARK: The end

    /// Has the function called when the process has ended, once, on the thread that watches; at once when it has.
    public func whenEnded(_ function: @escaping @Sendable (WorkerEnd) -> Void) {
        let end = state.withLock { state in
            if state.end == nil { state.onEnd = function }
            return state.end
        }
        if let end { function(end) }
    }

    /// Ends the process: no call of it is answered any more. Does not wait.
    public func stop() { cutOff(because: .asked) }

    /// Waits until the process has ended.
    @discardableResult
    public func waitForEnd(until deadline: Deadline) -> Bool { hasEnded.wait(until: deadline) }

    fileprivate func cutOff(because cause: WorkerEnd) {
        state.withLock { state in
            if state.cause == nil, state.end == nil { state.cause = cause }
        }
        gantry_channel_break(channel, cause.text)
        WorkerReactor.shared.wake()
    }

    // MARK: Figures

    /// The end of what it has printed.
    public var printed: String {
        String(decoding: state.withLock { $0.printed }, as: UTF8.self)
    }

    /// Its number with the system.
    public var number: Int32 { state.withLock { $0.number } }

    /// Memory that it has.
    public var memoryBytes: Int {
        let text = ProcessSnapshot.lines("/proc/\(number)/statm").first ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(getpagesize())
    }

    /// Time that it has computed, in milliseconds.
    public var processorMilliseconds: Int {
        let text = ProcessSnapshot.lines("/proc/\(number)/stat").first ?? ""
        // The name stands in brackets and may hold anything.
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else { return 0 }
        return (user + system) * 1000 / sysconf(Int32(_SC_CLK_TCK))
    }

    /// Calls under way.
    public var callCount: Int { calls.count }
}

extension WorkerProcess: WorkerReactor.Watched {
    var descriptors: [Int32] {
        state.withLock { [$0.process, $0.output].filter { $0 >= 0 } }
    }

    func look() -> Bool {
        readOutput()
        if !isOver {
            if let late = calls.overdue() {
                cutOff(because: .hung(late))
            } else if memoryBytes > settings.memoryMebibytes << 20 {
                cutOff(because: .outOfMemory(mebibytes: settings.memoryMebibytes))
            } else if heartbeat.isMissing(channel, isBusy: calls.count > 0) {
                cutOff(because: .hung("it gave no sign of life while no call was under way"))
            }
        }
        let process = state.withLock { $0.process }
        // What has no channel any more serves nobody; it may be about to end by itself, and how says more.
        var end = gantry_watch_end()
        var taken = gantry_watch_take(process, &end)
        if taken == 0, isOver, !mayEndByItself() {
            _ = gantry_pidfd_send_signal(process, SIGKILL)
            taken = gantry_watch_take(process, &end)
        }
        if taken == 0 { return true }
        finish(end)
        return false
    }

    /// A process that crashed closes its socket a moment before its end can be taken: it gets that moment.
    private func mayEndByItself() -> Bool {
        let now = MonotonicClock.nanoseconds
        return state.withLock { state in
            if state.killNanoseconds == 0 { state.killNanoseconds = now + Self.endingNanoseconds }
            return state.cause == nil && now < state.killNanoseconds
        }
    }

    private static let endingNanoseconds: Int64 = 300_000_000
    /// What the channel says when it was the process that ended; everything else is a breach of its rules.
    private static let plainReasons: Set<String> = [
        "", endReason, "The worker has ended.", "The worker's socket is closed.",
    ]
    /// What the channel says when the one call with a limit of its own takes too long: the first.
    private static let lateReason = "The worker was not done long after a call's deadline."
    private static let endReason = "The process has ended."

    private func finish(_ status: gantry_watch_end) {
        gantry_channel_break(channel, Self.endReason)
        readOutput()
        let (process, output, number) = state.withLock { state in
            defer { (state.process, state.output) = (-1, -1) }
            return (state.process, state.output, state.number)
        }
        // Whatever it has started goes with it.
        kill(-number, SIGKILL)
        close(process)
        if output >= 0 { close(output) }
        let reason = self.reason
        let end: WorkerEnd =
            if let cause = state.withLock({ $0.cause }) {
                cause
            } else if status.signal == 0, Self.startCodes.contains(UInt32(bitPattern: status.code)) {
                .unstartable(reason)
            } else if reason == Self.lateReason {
                .hung("the library was not loaded and entered in its time")
            } else if status.signal == 0 || status.signal == SIGKILL, !Self.plainReasons.contains(reason) {
                .broken(reason)
            } else if status.signal != 0 {
                .signalled(status.signal)
            } else {
                .exited(code: status.code)
            }
        let function = state.withLock { state in
            state.end = end
            return state.onEnd.take()
        }
        hasEnded.open()
        function?(end)
    }

    /// Keeps the end of what it prints: a trap says there what went wrong.
    private func readOutput() {
        let output = state.withLock { $0.output }
        guard output >= 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<16 {
            let count = read(output, &bytes, bytes.count)
            if count == 0 {
                close(output)
                return state.withLock { $0.output = -1 }
            }
            guard count > 0 else { return }
            state.withLock { state in
                state.printed += bytes[..<count]
                if state.printed.count > 4096 { state.printed.removeFirst(state.printed.count - 4096) }
            }
        }
    }

    /// Codes of a worker that could not restrict itself.
    private static let startCodes = GANTRY_WORKER_USAGE.rawValue...GANTRY_WORKER_SECCOMP.rawValue
}

/// The channel, for the thread that controls it.
private struct WorkerChannel: @unchecked Sendable {
    // The channel takes calls on any thread.
    let pointer: OpaquePointer
}
