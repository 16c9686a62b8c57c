/// One thing that a module handles: an operation of its contract, a check, a subscription or a job.
public struct Handler<Owner: Module>: Sendable {
    /// Answers a request.
    public typealias Operation = @Sendable (Owner, borrowing Request) throws -> Response
    /// Reports what is wrong with a request that a schema cannot say.
    public typealias Check = @Sendable (Owner, borrowing Request, borrowing FindingReport) throws -> Void
    /// Takes an event.
    public typealias Subscription = @Sendable (Owner, borrowing Event, borrowing CallContext) throws -> Void
    /// Runs a job.
    public typealias Work = @Sendable (Owner, borrowing Job, borrowing CallContext) throws -> Void

    enum Kind: Sendable {
        case operation(Operation)
        case check(Check)
        case subscription(Subscription)
        case job(Work)
    }

    let name: String
    let kind: Kind

    /// Answers requests to the operation `id` of the contract.
    ///
    /// A thrown `Failure` or `Refusal` is the answer; any other error is logged and answered with 500. In a route that
    /// the manifest calls `inline` the handler must not block and has no database.
    public static func operation(_ id: String, _ handle: @escaping Operation) -> Handler {
        Handler(name: id, kind: .operation(handle))
    }

    /// Checks requests to the operation `id` before they are handled, also when the contract check has found something;
    /// the manifest says `check: true` for the route. It must not block.
    public static func check(_ id: String, _ check: @escaping Check) -> Handler {
        Handler(name: id, kind: .check(check))
    }

    /// Takes the events of the manifest's subscription with the handler `name`. What it throws has the event delivered
    /// again later.
    public static func subscription(_ name: String, _ take: @escaping Subscription) -> Handler {
        Handler(name: name, kind: .subscription(take))
    }

    /// Runs the jobs that the manifest calls `name`. What it throws has the job run again later.
    public static func job(_ name: String, _ run: @escaping Work) -> Handler {
        Handler(name: name, kind: .job(run))
    }
}
