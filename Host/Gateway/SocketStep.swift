import GantryCore
import GantryIdentity
import GantryJSON
import GantryLoader
import GantryServer

/// What is known of a request that asks for a WebSocket. Filled in by the steps.
final class SocketRequest {
    let opening: WebSocketOpening
    /// The query parameter that the credential was taken from, and the credential; nil where there was none.
    let credential: (parameter: String, value: String)?
    /// The credential does not fit the route otherwise named; it is told after the limit.
    var mismatch: Failure?
    /// What applies to the connection, once the instance's configuration is known.
    var policy: SocketPolicy?
    /// From now on refusals may be told by a close code.
    var isChecked = false

    init(_ opening: WebSocketOpening, credential: (parameter: String, value: String)?) {
        self.opening = opening
        self.credential = credential
    }
}

/// Openings of WebSockets, whose order of checks is not that of other requests: what concerns the person comes last,
/// since a browser is told of it by a close code after the upgrade.
enum SocketStep {
    /// Notes that the request asks for a WebSocket. Which parameter of the query is a credential only the route knows,
    /// which may depend on it: so whatever could be one is taken for it first.
    static func begin(
        _ context: RequestContext, _ target: UnsafeBufferPointer<UInt8>, _ parts: RequestPath
    ) {
        guard context.exchange.asksForUpgrade else { return }
        let opening = WebSocketOpening(context.exchange)
        guard opening.verdict != .absent else { return }
        var query = ModuleRequest(operation: 0)
        _ = query.appendQuery(UnsafeBufferPointer(rebasing: target[parts.query]))
        let names = context.gateway.socketCredentials
        let found = query.query.lazy.map { (parameter: query.string($0.name), value: query.string($0.value)) }
            .first { names.contains($0.parameter) }
        context.socketRequest = SocketRequest(opening, credential: found)
    }

    /// Finds tenant and route by a credential that came in the way that the route wants.
    static func findRoute(
        _ context: RequestContext, _ request: SocketRequest, _ target: UnsafeBufferPointer<UInt8>,
        _ parts: RequestPath
    ) -> Failure? {
        let first = RouteStep.run(context, target, parts)
        let wanted = context.route?.route.socket?.credential
        if context.route != nil && (context.authentication == nil || wanted == request.credential?.parameter) {
            return first
        }
        if context.route == nil && context.authentication == nil { return first }
        // It came in another way, or names another tenant than the rest of the request: looked for without it.
        context.forgetRoute()
        context.authentication = nil
        let second = RouteStep.run(context, target, parts)
        guard let route = context.route else { return first ?? second }
        if let credential = request.credential, route.route.socket?.credential == credential.parameter {
            request.mismatch = first
            return second
        }
        // Not a parameter of this route's: what counts is the header, if the route looks at it.
        guard route.route.socket?.credential == nil, context.headers.authorization != nil else { return second }
        context.forgetRoute()
        PrincipalStep.run(context, header: context.headers.authorization)
        if KeyStep.wait(context) != nil { return .issuerUnavailable(retrySeconds: 1) }
        return RouteStep.run(context, target, parts)
    }

    /// Whether this is an opening, and from where; before anything is counted.
    static func check(_ context: RequestContext, _ route: ModuleRoute, _ policy: SocketPolicy) -> Failure? {
        guard let request = context.socketRequest else { return .upgradeRequired(status: policy.invalidStatus) }
        switch request.opening.verdict {
        case .valid: break
        case .absent, .otherVersion: return .upgradeRequired(status: policy.invalidStatus)
        case .malformed: return .malformedUpgrade
        }
        // An instance that is only started by this request is asked when it runs.
        if let module = context.module, let instance = module.source.enter() {
            defer { module.source.leave() }
            if let failure = configure(request, policy, instance) { return failure }
        }
        request.isChecked = true
        return nil
    }

    /// Applies the instance's configuration, and looks at the origin.
    static func configure(
        _ request: SocketRequest, _ policy: SocketPolicy, _ instance: any ModulePort
    ) -> Failure? {
        if request.policy != nil { return nil }
        let policy = policy.configured(by: instance.configuration)
        request.policy = policy
        guard let origin = request.opening.origin, !policy.origins.isEmpty else { return nil }
        return policy.origins.contains(origin.lowercased()) ? nil : .foreignOrigin
    }

    /// The last look before the handler.
    static func prepare(_ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort) -> Failure? {
        guard let policy = route.route.socket, let request = context.socketRequest else { return nil }
        if let failure = configure(request, policy, instance) {
            request.isChecked = false
            return failure
        }
        if let name = policy.credential { context.request.removeQuery(name) }
        guard let module = context.module, let limit = request.policy?.maximumConnections,
            module.sockets.callsUnderWay < limit
        else { return .overloaded(context.module?.id ?? "") }
        return nil
    }

    /// Tells a refusal by a close code where the route wants that; false where it is told by HTTP.
    static func refuse(_ context: RequestContext, _ request: SocketRequest, _ failure: Failure) -> Bool {
        guard request.isChecked, let policy = request.policy ?? context.route?.route.socket,
            let refusal = policy.refusals[failure.status], context.claimAnswer()
        else { return false }
        let socket = RefusedSocket()
        let connection = context.exchange.accept(
            request.opening, settings: WebSocketSettings(policy), subprotocol: "", receiver: socket
        ) { context.writeFields(&$0) }
        var reason = refusal.reason
        reason.withUTF8 { _ = connection?.close(code: refusal.code, reason: UnsafeRawBufferPointer($0)) }
        context.exchange.endStream()
        ResponseStep.finishStream(context, status: failure.status)
        return true
    }
}

/// Takes nothing from a client that is told that it is refused.
private final class RefusedSocket: WebSocketReceiver {
    func receive(isText _: Bool, _: UnsafeRawBufferPointer) -> Bool { true }
    func receiveRoom() {}
    func receiveEnd(code _: Int, reason _: [UInt8], isOrderly _: Bool) {}
}

extension SocketPolicy {
    /// With what the module's configuration says.
    func configured(by configuration: String) -> SocketPolicy {
        guard !settings.isEmpty, let document = try? JSONDocument(Array(configuration.utf8)) else { return self }
        var policy = self
        document.withRoot { root in
            for (setting, member) in settings {
                guard let value = root[member] else { continue }
                if setting == .origins {
                    policy.origins = Self.origins(value)
                } else if let number = value.int64 {
                    policy.set(setting, number: Int(clamping: number))
                }
            }
        }
        return policy
    }

    private static func origins(_ value: JSONValue) -> [String] {
        let texts: [String] =
            value.string.map { $0.split(separator: ",").map { String($0) } }
            ?? (0..<value.count).compactMap { value[$0]?.string }
        return texts.map { text in
            var text = text[...]
            while text.first == " " { text.removeFirst() }
            while text.last == " " || text.last == "/" { text.removeLast() }
            return text.lowercased()
        }
        .filter { !$0.isEmpty }
    }
}

extension WebSocketSettings {
    init(_ policy: SocketPolicy) {
        self.init()
        maximumMessageBytes = policy.maximumMessageBytes
        queueCount = policy.queueCount
        closesSlowClients = policy.closesSlowClients
        pingInterval = policy.pingMilliseconds == 0 ? nil : .milliseconds(policy.pingMilliseconds)
        pongTimeout = .milliseconds(policy.pongMilliseconds)
        closeTimeout = .milliseconds(policy.closeMilliseconds)
        compression = policy.compression.map { ($0.keepsServerContext, $0.keepsClientContext) }
    }
}

extension Failure {
    /// The route takes nothing but openings of WebSockets, of the one version that there is.
    static func upgradeRequired(status: Int) -> Failure {
        Failure(
            status, "upgrade_required", "This route opens WebSockets of version 13; the request is no such opening."
        )
        .with(header: "Upgrade: websocket")
        .with(header: "Connection: Upgrade")
        .with(header: "Sec-WebSocket-Version: 13")
    }

    static let malformedUpgrade = Failure(400, "malformed_request", "The opening of a WebSocket breaks the protocol.")
    static let foreignOrigin = Failure(
        403, "origin_not_allowed", "Pages of this origin may not connect here.")
}

extension ModuleRequest {
    /// The text that a range stands for.
    func string(_ range: TextRange) -> String {
        String(decoding: text[range.start..<range.start + range.count], as: UTF8.self)
    }

    /// Keeps a parameter of the query from the module.
    mutating func removeQuery(_ name: String) {
        let kept = query.filter { string($0.name) != name }
        query = kept
    }
}
