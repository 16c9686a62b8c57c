import GantryThreads
import NIOCore
import NIOHPACK
import NIOHTTP2
import Synchronization

/// One stream of an HTTP/2 connection: the way of one request and its answer. Event loop only.
final class HTTP2Stream: Carrier {
    /// What is done with the body that is arriving.
    private enum Reception {
        case collecting(maximumBytes: Int)
        /// So many bytes may still follow.
        case streaming(ExchangeStream, remainingBytes: Int)
        /// Nobody wants what may still come.
        case discarding
        case whole
    }

    let id: HTTP2StreamID
    let connection: HTTP2Connection
    private(set) var exchange: Exchange?
    /// When something has to have happened.
    private(set) var deadline = NIODeadline.distantFuture
    /// The client has taken, or allowed, something since that was last looked at.
    private var hasProgress = false
    /// The body waits until others are read.
    private(set) var isHeldBack = false
    private var reception = Reception.discarding
    /// What the client may still send.
    private var window = 65_535
    /// Everything of the answer has left the host.
    private var isSent = false
    /// The client has left while the handler was at work.
    private var isAbandoned = false
    /// Bytes of a streamed answer that waited when the client's slowness was last looked at.
    private var unsentBytes = Int.max

    init(id: HTTP2StreamID, connection: HTTP2Connection) {
        self.id = id
        self.connection = connection
    }

    var allocator: ByteBufferAllocator { connection.allocator }
    var remoteAddress: String { connection.remoteAddress }
    var peerUser: UInt32? { nil }
    var listenerLabel: String? { connection.listener.label }
    var isSecure: Bool { connection.listener.identity != nil }
    /// A window is opened anew when half of it is read.
    var resumeBytes: Int { HTTP2Connection.streamWindowBytes / 2 }
    /// A connection has a hundred streams, whose client may take nothing of any.
    var creditBytes: Int { 64 * 1024 }
    var attachment: AnyObject? {
        get { connection.attachment }
        set { connection.attachment = newValue }
    }

    private var handler: any ServerHandler { connection.handler }
    var times: ConnectionTimes { connection.times }

    // MARK: The request

    /// Takes the head to the handler.
    /// - Parameter isWhole: no body follows.
    func receive(_ head: HTTP2Head, isWhole: Bool) {
        let exchange = Exchange(head: head.head, carrier: self, eventLoop: connection.channel.eventLoop)
        self.exchange = exchange
        exchange.isReceived = isWhole
        setDeadline(after: isWhole ? times.answer : times.body)
        if let fault = head.fault { return handler.refuseRequest(exchange, fault: fault) }
        let decision = handler.receiveHead(exchange)
        switch decision {
        case .answered:
            break
        case .collect(let maximumBytes), .stream(let maximumBytes):
            if !isWhole {
                let framing = head.head.framing
                if framing.length > maximumBytes { return handler.refuseBody(exchange, maximumBytes: maximumBytes) }
                if framing.expectsContinue { sendContinue() }
            }
            guard case .stream = decision else {
                reception = isWhole ? .whole : .collecting(maximumBytes: maximumBytes)
                if isWhole { handler.receiveBody(exchange) }
                return
            }
            let stream = exchange.stream
            reception = isWhole ? .whole : .streaming(stream, remainingBytes: maximumBytes)
            handler.receiveBody(exchange)
            if isWhole { stream.receiveEnd() }
        }
    }

    /// Takes a part of the body.
    func receive(_ data: HTTP2Frame.FramePayload.Data) {
        guard let exchange, case .byteBuffer(let part) = data.data else { return }
        switch reception {
        case .discarding, .whole:
            break
        case .streaming(let stream, let remainingBytes):
            let remainingBytes = remainingBytes - part.readableBytes
            guard remainingBytes >= 0 else {
                reception = .discarding
                stream.receiveTooMuch()
                if !exchange.isAnswered { handler.refuseBody(exchange, maximumBytes: 0) }
                break
            }
            setDeadline(after: exchange.isStreaming ? times.idle : times.body)
            reception = .streaming(stream, remainingBytes: remainingBytes)
            if part.readableBytes > 0 { stream.receive(part) }
        case .collecting(let maximumBytes):
            guard (exchange.body?.readableBytes ?? 0) + part.readableBytes <= maximumBytes else {
                exchange.body = nil
                reception = .discarding
                handler.refuseBody(exchange, maximumBytes: maximumBytes)
                break
            }
            if exchange.body == nil { exchange.body = part } else { exchange.body?.writeImmutableBuffer(part) }
        }
        if data.endStream { receiveEnd() }
    }

    /// The body is whole.
    func receiveEnd() {
        guard let exchange, !exchange.isReceived else { return }
        exchange.isReceived = true
        isHeldBack = false
        let previous = reception
        reception = .whole
        if !exchange.isAnswered { setDeadline(after: times.answer) }
        switch previous {
        case .collecting:
            if !exchange.isAnswered { handler.receiveBody(exchange) }
        case .streaming(let stream, _):
            stream.receiveEnd()
        case .discarding, .whole:
            break
        }
    }

    private func sendContinue() {
        connection.write(id, .headers(.init(headers: [":status": "100"])))
    }

    // MARK: The end

    /// The stream is over, or its client is gone: nobody can be answered any more.
    func leave() {
        guard let exchange else { return }
        self.exchange = nil
        exchange.left.store(true, ordering: .relaxed)
        exchange.streamReference.load()?.close()
        guard !exchange.isAnswered else { return }
        guard exchange.isReceived else { return handler.abandon(exchange) }
        // What the handler is at work on is its own to finish, but not for ever.
        connection.abandonedCount += 1
        isAbandoned = true
        connection.channel.eventLoop.assumeIsolated().scheduleTask(in: times.answer) { [handler] in
            if !exchange.isAnswered { handler.expire(exchange) }
        }
    }

    /// Breaks the stream off.
    func reset(_ code: HTTP2ErrorCode) {
        connection.write(id, .rstStream(code))
        connection.flush()
    }

    // MARK: Times

    func setDeadline(after time: TimeAmount) {
        deadline = .now() + time
        connection.schedule(deadline)
    }

    /// What is late by now is dealt with.
    func timeLimitReached() {
        guard let exchange else { return reset(.cancel) }
        if isSent { return reset(.noError) }
        if hasProgress {
            hasProgress = false
            return setDeadline(after: times.idle)
        }
        if exchange.isStreaming { return lookAtStream(exchange.stream) }
        // An answered stream waits for a client that takes nothing, or for a body that nobody wants.
        if exchange.isAnswered { return reset(.cancel) }
        if exchange.isReceived {
            setDeadline(after: times.answer)
            return handler.expire(exchange)
        }
        if case .streaming(let stream, _) = reception, stream.heldBytes > 0 {
            // It is the reader who is slow.
            return setDeadline(after: times.body)
        }
        exchange.body = nil
        reception = .discarding
        handler.refuseRequest(exchange, fault: .timeout)
    }

    /// A handler may be silent for as long as it likes; a client that takes nothing of what waits for it may not.
    private func lookAtStream(_ stream: ExchangeStream) {
        let unsent = stream.waitingBytes
        if unsent > 0 && unsent >= unsentBytes { return reset(.cancel) }
        unsentBytes = unsent == 0 ? .max : unsent
        setDeadline(after: times.idle)
    }

    // MARK: Windows

    /// Bytes of the body that were taken and not yet read.
    var heldBytes: Int {
        switch reception {
        case .collecting: exchange?.body?.readableBytes ?? 0
        case .streaming(let stream, _): stream.heldBytes
        case .discarding, .whole: 0
        }
    }

    /// Whether more of a body is waited for.
    var wantsBody: Bool {
        switch reception {
        case .collecting, .streaming: true
        case .discarding, .whole: false
        }
    }

    func windowChanged(_ event: NIOHTTP2WindowUpdatedEvent) {
        if exchange?.isAnswered == true { hasProgress = true }
        guard let size = event.inboundWindowSize, size != window else { return }
        window = size
        openWindow()
    }

    /// Lets the client send more where there is room for it.
    func openWindow() {
        let target = HTTP2Connection.streamWindowBytes
        // What is collected has a limit of its own.
        let unreadBytes = if case .streaming(let stream, _) = reception { stream.heldBytes } else { 0 }
        guard wantsBody, window <= target / 2, target - window - unreadBytes >= target / 4 else { return }
        guard connection.allowsMore(self) else { return isHeldBack = true }
        isHeldBack = false
        connection.write(id, .windowUpdate(windowSizeIncrement: target - window - unreadBytes))
    }

    func resumeReading() {
        openWindow()
        connection.reviewWindows()
    }

    // MARK: What the answers need

    func sent() { isSent = true }

    /// An answer came for somebody who has left.
    func abandonedWasAnswered() {
        guard isAbandoned else { return }
        isAbandoned = false
        connection.abandonedCount -= 1
    }

    /// From now on nobody reads the body.
    func discardBody() {
        if case .whole = reception { return }
        reception = .discarding
        isHeldBack = false
    }
}
