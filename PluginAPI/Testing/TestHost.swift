import CGantry
public import GantryKit

/// A host in the test's own process: it runs one instance of a module for one tenant without a server.
///
/// The database is a real SQLite in memory with the bundle's migrations; events, jobs, blobs, cache, secrets, metrics,
/// log, spans and the outside are in memory and can be looked at. Time stands under the test's control: where a module
/// only waits for a timer, the clock jumps to it. Asynchronous handlers run on the host's threads, as in the real one.
///
/// ```swift
/// let host = try TestHost(Guestbook.self, bundle: "bundle")
/// let reply = try host.post("/v1/entries", json: ["author": "Ada", "message": "Hello"], as: .user("ada"))
/// #expect(reply.status == 201)
/// #expect(host.published.map(\.type) == ["guestbook.entry.signed"])
/// ```
///
/// What it does not do: it does not check requests against the contract, and does not look at roles and limits.
public final class TestHost: Sendable {
    /// What a test may set before the instance is made.
    public struct Setup: Sendable {
        /// The tenant.
        public var tenant = "acme"
        /// The instance's configuration as JSON.
        public var configuration = "{}"
        /// Capabilities (`database`, …) and tables (`gantry.stream`, …) that are not granted.
        public var denied: Set<String> = []
        /// Secrets by name.
        public var secrets: [String: String] = [:]
        /// How long a call may take before its deadline passes, by the host's clock.
        public var deadline = Duration.seconds(30)
        /// How long the host waits in real time for a module that does not answer.
        public var patience = Duration.seconds(5)
        /// Whether an instance is started once it is made.
        public var starts = true
        /// What the host's functions answer instead of the truth, from the beginning.
        var faults: [HostFault] = []
        /// Tables that this host does not have.
        var unsupported: Set<String> = []

        /// The defaults, with the configuration given as a JSON text.
        public init(tenant: String = "acme", configuration: String = "{}", denied: Set<String> = []) {
            self.tenant = tenant
            self.configuration = configuration
            self.denied = denied
        }

        /// The defaults, without some tables, as of an older host.
        package init(unsupported tables: Set<String>) { unsupported = tables }

        /// The defaults, and one function that fails while the instance is made.
        package init(failing status: Status, after skips: Int) {
            faults = [HostFault(function: nil, status: status, skips: skips, times: 1)]
        }
    }

    /// The manifest; nil where the module is run without a bundle.
    public let bundle: TestBundle?
    /// The database; a module without the capability has one all the same, for the test's eyes.
    public let database: TestDatabase
    let number = TestHost.newNumber()
    let state: Monitor<HostState>
    let threads: HostThreads
    let configuration: String
    package let loaded: LoadedModule
    private let setup: Setup
    // Sendable: written in the initializer only, the module's own, and handed back to it.
    private(set) nonisolated(unsafe) var instance: UnsafeMutableRawPointer?
    private nonisolated(unsafe) let scope: UnsafeMutablePointer<gantry_host_v1>

    /// Runs `module` with the manifest and the migrations of the folder `bundle`; without one every capability is
    /// granted, and nothing has to be declared. Throws `TestFailure`, or `HostError` with what `init` or `start` of the
    /// module answered.
    public convenience init<Owner: Module>(
        _ module: Owner.Type, bundle folder: String? = nil, _ setup: Setup = Setup()
    ) throws {
        try self.init(try LoadedModule(export: module), bundle: folder.map { try TestBundle($0) }, setup)
    }

    /// Runs the library of the bundle `folder`, built from any language.
    public convenience init(bundle folder: String, library path: String? = nil, _ setup: Setup = Setup()) throws {
        let bundle = try TestBundle(folder)
        let library = try LoadedModule(library: path ?? "\(folder)/\(bundle.library)")
        try self.init(library, bundle: bundle, setup)
    }

    package init(
        _ loaded: LoadedModule, bundle: TestBundle?, _ setup: Setup, database: TestDatabase? = nil
    ) throws {
        self.loaded = loaded
        self.bundle = bundle
        self.setup = setup
        configuration = setup.configuration
        self.database = try database ?? TestDatabase(migrations: bundle?.migrations ?? [])
        threads = HostThreads(isSerial: bundle?.isSerial ?? false)
        var first = HostState()
        first.denied = setup.denied
        first.secrets = setup.secrets
        first.faults = setup.faults
        first.unsupported = setup.unsupported
        state = Monitor(first)
        scope = .allocate(capacity: 1)
        scope.initialize(to: gantry_host_v1(scope: number, query: Self.query))
        register()
        try create()
        if setup.starts { try start() }
    }

    deinit {
        if instance != nil { TestActivity.note("`destroy`") }
        if let instance { _ = loaded.lifecycle.pointee.destroy.unsafelyUnwrapped(instance) }
        threads.close()
        Self.forget(number)
        scope.deallocate()
    }

    /// The database that the tables reach: nil where the capability is not granted.
    var databaseIfThere: TestDatabase? { grantsCapability("database") ? database : nil }

    /// How long a test waits for the module in real time.
    var patience: Duration { setup.patience }

    // MARK: life

    private func create() throws {
        let memory = LentMemory()
        var made: UnsafeMutableRawPointer?
        try step("create") { call, record in
            loaded.lifecycle.pointee.create.unsafelyUnwrapped(
                loaded.module.module, call, scope, memory.text(configuration), &made, record)
        }
        guard let made else { throw TestFailure("create answered no instance") }
        instance = made
    }

    /// Starts the instance; only where the setup does not.
    public func start() throws {
        try step("start") { loaded.lifecycle.pointee.start.unsafelyUnwrapped(instance, $0, $1) }
    }

    /// Ends the instance in order: quiesce, wait for what is under way, stop, destroy. Throws what a step answered.
    public func stop(within duration: Duration = .seconds(5)) throws {
        guard let ending = instance else { return }
        try quiesce(ending, within: duration)
        state.withLock { $0.isStopped = true }
        try step("stop", within: duration) { loaded.lifecycle.pointee.stop.unsafelyUnwrapped(ending, $0, $1) }
        for call in state.withLock({ Array($0.calls.values) }) { finish(call) }
        instance = nil
        TestActivity.note("`destroy`")
        _ = loaded.lifecycle.pointee.destroy.unsafelyUnwrapped(ending)
        threads.close()
    }

    /// Brings the instance to rest, once.
    func quiesce(_ ending: UnsafeMutableRawPointer, within duration: Duration) throws {
        let isQuiesced = state.withLock { state in
            defer { state.isQuiescing = true }
            return state.isQuiescing
        }
        if isQuiesced { return }
        closeSockets()
        threads.fireTimers()
        try step("quiesce", within: duration) {
            loaded.lifecycle.pointee.quiesce.unsafelyUnwrapped(ending, $0, $1)
        }
        guard threads.waiting({ threads.waitUntilIdle(nanoseconds: duration.nanoseconds) }) else {
            throw TestFailure("work is left after quiesce")
        }
    }

    func step(
        _ name: String, within duration: Duration? = nil,
        _ body: (UnsafePointer<gantry_call_v1>, UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws {
        TestActivity.note("`\(name)`")
        let call = begin(.lifecycle, within: duration)
        let record = ErrorRecord()
        let status = enter(call, isImpatient: false) { body($0, record.pointer) }
        finish(call)
        guard status == .ok else {
            let message = record.message.isEmpty ? "\(name) answered: \(status)" : record.message
            throw HostError(status, code: Int(record.pointer.pointee.code), message: message)
        }
    }

    // MARK: calls

    func begin(
        _ kind: TestCall.Kind, as principal: TestPrincipal = .nobody, body: [[UInt8]] = [], within: Duration? = nil
    ) -> TestCall {
        let deadline = threads.monotonicNanoseconds + (within ?? setup.deadline).nanoseconds
        return state.withLock { state in
            let call = TestCall(state.next(), kind, as: principal, deadlineNanoseconds: deadline, body: body)
            state.calls[call.number] = call
            return call
        }
    }

    /// Enters the module with `call`.
    func enter(
        _ call: TestCall, isImpatient: Bool, _ body: (UnsafePointer<gantry_call_v1>) -> Int32
    ) -> Status {
        let memory = LentMemory()
        var raw = gantry_call_v1(
            call: call.number, instance: number, tenant: memory.text(setup.tenant),
            deadline_nanoseconds: call.deadlineNanoseconds, trace_id_high: 1, trace_id_low: number, span_id: call.number
        )
        return threads.enter(isImpatient: isImpatient) { Status(rawValue: body(&raw)) }
    }

    /// Runs `body` with the instance and the module's table for requests.
    func withInstance(_ body: (UnsafeMutableRawPointer) -> Int32) -> Int32 {
        guard let instance else { return Status.stale.rawValue }
        return body(instance)
    }

    /// Ends a call: its handle is stale from now on, and its watcher is told.
    func finish(_ call: TestCall) {
        let watcher = state.withLock { state -> (gantry_wake_fn_v1, UnsafeMutableRawPointer?)? in
            guard !call.isOver else { return nil }
            call.isOver = true
            state.calls[call.number] = nil
            return call.watcher.map { ($0.wake, $0.context) }
        }
        if let (wake, context) = watcher {
            nonisolated(unsafe) let context = context  // the module's own, handed back once
            threads.submit(.init { _ = wake(context, GANTRY_STREAM_CLOSED.rawValue) })
        }
        state.broadcast()
    }

    /// Waits for the answer of a call that answered GANTRY_PENDING.
    func waitForAnswer(_ call: TestCall) throws {
        let answered = { (patience: Int64) in
            self.threads.waiting {
                self.state.wait(untilNanoseconds: MonotonicTime.nanoseconds + patience) { _ in
                    call.isOver ? true : nil
                }
            }
        }
        if answered(setup.patience.nanoseconds) != nil { return }
        // What the real host does at the deadline: the call is over, and whoever watches is told.
        finish(call)
        throw TestFailure(
            "the module has not answered within \(setup.patience); after GANTRY_PENDING it must, exactly once")
    }

    /// An identifier like those of the host, different each time and the same in every run.
    func identifier() -> String { Self.identifier(number: state.withLock { $0.next() }) }

    static func identifier(number: UInt64) -> String {
        let number = String(number, radix: 16)
        return "00000000-0000-7000-8000-" + String(repeating: "0", count: max(0, 12 - number.count)) + number
    }
}

extension LoadedModule {
    /// The module of a type that is linked into the test.
    convenience init<Owner: Module>(export module: Owner.Type) throws {
        try self.init(entering: { module.export($0, $1) })
    }
}

extension Duration {
    /// Nanoseconds, rounded down.
    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
