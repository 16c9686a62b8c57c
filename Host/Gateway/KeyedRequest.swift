import GantryCore
import GantryLoader
import GantryServer
import GantryTelemetry
import GantryThreads
import Synchronization

/// One request with an `Idempotency-Key` that its module works at. While it lives no other request with the key begins.
final class KeyedRequest: EffectMark {
    /// Answers up to this are kept.
    static let maximumBytes = 256 << 10

    let key: RequestKey
    private let book: any AnswerPort
    private let underWay: KeysUnderWay
    private let hasEffect = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)

    /// - Parameter underWay: Has the key's scope among its own already.
    init(_ key: RequestKey, book: any AnswerPort, underWay: KeysUnderWay) {
        self.key = key
        self.book = book
        self.underWay = underWay
    }

    deinit { end() }

    var pending: RequestKey? { hasEffect.load(ordering: .acquiring) ? nil : key }

    func didCommit() { hasEffect.store(true, ordering: .releasing) }

    /// Lets others with the key begin.
    func end() {
        if !isOver.exchange(true, ordering: .acquiringAndReleasing) { underWay.leave(key.scope) }
    }

    /// Writes the answer down if it is one to be given again, and then sends it. An answer without any effect that says
    /// why there is none is not: the reason may be gone by then.
    /// - Parameter send: Called once, on the thread of whoever answers or on the connection's event loop.
    func keep(
        _ context: RequestContext, status: Int, _ answer: () -> KeptAnswer, send: @escaping @Sendable () -> Void
    ) {
        guard status < 300 || hasEffect.load(ordering: .acquiring) else {
            end()
            return send()
        }
        let answer = answer()
        let isKept = answer.body.count + answer.headers.utf8.count <= Self.maximumBytes
        book.keep(isKept ? answer : nil, of: key) { [self] outcome in
            if outcome.status != .ok { report(context, outcome) }
            end()
            context.exchange.execute(send)
        }
    }

    /// The client has its answer, but whoever repeats the request will not get it.
    private func report(_ context: RequestContext, _ outcome: PortOutcome) {
        context.gateway.log.write(
            .error, "An answer could not be kept for repetitions of its request.",
            scope: LogScope(
                requestID: String(decoding: context.requestID(), as: UTF8.self), tenant: context.tenant?.id,
                module: context.module?.id),
            trace: context.trace, fields: [LogField("reason", outcome.message)])
    }
}

/// Scopes of the keys whose requests are under way in this process. Any thread.
final class KeysUnderWay: Sendable {
    private let scopes = Lock<Set<[UInt8]>>([])

    /// False when another request with the key is under way; else `leave` must follow.
    func enter(_ scope: [UInt8]) -> Bool { scopes.withLock { $0.insert(scope).inserted } }

    func leave(_ scope: [UInt8]) { scopes.withLock { _ = $0.remove(scope) } }
}
