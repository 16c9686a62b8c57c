import CGantry

/// An instance as the host holds it behind a `void *`: the handlers, each bound to the module's value.
final class ModuleInstance {
    typealias Step = (borrowing CallContext) throws -> Void

    private let tables: HostTablesBox
    private let operations: [(borrowing Request) throws -> Response]
    private let checks: [((borrowing Request, borrowing FindingReport) throws -> Void)?]
    private let subscriptions: [(borrowing Event, borrowing CallContext) throws -> Void]
    private let jobs: [(borrowing Job, borrowing CallContext) throws -> Void]
    let start: Step
    let quiesce: Step
    let stop: Step

    init<Owner: Module>(_ module: Owner, _ handlers: HandlerLists<Owner>, _ tables: HostTablesBox) {
        self.tables = tables
        operations = handlers.operations.map { body in { request in try body(module, request) } }
        checks = handlers.checks.map { body in
            body.map { body in { request, report in try body(module, request, report) } }
        }
        subscriptions = handlers.subscriptions.map { body in { event, context in try body(module, event, context) } }
        jobs = handlers.jobs.map { body in { job, context in try body(module, job, context) } }
        start = { context in try module.start(context) }
        quiesce = { context in try module.quiesce(context) }
        stop = { context in try module.stop(context) }
    }

    func scope(_ call: UnsafePointer<gantry_call_v1>) -> CallScope {
        CallScope(call: call, tables: UnsafePointer(tables.pointer))
    }

    func handle(_ request: borrowing Request) throws -> Response {
        let index = Int(request.raw.pointee.operation)
        guard index < operations.count else { throw Self.unknown("operation", index) }
        return try operations[index](request)
    }

    /// - Parameter report: Called only when there is a check.
    func check(_ request: borrowing Request, _ report: () -> FindingReport) throws {
        let index = Int(request.raw.pointee.operation)
        guard index < checks.count else { throw Self.unknown("operation", index) }
        try checks[index]?(request, report())
    }

    func deliver(_ event: borrowing Event, _ context: borrowing CallContext) throws {
        let index = Int(event.raw.pointee.subscription)
        guard index < subscriptions.count else { throw Self.unknown("subscription", index) }
        try subscriptions[index](event, context)
    }

    func run(_ job: borrowing Job, _ context: borrowing CallContext) throws {
        let index = Int(job.raw.pointee.job)
        guard index < jobs.count else { throw Self.unknown("job", index) }
        try jobs[index](job, context)
    }

    private static func unknown(_ kind: String, _ index: Int) -> HostError {
        HostError(.invalid, message: "The module has no \(kind) at \(index)")
    }
}
