/// One thing that a module handles: an operation of its contract, a check, a subscription, a job or a service.
///
/// Handlers that await something are asynchronous: the compiler takes the other form of the same function for them, and
/// they receive copies that may be kept across `await`. All their pieces run on the host's threads.
public struct Handler<Owner: Module>: Sendable {
    /// Answers a request.
    public typealias Operation = @Sendable (Owner, borrowing Request) throws -> Response
    /// Answers a request later.
    public typealias AsyncOperation = @Sendable (Owner, AsyncRequest) async throws -> Response
    /// Reports what is wrong with a request that a schema cannot say.
    public typealias Check = @Sendable (Owner, borrowing Request, borrowing FindingReport) throws -> Void
    /// Takes an event.
    public typealias Subscription = @Sendable (Owner, borrowing Event, borrowing CallContext) throws -> Void
    /// Takes an event, and awaits.
    public typealias AsyncSubscription = @Sendable (Owner, AsyncEvent, AsyncContext) async throws -> Void
    /// Runs a job.
    public typealias Work = @Sendable (Owner, borrowing Job, borrowing CallContext) throws -> Void
    /// Runs a job, and awaits.
    public typealias AsyncWork = @Sendable (Owner, AsyncJob, AsyncContext) async throws -> Void

    /// Serves another module's call by values.
    typealias Serving = @Sendable (Owner, borrowing CallContext, [ServiceDatum]) throws -> ServiceDatum?
    /// Serves another module's call by values, and awaits.
    typealias AsyncServing = @Sendable (Owner, AsyncContext, [ServiceDatum]) async throws -> ServiceDatum?

    enum Kind: Sendable {
        case operation(Form<Operation, AsyncOperation>)
        case check(Check)
        case subscription(Form<Subscription, AsyncSubscription>)
        case job(Form<Work, AsyncWork>)
        case service(Form<Serving, AsyncServing>)
    }

    let name: String
    let kind: Kind

    /// Answers requests to the operation `id` of the contract.
    ///
    /// A thrown `Failure` or `Refusal` is the answer; any other error is logged and answered with 500. In a route that
    /// the manifest calls `inline` the handler must not block and has no database.
    public static func operation(_ id: String, _ handle: @escaping Operation) -> Handler {
        Handler(name: id, kind: .operation(.synchronous(handle)))
    }

    /// Answers requests to the operation `id` of the contract, later and without holding a thread meanwhile; also in a
    /// route that the manifest calls `inline`.
    ///
    /// The task is cancelled when the client leaves, the deadline passes or the instance closes.
    public static func operation(_ id: String, _ handle: @escaping AsyncOperation) -> Handler {
        Handler(name: id, kind: .operation(.asynchronous(handle)))
    }

    /// Checks requests to the operation `id` before they are handled, also when the contract check has found something;
    /// the manifest says `check: true` for the route. It must not block.
    public static func check(_ id: String, _ check: @escaping Check) -> Handler {
        Handler(name: id, kind: .check(check))
    }

    /// Takes the events of the manifest's subscription with the handler `name`. What it throws has the event delivered
    /// again later.
    public static func subscription(_ name: String, _ take: @escaping Subscription) -> Handler {
        Handler(name: name, kind: .subscription(.synchronous(take)))
    }

    /// As the other form, for a handler that awaits. The next event of the same key comes after it has ended.
    public static func subscription(_ name: String, _ take: @escaping AsyncSubscription) -> Handler {
        Handler(name: name, kind: .subscription(.asynchronous(take)))
    }

    /// Runs the jobs that the manifest calls `name`. What it throws has the job run again later.
    public static func job(_ name: String, _ run: @escaping Work) -> Handler {
        Handler(name: name, kind: .job(.synchronous(run)))
    }

    /// As the other form, for a job that awaits.
    public static func job(_ name: String, _ run: @escaping AsyncWork) -> Handler {
        Handler(name: name, kind: .job(.asynchronous(run)))
    }
}

/// A handler that is done when its function returns, or one that goes on.
enum Form<Synchronous: Sendable, Asynchronous: Sendable>: Sendable {
    case synchronous(Synchronous)
    case asynchronous(Asynchronous)
}
