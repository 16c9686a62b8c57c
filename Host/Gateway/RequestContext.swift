import GantryCore
import GantryIdentity
import GantryJSON
import GantryLoader
import GantryServer
import GantryThreads
import Synchronization

/// One request on its way through the steps.
final class RequestContext: @unchecked Sendable {
    // Guard: the steps run on the event loop and fill the context in; from the moment it is handed to a module nothing
    // but `progress`, which is atomic, `holdsInstance`, which whoever claims the answer writes, and `nodes`, which
    // belongs to the thread that runs the module, is written.

    let gateway: Gateway
    let exchange: Exchange
    let connection: ConnectionState
    let headers: RequestHeaders
    /// Whose request it is, as far as addresses go.
    let client: ClientAddress
    /// Tells it from the connection's other clients.
    let clientSerial: UInt64
    let startNanoseconds: Int64
    let wallMilliseconds: Int64
    /// The request as a module sees it; holds the request id from the beginning.
    var request: ModuleRequest
    var trace = TraceContext()
    /// The caller's span; 0 where the trace begins here.
    var parentSpan: UInt64 = 0
    /// What the caller's header `tracestate` said; empty for nothing.
    var traceState = ""
    let meter = CallMeter()
    /// Bytes of the request's body, and of the answer's as it was sent.
    var receivedBytes = 0
    var sentBytes = 0
    private let usageReference = OnceReference<CallUsage>()
    /// The host that is wanted, as `HostName` writes it; nil where none is named.
    var hostName: String?
    /// Version of the API in which a failure without a module is told.
    var version = 1
    var state: GatewayState
    var tenant: GatewayState.Tenant?
    var route: ModuleRoute?
    var module: TenantModule?
    /// Where the instance comes from, when another generation has taken the place of the one that was routed to.
    var successor: (any ModuleSource)?
    /// Shape of failures where no route was found, but a module to ask for it; else the route's.
    var shape: ErrorTemplate?
    /// The route of the host, where it is one.
    var hostRoute: HostRoute?
    var authentication: Authentication?
    /// What is known of the opening, where the request asks for a WebSocket.
    var socketRequest: SocketRequest?
    var allowance: Allowance
    /// The request's key, while the module works at it; set before the module is called.
    var keyed: KeyedRequest?
    var nodes: [JSONNode] = []
    private let place = Place()
    /// Whether the module's instance was held when the answer was claimed; whoever claimed it lets go.
    private(set) var holdsInstance = false
    private let progress = Atomic<UInt8>(0)
    private static let answered: UInt8 = 1
    private static let entered: UInt8 = 2

    init(gateway: Gateway, exchange: Exchange, connection: ConnectionState) {
        self.gateway = gateway
        self.exchange = exchange
        self.connection = connection
        headers = RequestHeaders(exchange)
        client = connection.client(headers.forwardedFor, trusting: gateway.configuration.trustedProxies)
        clientSerial = connection.clientSerial
        startNanoseconds = gateway.clock.monotonicNanoseconds()
        wallMilliseconds = gateway.clock.wallMilliseconds()
        request = ModuleRequest(operation: 0)
        state = gateway.currentState(connection)
        allowance = gateway.untouched
    }

    /// Where the instance comes from.
    var source: (any ModuleSource)? { successor ?? module?.source }

    /// The caller, where the credential is good.
    var principal: Principal? {
        if case .accepted(let principal, _)? = authentication { return principal }
        return nil
    }

    /// Where what the module uses is noted; made when it is first asked for.
    var usage: CallUsage? { usageReference.load() ?? usageReference.storeIfNil(CallUsage()) }

    /// The same; nil when it has used nothing.
    var usedSoFar: CallUsage? { usageReference.load() }

    /// CLOCK_MONOTONIC by which the module has to answer.
    var deadlineNanoseconds: Int64 { startNanoseconds + gateway.deadlineNanoseconds }

    /// The request id's bytes.
    func requestID() -> [UInt8] {
        let range = request.requestID
        return Array(request.text[range.start..<range.start + range.count])
    }

    /// Whether somebody has claimed the answer.
    var isAnswered: Bool { progress.load(ordering: .acquiring) & Self.answered != 0 }

    /// Whether an answer would reach nobody any more. One that is kept for repetitions reaches whoever asks again.
    var isOver: Bool { keyed == nil && (isAnswered || exchange.isAbandoned) }

    /// Takes a place in the module's bulkhead; false when it is full.
    func takePlace() -> Bool {
        guard module?.bulkhead.enter() == true else { return false }
        place.take()
        return true
    }

    /// Runs the module's code, unless the request is answered already.
    func runInPlace(_ body: () -> Void) {
        guard place.goIn() else { return }
        body()
        if place.comeOut() { module?.bulkhead.leave() }
    }

    /// The request is answered.
    func leavePlace() {
        if place.answer() { module?.bulkhead.leave() }
    }

    /// True for whoever may answer; everybody later gets false.
    func claimAnswer() -> Bool {
        let before = progress.bitwiseOr(Self.answered, ordering: .acquiringAndReleasing).oldValue
        if before & Self.answered != 0 { return false }
        holdsInstance = before & Self.entered != 0
        return true
    }

    /// Whoever has claimed the answer goes on holding the module's instance, if it is held; he lets go himself.
    func keepInstance() -> Bool {
        defer { holdsInstance = false }
        return holdsInstance
    }

    /// Goes back to before the route was looked for.
    func forgetRoute() {
        (tenant, route, module, shape) = (nil, nil, nil, nil)
        request.path = TextRange()
        request.pathParameters = []
    }

    /// Notes that the module's instance is held from now on until the answer. False when the answer has been given
    /// meanwhile: then it is the caller who lets go.
    func noteEntry() -> Bool {
        progress.bitwiseOr(Self.entered, ordering: .acquiringAndReleasing).oldValue & Self.answered == 0
    }
}
