import CGantry

/// An instance as the host holds it behind a `void *`: the handlers, each bound to the module's value.
final class ModuleInstance {
    typealias Step = (borrowing CallContext) throws -> Void
    typealias Operation = Form<
        @Sendable (borrowing Request) throws -> Response, @Sendable (AsyncRequest) async throws -> Response
    >
    typealias Subscription = Form<
        @Sendable (borrowing Event, borrowing CallContext) throws -> Void,
        @Sendable (AsyncEvent, AsyncContext) async throws -> Void
    >
    typealias Work = Form<
        @Sendable (borrowing Job, borrowing CallContext) throws -> Void,
        @Sendable (AsyncJob, AsyncContext) async throws -> Void
    >
    typealias Serving = Form<
        @Sendable (borrowing CallContext, [ServiceDatum]) throws -> ServiceDatum?,
        @Sendable (AsyncContext, [ServiceDatum]) async throws -> ServiceDatum?
    >

    private let tables: HostTablesBox
    private let executor: HostExecutor
    private let operations: [Operation]
    private let checks: [((borrowing Request, borrowing FindingReport) throws -> Void)?]
    private let subscriptions: [Subscription]
    private let jobs: [Work]
    private let serviceNames: [String]
    private let services: [Serving]
    private let quiesceModule: Step
    private let stateful: (any StatefulModule)?
    let start: Step
    let stop: Step

    init<Owner: Module>(_ module: Owner, _ handlers: HandlerLists<Owner>, _ call: KeptCall) {
        tables = call.tables
        executor = HostExecutor(call)
        operations = handlers.operations.map { form in
            switch form {
            case .synchronous(let body): .synchronous { try body(module, $0) }
            case .asynchronous(let body): .asynchronous { try await body(module, $0) }
            }
        }
        checks = handlers.checks.map { body in
            body.map { body in { request, report in try body(module, request, report) } }
        }
        subscriptions = handlers.subscriptions.map { form in
            switch form {
            case .synchronous(let body): .synchronous { try body(module, $0, $1) }
            case .asynchronous(let body): .asynchronous { try await body(module, $0, $1) }
            }
        }
        jobs = handlers.jobs.map { form in
            switch form {
            case .synchronous(let body): .synchronous { try body(module, $0, $1) }
            case .asynchronous(let body): .asynchronous { try await body(module, $0, $1) }
            }
        }
        serviceNames = handlers.serviceNames
        services = handlers.services.map { form in
            switch form {
            case .synchronous(let body): .synchronous { try body(module, $0, $1) }
            case .asynchronous(let body): .asynchronous { try await body(module, $0, $1) }
            }
        }
        stateful = module as? any StatefulModule
        start = { context in try module.start(context) }
        quiesceModule = { context in try module.quiesce(context) }
        stop = { context in try module.stop(context) }
    }

    /// What the module hands to the next generation; nil for nothing.
    func exportState(_ context: borrowing CallContext) throws -> ModuleState? { try stateful?.exportState(context) }

    /// Takes over what another generation held; false when the module does not know how.
    func importState(_ state: ModuleState, _ context: borrowing CallContext) throws -> Bool {
        try stateful?.importState(state, context) ?? false
    }

    func scope(_ call: UnsafePointer<gantry_call_v1>) -> CallScope {
        CallScope(call: call, tables: UnsafePointer(tables.pointer))
    }

    /// The handler of the operation that `request` names.
    func operation(_ request: UnsafePointer<gantry_request_v1>) throws -> Operation {
        let index = Int(request.pointee.operation)
        guard index < operations.count else { throw Self.unknown("operation", index) }
        return operations[index]
    }

    /// Starts a handler that answers later, exactly once.
    func start(
        _ body: @escaping @Sendable (AsyncRequest) async throws -> Response, _ call: UnsafePointer<gantry_call_v1>,
        _ request: UnsafePointer<gantry_request_v1>
    ) throws -> Int32 {
        try executor.require()
        let call = AsyncCall(call.pointee, tables)
        let request = AsyncRequest(call, request)
        call.watch()
        executor.start(call) {
            do {
                let status = Status(rawValue: try await body(request).send(request.scope))
                // A call that is over meanwhile needs no answer; any other refusal is the module's fault.
                if status.isFailure, status != .stale, status != .already {
                    throw HostError(status, message: "The host refused the response: \(status)")
                }
            } catch {
                Self.answerLater(error, request)
            }
        }
        return Status.pending.rawValue
    }

    /// Answers with what a handler has thrown. The host sees no status any more, so every error must become an answer.
    private static func answerLater(_ error: any Error, _ request: AsyncRequest) {
        if let status = Outcome.answer(error, to: request).map(Status.init(rawValue:)) {
            if !status.isFailure || status == .stale || status == .already { return }
        }
        _ = Failure(500, reason: "internal_error", "Something went wrong on our side.").send(request.scope)
    }

    /// - Parameter report: Called only when there is a check.
    func check(_ request: borrowing Request, _ report: () -> FindingReport) throws {
        let index = Int(request.raw.pointee.operation)
        guard index < checks.count else { throw Self.unknown("operation", index) }
        try checks[index]?(request, report())
    }

    func deliver(_ event: UnsafePointer<gantry_event_v1>, _ context: borrowing CallContext) throws {
        let index = Int(event.pointee.subscription)
        guard index < subscriptions.count else { throw Self.unknown("subscription", index) }
        switch subscriptions[index] {
        case .synchronous(let body): try body(Event(raw: event), context)
        case .asynchronous(let body):
            let event = AsyncEvent(event)
            try wait(context) { try await body(event, $0) }
        }
    }

    func run(_ job: UnsafePointer<gantry_job_v1>, _ context: borrowing CallContext) throws {
        let index = Int(job.pointee.job)
        guard index < jobs.count else { throw Self.unknown("job", index) }
        switch jobs[index] {
        case .synchronous(let body): try body(Job(raw: job), context)
        case .asynchronous(let body):
            let job = AsyncJob(job)
            try wait(context) { try await body(job, $0) }
        }
    }

    /// Serves another module's call.
    func serve(
        _ signature: gantry_str_v1, _ arguments: UnsafeBufferPointer<gantry_value_v1>,
        _ context: borrowing CallContext
    ) throws -> ServiceDatum? {
        guard let index = serviceNames.firstIndex(where: { signature.equals($0) }) else {
            throw HostError(.unsupported, message: "The module has no service \(signature.string)")
        }
        let data = arguments.compactMap(ServiceDatum.init)
        switch services[index] {
        case .synchronous(let body): return try body(context, data)
        case .asynchronous(let body):
            let result = Monitor<ServiceDatum?>(nil)
            try wait(context) { context in
                let datum = try await body(context, data)
                result.withLock { $0 = datum }
            }
            return result.withLock { $0 }
        }
    }

    /// Runs a handler whose function must not return before it is done, all of it on this thread.
    private func wait(
        _ context: borrowing CallContext, _ body: @escaping @Sendable (AsyncContext) async throws -> Void
    ) throws {
        let executor = CallingThreadExecutor()
        let call = AsyncCall(context.scope.call.pointee, tables, waiting: executor)
        try executor.run(call) { try await body(AsyncContext(call)) }
    }

    /// Ends what is under way: the module's own part first, then the tasks of asynchronous handlers.
    func quiesce(_ context: borrowing CallContext) throws {
        try quiesceModule(context)
        // The host's clock may be one that a test sets; how long is left is true by any clock.
        let left = try context.deadlineNanoseconds.map { deadline in
            let left = deadline.subtractingReportingOverflow(try context.clock.monotonicNanoseconds())
            return left.overflow ? 0 : max(0, left.partialValue)
        }
        let end = left.map { MonotonicTime.nanoseconds.addingReportingOverflow($0) }
        guard executor.drain(untilNanoseconds: end.map { $0.overflow ? .max : $0.partialValue } ?? .max) else {
            throw HostError(.busy, message: "Asynchronous handlers ignore their cancellation and are still under way.")
        }
    }

    private static func unknown(_ kind: String, _ index: Int) -> HostError {
        HostError(.invalid, message: "The module has no \(kind) at \(index)")
    }
}
