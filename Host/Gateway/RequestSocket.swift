import GantryCore
import GantryIdentity
import GantryLoader
import GantryServer
import GantryTelemetry
import GantryThreads

/// An opening as a module's, and the socket that it becomes: the server's connection, with the gateway's accounts.
final class RequestSocket: SocketPort {
    /// Receives for the module, from the server's thread to its own.
    private final class Receiver: WebSocketReceiver {
        private let receiver: any SocketReceiver

        init(_ receiver: any SocketReceiver) {
            self.receiver = receiver
        }

        func receive(isText: Bool, _ bytes: UnsafeRawBufferPointer) -> Bool {
            receiver.receive(isText: isText, bytes)
        }

        func receiveRoom() { receiver.receiveRoom() }

        func receiveEnd(code: Int, reason: [UInt8], isOrderly: Bool) {
            receiver.receiveEnd(code: code, reason: reason, isOrderly: isOrderly)
        }
    }

    private static let leastWindowBytes = 64 * 1024
    /// Messages that may wait for a client take so many bytes at most, or one message.
    private static let leastQueueBytes = 1 << 20

    let place: SocketPlace
    let windowBytes: Int
    private let context: RequestContext
    private let opening: WebSocketOpening
    private let settings: WebSocketSettings
    private let module: TenantModule
    private let connection = OnceReference<WebSocketConnection>()
    /// Whether the instance is held for the socket.
    private let holdsInstance = Lock(false)

    /// Nil where the request is no opening.
    init?(_ context: RequestContext) {
        guard let request = context.socketRequest, request.isChecked, let route = context.route,
            let policy = request.policy ?? route.route.socket, let module = context.module
        else { return nil }
        self.context = context
        self.module = module
        opening = request.opening
        var settings = WebSocketSettings(policy)
        settings.queueBytes = max(Self.leastQueueBytes, 4 * policy.maximumMessageBytes)
        settings.end = Self.end(context, policy)
        self.settings = settings
        windowBytes = max(policy.maximumMessageBytes, Self.leastWindowBytes)
        place =
            switch route.route.execution {
            case .inline: route.isIsolated ? .short : .eventLoop
            case .async: .short
            case .blocking: .waiting
            }
    }

    /// No connection outlives the credential that it was opened with.
    private static func end(
        _ context: RequestContext, _ policy: SocketPolicy
    ) -> (time: Duration, code: Int, reason: String)? {
        guard case .accepted(_, let end)? = context.authentication, end != .max else { return nil }
        let refusal = policy.refusals[401] ?? SocketPolicy.Refusal(code: 1008, reason: "authentication")
        return (.milliseconds(max(0, end - context.wallMilliseconds)), refusal.code, refusal.reason)
    }

    func offers(_ subprotocol: String) -> Bool { opening.subprotocols.contains(subprotocol) }

    func accept(subprotocol: String, receiver: any SocketReceiver) -> Bool {
        guard context.claimAnswer() else { return false }
        guard
            let made = context.exchange.accept(
                opening, settings: settings, subprotocol: subprotocol, receiver: Receiver(receiver),
                fields: { context.writeFields(&$0) })
        else {
            ResponseStep.finishStream(context, status: 499)
            return false
        }
        _ = connection.storeIfNil(made)
        _ = module.sockets.enter()
        context.gateway.metrics.webSockets.add(1)
        holdsInstance.withLock { $0 = context.keepInstance() }
        // The request is over with the upgrade, and has its line in the log and its duration.
        ResponseStep.finishStream(context, status: 101)
        return true
    }

    func send(isText: Bool, _ bytes: UnsafeRawBufferPointer) -> ModuleStatus {
        switch connection.load()?.send(isText: isText, bytes) {
        case .sent: .ok
        case .full: .busy
        case .overflown: .limit
        case .malformed: .invalid
        case .closed, nil: .stale
        }
    }

    func close(code: Int, reason: UnsafeRawBufferPointer) -> ModuleStatus {
        connection.load()?.close(code: code, reason: reason) == true ? .ok : .stale
    }

    func resumeReading() { connection.load()?.resumeReading() }

    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        if place == .waiting { return module.lane?.submit(job) ?? module.share.submit(job) }
        guard let connection = connection.load() else { return false }
        connection.execute(job)
        return true
    }

    func release() {
        module.sockets.leave()
        context.gateway.metrics.webSockets.add(-1)
        let holds = holdsInstance.withLock { holds in
            defer { holds = false }
            return holds
        }
        if holds { context.source?.leave() }
        context.exchange.endStream()
    }
}
