import CGantry
import CProcess
public import GantryCore
import GantryThreads
import Glibc
import Synchronization

/// One module for one tenant: created, migrated and started by the runtime, called by gateway, events and jobs.
public final class ModuleInstance: Sendable {
    static let table = HandleTable<ModuleInstance>(kind: 2)

    /// The build that it is an instance of.
    public let module: LoadedModule
    /// The tenant that it belongs to.
    public let tenant: String
    let ports: InstancePorts
    /// The JSON object that `create` received.
    public let configuration: String
    private let calls = CallGate()
    /// Calls whose handler has returned and whose answer is still to come.
    let pendingCalls = Atomic<Int>(0)
    /// Requests to other servers whose outcome the module has not been told yet.
    let exchanges = Atomic<Int>(0)
    /// Requests to other servers that a thread waits for.
    let awaited = AwaitedExchanges()
    /// Sockets whose end the module has not been told yet.
    let sockets = Atomic<Int>(0)
    /// Calls of other modules that it is serving.
    let serviceCalls = Atomic<Int>(0)
    /// Those of them that nobody waits for any more.
    let forsakenServices = Atomic<Int>(0)
    /// What it has handed to the host's threads.
    let work: InstanceWork
    /// What it did wrong and the log has told of.
    let misuses = Lock<Set<String>>([])
    /// What the operator grants it at this moment; each call of the host looks here.
    let rightBits = Atomic<UInt64>(0)
    /// Parts of granted capabilities that are not granted.
    let withheld = Lock<Set<String>>([])
    private let memory = Lock(Memory())
    private let quiescing = Atomic<Bool>(false)
    private let isQuiesced = Atomic<Bool>(false)
    private let isSucceeded = Atomic<Bool>(false)
    private let handle = Atomic<UInt64>(0)
    /// Held during each call of a `serial` module, so that one instance is never entered twice at a time.
    let gate: SerialGate
    /// What is told when the process crashes inside.
    private let place: CrashPlace
    /// The tenant's name in memory that lives as long as the instance, for the calls' context.
    private let tenantText: ConstantMemory<UInt8>

    private struct Memory: @unchecked Sendable {
        // The pointers are the module's own and the host's scope for it; both are only handed to the module.
        var pointer: UnsafeMutableRawPointer?
        var host: UnsafeMutablePointer<gantry_host_v1>?
    }

    /// The manifest of the build.
    public var manifest: Manifest { module.manifest }
    /// The module's id.
    public var moduleID: String { module.manifest.id }
    /// By which calls of it name it.
    var handleValue: UInt64 { handle.load(ordering: .relaxed) }
    /// Whether no new call is welcome any more.
    public var isQuiescing: Bool { quiescing.load(ordering: .relaxed) }

    /// Creates the instance; `configuration` is a JSON object. Throws `LoaderError`.
    public init(
        module: LoadedModule, tenant: String, ports: InstancePorts, configuration: String, deadlineNanoseconds: Int64
    ) throws {
        let module = try Recording.wrapped(module, tenant: tenant)
        self.module = module
        self.tenant = tenant
        self.ports = ports
        self.configuration = configuration
        rightBits.store(ports.rights.bits, ordering: .releasing)
        withheld.withLock { $0 = ports.rights.withheld }
        tenantText = ConstantMemory(tenant.utf8)
        place = CrashPlace(module: module.manifest.id, version: module.manifest.version, tenant: tenant)
        let gate = SerialGate(isSerial: module.manifest.entry == .serial)
        self.gate = gate
        let (place, worker) = (place, module.worker)
        work = InstanceWork(threads: ports.threads, isSerial: gate.isSerial) { piece in
            _ = gate.enter {
                Self.inside(place, worker, CrashActivity.work.operation, nil) {
                    ThreadRule.withoutWaiting { piece.run() }
                }
                return 0
            }
        } wait: { piece in
            Self.inside(place, worker, CrashActivity.work.operation, nil, mayTakeLong: true) { piece.run() }
        }
        let scope = Self.table.insert(self)
        handle.store(scope, ordering: .releasing)
        let host = UnsafeMutablePointer<gantry_host_v1>.allocate(capacity: 1)
        host.initialize(to: gantry_host_v1(scope: scope, query: HostTables.query))
        var configuration = configuration
        var pointer: UnsafeMutableRawPointer?
        let (status, message) = lifecycleCall(deadlineNanoseconds) { call, error in
            configuration.withUTF8 { text in
                module.lifecycle.create(
                    module.module, call, host, gantry_str_v1(UnsafeRawBufferPointer(text)), &pointer, error)
            }
        }
        guard status == .ok else {
            Self.table.release(scope)
            host.deallocate()
            throw failure(.createFailed, "create", status, message)
        }
        memory.withLock { $0 = Memory(pointer: pointer, host: host) }
        calls.open(pointer)
    }

    /// The number by which the module knows an operation of its contract.
    public func operationNumber(_ operationID: String) -> UInt32? { module.operationNumber(operationID) }

    /// Lets calls arrive. Throws `LoaderError`.
    public func start(deadlineNanoseconds: Int64) throws {
        try step("start", .startFailed, deadlineNanoseconds, module.lifecycle.start)
    }

    /// Another generation takes its place: clients whose sockets are closed from now on may come again at once.
    public func announceSuccessor() { isSucceeded.store(true, ordering: .relaxed) }

    /// What sockets are told that the host closes.
    var closing: (code: Int, reason: String) {
        isSucceeded.load(ordering: .relaxed) ? (1012, "service restart") : (1001, "shutdown")
    }

    /// Closes the sockets, as `quiesce` does, while calls still arrive. Their ends come later. Any thread.
    public func closeSockets() { ModuleSocket.closeAll(of: self) }

    /// Calls that are open for longer than their handler runs: sockets, and those that are still to be answered.
    public var openEnds: Int {
        max(0, sockets.load(ordering: .acquiring)) + max(0, pendingCalls.load(ordering: .acquiring))
    }

    /// Lets no call in any more, has the module come to rest, and waits for the calls inside; once. Throws
    /// `LoaderError`.
    public func quiesce(deadlineNanoseconds: Int64) throws {
        if isQuiesced.exchange(true, ordering: .acquiringAndReleasing) { return }
        quiescing.store(true, ordering: .relaxed)
        calls.close()
        if module.isGone { abandonCalls(.gone) }
        // First, so that handlers that wait for messages end by themselves.
        ModuleSocket.closeAll(of: self)
        let patience = MonotonicClock.nanoseconds + Self.socketNanoseconds
        _ = wait(until: min(deadlineNanoseconds, patience)) { sockets.load(ordering: .acquiring) <= 0 }
        var failed: LoaderError?
        do {
            try step("quiesce", .stopFailed, deadlineNanoseconds, module.lifecycle.quiesce)
            if deadlineNanoseconds != 0, MonotonicClock.nanoseconds > deadlineNanoseconds {
                throw failure(.stopFailed, "quiesce", .ok, "but only after the time that it was given.")
            }
        } catch {
            failed = error as? LoaderError
        }
        ModuleSocket.closeAll(of: self)
        work.fireTimers()
        ModuleCall.endForsaken()
        // Calls that wait for their answer, and work for them, get the time that is left to end by themselves.
        _ = wait(until: deadlineNanoseconds) {
            !calls.hasCalls && pendingCalls.load(ordering: .acquiring) <= 0 && !work.hasWork && !hasExchanges
        }
        ModuleExchange.cancelAll(of: self)
        // Whoever still waits for a pending answer gets none from the module any more.
        abandonCalls(module.isGone ? .gone : .cancelled)
        work.close()
        if let failed { throw failed }
    }

    /// Ends the instance in order: no further calls, quiesce, wait for the calls inside, stop, destroy. A failing
    /// step is reported in the error, after the later steps were taken all the same. An instance whose calls do not end
    /// in time is left in memory: destroying it under them would be worse.
    public func stop(deadlineNanoseconds: Int64) throws {
        var failures: [LoaderError] = []
        do { try quiesce(deadlineNanoseconds: deadlineNanoseconds) } catch {
            if let error = error as? LoaderError { failures.append(error) }
        }
        let grace = max(deadlineNanoseconds, MonotonicClock.nanoseconds + Self.graceNanoseconds)
        guard wait(until: grace, { !calls.hasCalls && !work.hasWork && !hasExchanges }) else {
            throw failure(.stopFailed, "quiesce", .busy, "calls are still inside; the instance is left as it is.")
        }
        do { try step("stop", .stopFailed, deadlineNanoseconds, module.lifecycle.stop) } catch {
            if let error = error as? LoaderError { failures.append(error) }
        }
        let ended = memory.withLock { memory in
            defer { memory = Memory() }
            return memory
        }
        Self.table.release(handle.load(ordering: .acquiring))
        _ = module.lifecycle.destroy(ended.pointer)
        ended.host?.deallocate()
        if let first = failures.first { throw first }
    }

    /// Ends the calls that wait for an answer which does not come any more, and streams that do not go on.
    private func abandonCalls(_ status: ModuleStatus) {
        for call in ModuleCall.table.releaseAll(where: { $0.instance === self }) {
            if call.claimAnswer() { call.sink?.abandon(status: status) } else { call.resetStream() }
            call.finishAnswer()
        }
    }

    private var hasExchanges: Bool {
        exchanges.load(ordering: .acquiring) > 0 || sockets.load(ordering: .acquiring) > 0
    }

    /// Ends the calls of all instances that were left pending and that nobody waits for any more. To be called from
    /// time to time, so that a module that never answers does not fill the memory. Any thread.
    public static func endForsakenCalls() { ModuleCall.endForsaken() }

    /// What the functions of sockets get to take their end in before the module quiesces.
    private static let socketNanoseconds: Int64 = 500_000_000
    /// What work that was accepted in the last moment gets to end in: it is short.
    private static let graceNanoseconds: Int64 = 100_000_000

    /// Stopping is rare and its end not urgent, so this looks again every few milliseconds.
    private func wait(until deadlineNanoseconds: Int64, _ isOver: () -> Bool) -> Bool {
        while !isOver() {
            if MonotonicClock.nanoseconds >= deadlineNanoseconds { return false }
            usleep(2000)
        }
        return true
    }

    /// The module's own pointer for one call; nil when the instance takes no calls any more. `endCall` must follow.
    func beginCall() -> UnsafeMutableRawPointer?? { calls.enter() }

    func endCall() { calls.leave() }

    func step(
        _ name: String, _ code: LoaderError.Code, _ deadlineNanoseconds: Int64,
        _ function: (
            (UnsafeMutableRawPointer?, UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<gantry_error_v1>?) -> Int32
        )?
    ) throws {
        guard let function else { throw failure(code, name, .unsupported, "The table holds no such function.") }
        let pointer = memory.withLock { $0.pointer }
        let (status, message) = lifecycleCall(deadlineNanoseconds) { call, error in function(pointer, call, error) }
        // A worker that has ended has nothing to bring in order any more.
        if status == .gone, code == .stopFailed { return }
        guard status == .ok else { throw failure(code, name, status, message) }
    }

    private func failure(
        _ code: LoaderError.Code, _ step: String, _ status: ModuleStatus, _ message: String
    ) -> LoaderError {
        LoaderError(
            code, module: moduleID,
            "`\(step)` for tenant `\(tenant)` answered \(status)" + (message.isEmpty ? "." : ": \(message)"))
    }

    private func lifecycleCall(
        _ deadlineNanoseconds: Int64,
        _ body: (UnsafePointer<gantry_call_v1>, UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) -> (ModuleStatus, String) {
        let call = ModuleCall(
            instance: self, sink: nil, deadlineNanoseconds: deadlineNanoseconds, trace: TraceContext())
        let error = ErrorRecord()
        var context = self.context(of: call)
        let status = ModuleStatus(rawValue: enter(for: call) { body(&context, error.pointer) })
        call.end()
        return (status, error.message)
    }

    /// Enters the module: for a `serial` one, after whoever is inside has left.
    /// - Parameters:
    ///   - call: What it is entered for; nil for what goes on after a call.
    ///   - mayTakeLong: Whether it goes on for as long as somebody takes what it makes.
    func enter(
        for call: ModuleCall? = nil, mayWait: Bool = true, mayTakeLong: Bool = false, _ body: () -> Int32
    ) -> Int32 {
        gate.enter {
            inside(call?.activity ?? CrashActivity.work.operation, for: call, mayTakeLong: mayTakeLong) {
                mayWait ? body() : ThreadRule.withoutWaiting(body)
            }
        }
    }

    /// Notes that the thread is in the module, for the report of a crash and for the watch over a worker.
    func inside<Result>(
        _ activity: UnsafePointer<CChar>, for call: ModuleCall? = nil, mayTakeLong: Bool = false,
        _ body: () -> Result
    ) -> Result {
        Self.inside(place, module.worker, activity, call, mayTakeLong: mayTakeLong, body)
    }

    private static func inside<Result>(
        _ place: CrashPlace, _ worker: WorkerProcess?, _ activity: UnsafePointer<CChar>, _ call: ModuleCall?,
        mayTakeLong: Bool = false, _ body: () -> Result
    ) -> Result {
        let before = gantry_crash_enter(place.pointer, activity)
        defer { gantry_crash_leave(before) }
        guard let worker else { return body() }
        return worker.calls.tracking(call, mayTakeLong: mayTakeLong, body)
    }

    /// Begins the call and gives the struct that names it to the module.
    func context(of call: ModuleCall) -> gantry_call_v1 {
        gantry_call_v1(
            call: call.begin(), instance: handle.load(ordering: .relaxed),
            tenant: gantry_str_v1(UnsafeRawBufferPointer(tenantText.buffer)),
            deadline_nanoseconds: call.deadlineNanoseconds, trace_id_high: call.trace.traceIDHigh,
            trace_id_low: call.trace.traceIDLow, span_id: call.trace.spanID)
    }
}
