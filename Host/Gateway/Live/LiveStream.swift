import GantryCore
import GantryIdentity
import GantryLoader
import GantryThreads
import Synchronization

/// One client's stream of a tenant's events. Any thread.
final class LiveStream: Sendable {
    /// Events that may wait for the client; with one more the stream is closed, and the page reloads its state.
    static let capacity = 256
    private static let keepAliveMilliseconds: Int64 = 15_000
    private static let greeting = Array(": connected\nretry: 3000\n\n".utf8)
    private static let keepAlive = Array(": keep-alive\n\n".utf8)
    static let contentType = "text/event-stream"
    static let fields = [
        ReplyField(name: "Cache-Control", value: "no-cache"), ReplyField(name: "X-Accel-Buffering", value: "no"),
    ]

    private struct State {
        var waiting: [[UInt8]] = []
        /// How much of the first one has been taken.
        var takenBytes = 0
        var lastOutputMilliseconds: Int64 = 0
        var hasBegun = false
        var isOver = false
    }

    let tenant: String
    /// Who follows, for the count of streams.
    let subject: String
    private let practice: String?
    private let credential: String
    private let context: RequestContext
    private let port: RequestStream
    private let state = Lock(State())
    private let credentialEndMilliseconds: Atomic<Int64>
    private let generation: Atomic<UInt64>

    /// - Parameters:
    ///   - credential: the bearer credential, to be looked at again.
    ///   - practice: whose events alone are wanted; nil for all.
    init(_ context: RequestContext, tenant: String, subject: String, credential: String, practice: String?) {
        self.context = context
        self.tenant = tenant
        self.subject = subject
        self.credential = credential
        self.practice = practice
        port = RequestStream(context)
        var end = Int64.min
        if case .accepted(_, let untilMilliseconds)? = context.authentication { end = untilMilliseconds }
        credentialEndMilliseconds = Atomic(end)
        generation = Atomic(context.gateway.authenticator.generation)
    }

    /// Answers the request; what is pushed from now on goes to the client.
    /// - Parameter ended: told once that the stream is over, for whatever reason.
    func begin(ended: @escaping @Sendable (LiveStream) -> Void) {
        let now = context.gateway.clock.wallMilliseconds()
        port.observe { [self] signals in
            if signals.contains(.closed) {
                state.withLock { $0.isOver = true }
                ended(self)
            } else if signals.contains(.writable) {
                drain()
            }
        }
        let hasStarted = Array(Self.contentType.utf8).withUnsafeBytes {
            port.start(status: 200, contentType: $0, headers: Self.fields)
        }
        guard hasStarted else {
            state.withLock { $0.isOver = true }
            return ended(self)
        }
        state.withLock { state in
            state.hasBegun = true
            state.lastOutputMilliseconds = now
            state.waiting.insert(Self.greeting, at: 0)
        }
        drain()
    }

    /// The events cannot be had.
    func refuse() {
        ResponseStep.fail(context, .brokerUnavailable)
    }

    /// An event of the tenant.
    func push(_ frame: LiveFrame, nowMilliseconds: Int64) {
        if let practice, frame.practice != practice { return }
        let isFull = state.withLock { state in
            if state.isOver || !state.hasBegun { return false }
            if state.waiting.count >= Self.capacity { return true }
            state.waiting.append(frame.bytes)
            state.lastOutputMilliseconds = nowMilliseconds
            return false
        }
        if isFull { close() } else { drain() }
    }

    /// Ends the stream in order.
    func close() {
        let hasBegun = state.withLock { state in
            defer { state.isOver = true }
            return state.hasBegun && !state.isOver
        }
        if hasBegun { port.finish() }
    }

    /// A moment passes: the stream is kept alive, and closed once its credential is not good any more.
    func tick(nowMilliseconds: Int64) {
        guard isGood(nowMilliseconds: nowMilliseconds) else { return close() }
        let isSilent = state.withLock { state in
            guard state.hasBegun, !state.isOver, state.waiting.isEmpty,
                nowMilliseconds - state.lastOutputMilliseconds >= Self.keepAliveMilliseconds
            else { return false }
            state.waiting.append(Self.keepAlive)
            state.lastOutputMilliseconds = nowMilliseconds
            return true
        }
        if isSilent { drain() }
    }

    /// Looks at the credential where something may have changed.
    private func isGood(nowMilliseconds: Int64) -> Bool {
        let authenticator = context.gateway.authenticator
        let current = authenticator.generation
        if generation.load(ordering: .relaxed) == current,
            nowMilliseconds < credentialEndMilliseconds.load(ordering: .relaxed)
        {
            return true
        }
        let judged = authenticator.authenticate(credential, nowMilliseconds: nowMilliseconds, mayWait: false)
        switch judged {
        case .accepted(let principal, let end):
            credentialEndMilliseconds.store(end, ordering: .relaxed)
            generation.store(current, ordering: .relaxed)
            return principal.tenant == tenant && !principal.user.isShutOut
        // Nobody can say at the moment; its end is known.
        case .pending, .unavailable: return nowMilliseconds < credentialEndMilliseconds.load(ordering: .relaxed)
        case .refused: return false
        }
    }

    /// Hands over what the client has room for. The lock is held meanwhile, so that two who write keep the order.
    private func drain() {
        state.withLock { state in
            while let first = state.waiting.first, !state.isOver {
                let (status, count) = first.withUnsafeBytes {
                    port.write(UnsafeRawBufferPointer(rebasing: $0[state.takenBytes...]))
                }
                guard status == .ok else { return }
                state.takenBytes += count
                if state.takenBytes == first.count {
                    state.waiting.removeFirst()
                    state.takenBytes = 0
                }
            }
        }
    }
}

extension Failure {
    static let brokerUnavailable = Failure(
        503, "broker_unavailable", "The events of this organisation cannot be followed at the moment."
    ).with { $0.member("service", "broker") }
}
