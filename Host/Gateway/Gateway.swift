import GantryCore
public import GantryIdentity
import GantryLoader
public import GantryServer
public import GantryTelemetry
public import GantryThreads
import Synchronization

/// The way of a request: identity of the request, tenant, route, principal, limits, roles, body, contract, module,
/// response. Each step is one type in one file; this one puts them in order.
///
/// ```swift
/// let gateway = Gateway(configuration: …, authenticator: …, log: …, metrics: …, pool: …, health: …)
/// gateway.replaceState(try gateway.makeState(entries))
/// try server.listen(on: address, handler: gateway)
/// ```
public final class Gateway: ServerHandler {
    let configuration: GatewayConfiguration
    let authenticator: Authenticator
    let log: Log
    let metrics: Metrics
    let tracer: Tracer
    let observer: (any RequestObserver)?
    /// Whether answers tell of their trace or their cost.
    let tellsOfRequests: Bool
    let clock: GatewayClock
    let registry = LimitRegistry()
    /// What a request that is not counted reports.
    let untouched: Allowance
    /// Whether tenants without rates of their own have an allowance for all their requests together.
    let hasOverallLimit: Bool
    let deadlineNanoseconds: Int64
    let hostRoutes: HostRoutes
    /// Header lines that are the same for many answers.
    let answerFields: AnswerFields
    let crossOrigin: CrossOrigin
    let compression = Compression()
    /// Runs what no event loop waits for.
    let pool: ThreadPool
    let unmatched: UnmatchedInstruments
    /// Keys of requests that may come twice.
    let keysUnderWay = KeysUnderWay()
    /// The streams of tenants' events; nil where nobody knows of events.
    let live: LiveChannels?
    /// Requests so far whose handlers may be measured for others; see `CallMeter`.
    let samples = Atomic<UInt32>(0)
    private let loopWatch: LoopWatch
    private let resources: TenantModule.Resources
    private let routeTables: RouteTables
    private let state = Lock(GatewayState.empty)
    private let stateVersion = Atomic<UInt64>(1)
    private let draining = Atomic<Bool>(false)
    private let starting = Atomic<Bool>(false)

    /// Creates a gateway that serves the host's own routes until it is given a state.
    /// - Parameters:
    ///   - pool: Runs `blocking` operations; shared with whoever the runtime likes.
    ///   - health: What the health routes report on.
    ///   - tracer: Where spans of requests go.
    ///   - observer: Hears of requests of tenants that have a module which wants to.
    ///   - events: Where the live events of tenants come from, and what keeps their streams alive.
    ///   - clock: Injected by tests.
    public init(
        configuration: GatewayConfiguration, authenticator: Authenticator, log: Log, metrics: Metrics,
        pool: ThreadPool, health: HealthChecks, tracer: Tracer = .off,
        observer: (any RequestObserver)? = nil, events: (source: any LiveSource, timers: TimerQueue)? = nil,
        clock: GatewayClock = .system
    ) {
        self.observer = observer
        self.tracer = tracer
        tellsOfRequests = tracer.isEnabled || configuration.tellsCost
        self.configuration = configuration
        self.authenticator = authenticator
        self.log = log
        self.metrics = metrics
        self.clock = clock
        hasOverallLimit = configuration.rates.overall != nil
        untouched = FixedWindow.untouched(configuration.rates[.default])
        let (seconds, attoseconds) = configuration.deadline.components
        deadlineNanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        live = events.map { LiveChannels(source: $0.source, timers: $0.timers, clock: clock) }
        hostRoutes = HostRoutes(
            health: health, metrics: metrics, clock: clock, pool: pool, pagesFolder: configuration.browsers.pagesFolder,
            hasLiveEvents: live != nil)
        unmatched = UnmatchedInstruments(metrics)
        routeTables = RouteTables(checksAnswers: configuration.browsers.checksAnswers)
        loopWatch = LoopWatch(limit: configuration.loopLimit, metrics: metrics, log: log)
        answerFields = AnswerFields(configuration.browsers)
        crossOrigin = CrossOrigin(configuration.browsers.origins)
        self.pool = pool
        resources = TenantModule.Resources(
            registry: registry, pool: pool, maximumConcurrentCalls: configuration.maximumConcurrentCalls,
            maximumThreads: configuration.maximumThreadsOfModule, metrics: metrics)
    }

    /// What tenants that have the same modules enabled in the same way share; sets that differ in their limits only
    /// still share their routes. Throws `GatewayError`, naming both modules where two claim a route.
    public func moduleSet(_ modules: [EnabledModule]) throws(GatewayError) -> ModuleSet {
        ModuleSet(
            routes: try routeTables.table(modules, metrics: metrics),
            shapes: modules.map { ModuleSet.Shape($0, metrics: metrics) }, resources: resources)
    }

    /// Builds a state from what the runtime knows. Throws `GatewayError`, naming both modules where two claim a route.
    /// Nothing changes until the state is handed to `replaceState`.
    public func makeState(_ entries: [TenantEntry]) throws(GatewayError) -> GatewayState {
        try GatewayStateBuilder.build(entries, for: self)
    }

    /// Serves all further requests from the state. Requests under way keep the one they began with.
    public func replaceState(_ newState: GatewayState) {
        state.withLock { $0 = newState }
        stateVersion.add(1, ordering: .releasing)
    }

    /// Serves these tenants as the entries say and all others as before, from the next request on. It takes as long
    /// as the entries are many, however many tenants there are. Throws `GatewayError` and changes nothing where two
    /// tenants claim one host name.
    public func update(_ entries: [TenantEntry]) throws(GatewayError) {
        try state.withLock { state throws(GatewayError) in
            var builder = GatewayStateBuilder(self, from: state)
            try builder.replace(entries)
            state = builder.state
        }
        stateVersion.add(1, ordering: .releasing)
    }

    /// Until `endStart` the readiness route answers 503, while requests are served.
    public func beginStart() { starting.store(true, ordering: .relaxed) }

    /// Ends what `beginStart` began.
    public func endStart() { starting.store(false, ordering: .relaxed) }

    /// Whether the host is up, and neither starting nor draining.
    var isReady: Bool { !starting.load(ordering: .relaxed) && !isDraining }

    /// From now on the readiness route answers 503, and who follows live events is sent away, to come again elsewhere.
    public func beginDrain() {
        draining.store(true, ordering: .relaxed)
        live?.close()
    }

    /// Streams of live events that are open.
    public var liveStreams: Int { live?.count ?? 0 }

    /// Callers whose use of an allowance is remembered.
    public var limitedSubjects: Int { registry.table.count }

    /// Whether `beginDrain` was called.
    public var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// The state for the next request of a connection.
    func currentState(_ connection: ConnectionState) -> GatewayState {
        let version = stateVersion.load(ordering: .acquiring)
        if connection.stateVersion != version {
            connection.state = state.withLock { $0 }
            connection.stateVersion = version
        }
        return connection.state
    }

    // MARK: ServerHandler

    /// Runs the steps that need no body.
    public func receiveHead(_ exchange: Exchange) -> BodyDecision {
        let context = begin(exchange)
        if let failure = exchange.withTarget({ runHeadSteps(context, $0) }) {
            ResponseStep.fail(context, failure)
            return .answered
        }
        if let route = context.hostRoute, route.kind != .userSync {
            hostRoutes.answer(context)
            return .answered
        }
        exchange.attachment = context
        if context.hostRoute != nil { return .collect(maximumBytes: InternalStep.maximumBodyBytes) }
        if KeyStep.wait(context) != nil { return .collect(maximumBytes: KeyStep.maximumBodyBytes) }
        guard let route = context.route?.route else { return .collect(maximumBytes: 0) }
        return route.streamsBody
            ? .stream(maximumBytes: route.maximumBodyBytes) : .collect(maximumBytes: route.maximumBodyBytes)
    }

    /// Runs the steps from the body on.
    public func receiveBody(_ exchange: Exchange) {
        guard let context = Self.context(exchange) else { return }
        if context.hostRoute != nil { return hostRoutes.answer(context) }
        if let wait = KeyStep.wait(context) { return KeyStep.run(context, wait) }
        ModuleStep.run(context)
    }

    /// Answers 413.
    public func refuseBody(_ exchange: Exchange, maximumBytes: Int) {
        let context = Self.context(exchange) ?? begin(exchange)
        let isWaiting = KeyStep.wait(context) != nil
        ResponseStep.fail(
            context, isWaiting ? .issuerUnavailable(retrySeconds: 1) : .bodyTooLarge(maximumBytes: maximumBytes))
    }

    /// Answers what is no readable request.
    public func refuseRequest(_ exchange: Exchange, fault: RequestFault) {
        let context = Self.context(exchange) ?? begin(exchange)
        let failure: Failure =
            switch fault {
            case .malformed: .malformedRequest
            case .headTooLarge: .headTooLarge
            case .timeout: .requestTimeout
            }
        ResponseStep.fail(context, failure)
    }

    /// Answers for a module that has not.
    public func expire(_ exchange: Exchange) {
        guard let context = Self.context(exchange) else { return }
        ResponseStep.fail(context, .deadlineExceeded)
    }

    /// Ends a request whose client left in the middle of its body.
    public func abandon(_ exchange: Exchange) {
        guard let context = Self.context(exchange) else { return }
        exchange.attachment = nil
        ResponseStep.abandon(context)
    }

    // MARK: Steps

    /// Names of the parameters of queries that are credentials of openings somewhere.
    var socketCredentials: Set<String> { routeTables.socketCredentials }

    private static let methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

    /// The request that `receiveHead` began.
    private static func context(_ exchange: Exchange) -> RequestContext? {
        // Nobody but `receiveHead` attaches anything to an exchange.
        exchange.attachment.map { unsafeDowncast($0, to: RequestContext.self) }
    }

    private func begin(_ exchange: Exchange) -> RequestContext {
        let connection: ConnectionState
        if let known = exchange.connectionAttachment {
            // Nobody but this function attaches anything to a connection.
            connection = unsafeDowncast(known, to: ConnectionState.self)
        } else {
            connection = ConnectionState(
                remoteAddress: exchange.remoteAddress, trustedProxies: configuration.trustedProxies,
                seat: loopWatch.seat(of: exchange.eventLoopIdentity))
            exchange.connectionAttachment = connection
        }
        metrics.requestsInFlight.add(1)
        let context = RequestContext(gateway: self, exchange: exchange, connection: connection)
        IdentifyStep.run(context)
        return context
    }

    /// Reads the name of the host that is wanted; false when what stands in its place is no name.
    private static func readHost(
        _ context: RequestContext, _ target: UnsafeBufferPointer<UInt8>, _ parts: RequestPath
    ) -> Bool {
        if var header = context.headers.host {
            context.hostName = header.withUTF8(HostName.read)
            if context.hostName == nil { return false }
        }
        guard let authority = parts.authority else { return true }
        context.hostName = HostName.read(UnsafeBufferPointer(rebasing: target[authority]))
        return context.hostName != nil
    }

    private func runHeadSteps(_ context: RequestContext, _ target: UnsafeBufferPointer<UInt8>) -> Failure? {
        if context.headers.requestedMethod != nil,
            let preflight = crossOrigin.preflight(context.exchange.method, context.headers)
        {
            return preflight
        }
        if target.count == 1, target.first == UInt8(ascii: "*"), context.exchange.method == "OPTIONS" {
            return .options(allowed: Self.methods)
        }
        guard let parts = RequestPath(target) else { return .malformedTarget }
        if context.headers.isAmbiguous { return .ambiguousHeaders }
        guard Self.readHost(context, target, parts) else { return .malformedRequest }
        switch hostRoutes.find(UnsafeBufferPointer(rebasing: target[parts.path]), context) {
        case .route(let route):
            context.hostRoute = route
            return nil
        case .failure(let failure):
            return failure
        case .none:
            break
        }
        SocketStep.begin(context, target, parts)
        PrincipalStep.run(context)
        return KeyStep.wait(context) == nil ? runCallerSteps(context, target, parts) : nil
    }

    /// The steps from the credential on, as soon as something is known of it.
    func runCallerSteps(
        _ context: RequestContext, _ target: UnsafeBufferPointer<UInt8>, _ parts: RequestPath
    ) -> Failure? {
        if case .unavailable(let seconds)? = context.authentication { return .issuerUnavailable(retrySeconds: seconds) }
        let routeFailure =
            if let request = context.socketRequest {
                SocketStep.findRoute(context, request, target, parts)
            } else {
                RouteStep.run(context, target, parts)
            }
        if let routeFailure { return routeFailure }
        guard let route = context.route, let module = context.module else { return .routeNotFound }
        if let policy = route.route.socket, let failure = SocketStep.check(context, route, policy) { return failure }
        if let failure = LimitStep.run(context, route, module) { return failure }
        if let mismatch = context.socketRequest?.mismatch { return mismatch }
        if let failure = PrincipalStep.require(context, route) { return failure }
        if let failure = RoleStep.run(context, route) { return failure }
        if context.headers.contentEncoding != nil, !route.takesCodings { return .unsupportedCoding }
        guard context.request.appendQuery(UnsafeBufferPointer(rebasing: target[parts.query])) else {
            return .malformedTarget
        }
        return nil
    }
}

/// Instruments for requests that met no route, by method; a label must not be the client's to choose.
final class UnmatchedInstruments: Sendable {
    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let known: [(method: String, instruments: RouteInstruments)]
    private let other: RouteInstruments

    init(_ metrics: Metrics) {
        known = Self.methods.map { ($0, metrics.route(method: $0, route: "unmatched", version: "v1")) }
        other = metrics.route(method: "other", route: "unmatched", version: "v1")
    }

    subscript(method: String) -> RouteInstruments { known.first { $0.method == method }?.instruments ?? other }
}
