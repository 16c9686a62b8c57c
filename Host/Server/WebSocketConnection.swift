import GantryThreads
import NIOCore

/// Limits and times of one WebSocket.
public struct WebSocketSettings: Sendable {
    /// Bytes of one message from the client; more closes with 1009.
    public var maximumMessageBytes = 64 << 10
    /// Messages that may wait for a client that takes nothing at the moment.
    public var queueCount = 256
    /// Bytes of messages that may wait for the client; one message may always.
    public var queueBytes = 4 << 20
    /// Whether a full queue closes the connection with 4410; else it is `full`, and room is told.
    public var closesSlowClients = true
    /// Time between two pings; nil for none.
    public var pingInterval: Duration? = .seconds(30)
    /// Time for the answer to a ping; then the connection is closed with 4408.
    public var pongTimeout = Duration.seconds(10)
    /// Time for the client's side of the closing handshake.
    public var closeTimeout = Duration.seconds(5)
    /// Whether compression is negotiated, and which sides keep their context; nil for none.
    public var compression: (keepsServerContext: Bool, keepsClientContext: Bool)?
    /// When the connection is closed at the latest, from now, and how.
    public var end: (time: Duration, code: Int, reason: String)?

    /// The defaults.
    public init() {}
}

/// Takes what happens on a WebSocket. Messages come on the connection's event loop and one after the other; the rest on
/// any thread, perhaps at the same time.
public protocol WebSocketReceiver: AnyObject, Sendable {
    /// A whole message, borrowed. False when nothing more is wanted until `resumeReading`.
    func receive(isText: Bool, _ bytes: UnsafeRawBufferPointer) -> Bool
    /// There is room again after `full`.
    func receiveRoom()
    /// The end, once: the close code, 1005 for none and 1006 for a connection that broke off. `isOrderly` unless the
    /// server has ended it.
    func receiveEnd(code: Int, reason: [UInt8], isOrderly: Bool)
}

/// An open WebSocket. Any thread; nothing waits.
public final class WebSocketConnection: Sendable {
    /// What became of a message that was to be sent.
    public enum SendOutcome: Sendable, Equatable {
        case sent
        /// Too much waits for the client; room will be told.
        case full
        /// Too much waits for the client, which is closed for that.
        case overflown
        /// Text that is not UTF-8.
        case malformed
        /// The connection is over.
        case closed
    }

    struct State {
        /// Frames that the event loop has not taken yet.
        var pending = ByteBuffer()
        var pendingCount = 0
        /// What the socket has not taken yet.
        var flyingCount = 0
        var flyingBytes = 0
        /// The socket takes nothing at the moment: only then does the client read too slowly.
        var isBlocked = false
        var wantsRoom = false
        var isPumpScheduled = false
        /// The receiver was told of the end; nothing but a closing frame is sent any more.
        var isEnded = false
        var hasSentClose = false
        var deflater: WebSocketDeflater?
    }

    let state: Lock<State>
    let settings: WebSocketSettings
    let receiver: any WebSocketReceiver
    let eventLoop: any EventLoop
    let compression: WebSocketCompression?
    /// The end of the pipeline; event loop only.
    nonisolated(unsafe) weak var handler: WebSocketHandler?

    init(
        settings: WebSocketSettings, compression: WebSocketCompression?, receiver: any WebSocketReceiver,
        eventLoop: any EventLoop
    ) {
        self.settings = settings
        self.compression = compression
        self.receiver = receiver
        self.eventLoop = eventLoop
        var state = State()
        state.deflater = compression.map(WebSocketDeflater.init)
        self.state = Lock(state)
    }

    /// What may wait at the end of a batch of reads before it is sent earlier.
    private static let batchBytes = 64 * 1024

    /// Sends a message after those before it.
    public func send(isText: Bool, _ bytes: UnsafeRawBufferPointer) -> SendOutcome {
        if isText && !UTF8Stream.isValid(bytes) { return .malformed }
        let (outcome, pumps) = state.withLock { state -> (SendOutcome, Bool) in
            if state.isEnded { return (.closed, false) }
            let count = state.pendingCount + state.flyingCount
            let waiting = state.pending.readableBytes + state.flyingBytes
            let isFull = state.isBlocked && count >= settings.queueCount
            guard count == 0 || (!isFull && waiting + bytes.count <= settings.queueBytes) else {
                state.wantsRoom = !settings.closesSlowClients
                return (settings.closesSlowClients ? .overflown : .full, false)
            }
            let opcode: WebSocketOpcode = isText ? .text : .binary
            let folded = bytes.count < WebSocketDeflater.leastBytes ? nil : state.deflater?.fold(bytes)
            if let folded {
                folded.withUnsafeBytes { state.pending.writeFrame(opcode, isCompressed: true, $0) }
            } else {
                state.pending.writeFrame(opcode, bytes)
            }
            state.pendingCount += 1
            let isFirst = Self.claimPump(&state)
            return (.sent, isFirst || (state.pending.readableBytes > Self.batchBytes && eventLoop.inEventLoop))
        }
        if pumps { pump() }
        if outcome == .overflown { end(code: 4410, reason: "slow consumer", dropsPending: true) }
        return outcome
    }

    /// Closes after what was sent; false when the connection is over already.
    @discardableResult
    public func close(code: Int, reason: UnsafeRawBufferPointer) -> Bool {
        let reason = Array(reason)
        let isFirst = state.withLock { state in
            if state.isEnded { return false }
            state.isEnded = true
            state.hasSentClose = true
            reason.withUnsafeBytes { state.pending.writeClose(code: code, reason: $0) }
            return true
        }
        guard isFirst else { return false }
        receiver.receiveEnd(code: code, reason: reason, isOrderly: false)
        onEventLoop { $0.closeBegins() }
        return true
    }

    /// Reads on after `receive` has answered false.
    public func resumeReading() {
        onEventLoop { $0.resumeReading() }
    }

    /// Runs a job on the connection's event loop, soon.
    public func execute(_ job: @escaping @Sendable () -> Void) { eventLoop.execute(job) }

    // MARK: Within the server

    /// Closes for the server's own reasons.
    func end(code: Int, reason: String, dropsPending: Bool = false) {
        if dropsPending {
            state.withLock { state in
                guard !state.isEnded else { return }
                state.pending.clear()
                state.pendingCount = 0
            }
        }
        var reason = reason
        reason.withUTF8 { _ = close(code: code, reason: UnsafeRawBufferPointer($0)) }
    }

    /// The client has ended it, or is gone: tells the receiver once. The answer to a closing frame is `reply`.
    func clientEnded(code: Int, reason: [UInt8], reply: Int?) {
        let isFirst = state.withLock { state in
            if let reply, !state.hasSentClose {
                state.hasSentClose = true
                state.pending.writeClose(code: reply, reason: UnsafeRawBufferPointer(start: nil, count: 0))
            }
            defer { state.isEnded = true }
            return !state.isEnded
        }
        if isFirst { receiver.receiveEnd(code: code, reason: reason, isOrderly: true) }
    }

    /// Sends a control frame; event loop only.
    func sendControl(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        let pumps = state.withLock { state in
            if state.hasSentClose { return false }
            payload.withUnsafeReadableBytes { state.pending.writeFrame(opcode, $0) }
            return Self.claimPump(&state)
        }
        if pumps { handler?.pumpSoon() }
    }

    private static func claimPump(_ state: inout State) -> Bool {
        defer { state.isPumpScheduled = true }
        return !state.isPumpScheduled
    }

    private func pump() {
        onEventLoop { $0.pumpSoon() }
    }

    private func onEventLoop(_ body: @escaping @Sendable (WebSocketHandler) -> Void) {
        if eventLoop.inEventLoop {
            if let handler { body(handler) }
        } else {
            eventLoop.execute { if let handler = self.handler { body(handler) } }
        }
    }
}
