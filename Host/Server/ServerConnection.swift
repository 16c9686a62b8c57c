import GantryThreads
import NIOCore
import Synchronization

/// The end of one connection's pipeline: takes its requests to the handler and sends the answers in their order.
/// Event loop only.
final class ServerConnection: ChannelDuplexHandler, Carrier {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is done with the body that is arriving.
    enum Reception {
        /// Between requests.
        case head
        case collecting(Exchange, maximumBytes: Int)
        /// So many bytes may still follow.
        case streaming(Exchange, ExchangeStream, remainingBytes: Int)
        /// The exchange was answered early; so many bytes may still be thrown away.
        case discarding(Exchange, remainingBytes: Int)
        /// Nothing that arrives matters any more.
        case closed
    }

    private static let maximumBarrenReads = 128

    let channel: any Channel
    let handler: any ServerHandler
    let listener: ListenerSettings
    let configuration: ServerConfiguration
    let loop: ServerLoop
    let times: ConnectionTimes
    /// The handler's own state for this connection.
    var attachment: AnyObject?
    lazy var peerUser = PeerUser.number(of: channel)
    lazy var remoteAddress = channel.remoteAddress?.ipAddress ?? ""
    let allocator: ByteBufferAllocator
    var listenerLabel: String? { listener.label }
    var isSecure: Bool { listener.identity != nil }
    /// As soon as there is room at all.
    var resumeBytes: Int { ExchangeStream.windowBytes - 1 }
    var creditBytes: Int { 256 * 1024 }

    var context: ChannelHandlerContext?
    var parser: HTTP1RequestParser
    /// Bytes that arrived and were not taken apart yet.
    var received = ByteBuffer()
    var reception = Reception.head
    /// Requests without an answer, or with one that waits for those before it.
    var queue = CircularBuffer<Exchange>(initialCapacity: 2)
    /// Bytes that are ready to be sent.
    var output = ByteBuffer()
    /// Inside a batch of reads; what it produces is sent at its end.
    var isReading = false
    /// Reads in a row, within a body, that brought nothing of it: framing and chunk extensions, which are thrown away.
    private var barrenReads = 0
    /// Something of a request was found in the batch of reads.
    private var hasTakenPart = false
    /// A request has come.
    private(set) var hasServed = false
    /// The last thing that came is the beginning of a request.
    private(set) var isInHead = false
    /// Bytes that came after the last request that is answered.
    var passedOverBytes = 0
    /// The client has said that it sends nothing more.
    var isInputClosed = false
    /// A read that was held back because the connection has enough to do.
    var holdsRead = false
    /// Requests were read that are held back for the same reason.
    var holdsParts = false
    var isTakingHeldParts = false
    /// The size of the largest of the last answers, roughly; a guess before the first one.
    var answerBytes = 64 * 1024
    /// The last request asks for another protocol, and has no answer yet: what follows may be of that one.
    var awaitsUpgrade = false
    /// No further request is taken; the connection closes when the last answer is out.
    var isClosing = false
    var deadline = NIODeadline.distantFuture
    var timerDeadline = NIODeadline.distantFuture
    var phase = Phase.serving
    /// Bytes that waited for the client when its slowness was last looked at.
    var unsentBytes = Int.max
    var timer: Scheduled<Void>?

    init(
        channel: any Channel, handler: any ServerHandler, listener: ListenerSettings,
        configuration: ServerConfiguration, loop: ServerLoop
    ) {
        self.channel = channel
        allocator = channel.allocator
        self.handler = handler
        self.listener = listener
        self.configuration = configuration
        self.loop = loop
        times = ConnectionTimes(configuration)
        parser = HTTP1RequestParser(
            maximumHeaderBytes: configuration.maximumHeaderBytes, maximumHeaderCount: configuration.maximumHeaderCount)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setDeadline(after: times.idle)
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave(context.eventLoop)
        reception = .closed
        timer?.cancel()
        timer = nil
        attachment = nil
        loop.remove(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .closed = reception {
            isReading = true
            passedOverBytes += unwrapInboundIn(data).readableBytes
            return
        }
        if received.readableBytes == 0 {
            received = unwrapInboundIn(data)
        } else {
            // A connection may live long and always leave something.
            received.discardReadBytes()
            received.writeImmutableBuffer(unwrapInboundIn(data))
        }
        isReading = true
        takeApart()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if hasTakenPart { barrenReads = 0 } else { noteBarrenRead() }
        isReading = false
        hasTakenPart = false
        flushOutput()
        takeHeldParts()
    }

    func read(context: ChannelHandlerContext) {
        // A client that sends without reading its answers must not fill the memory.
        if !mayRead {
            holdsRead = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if channel.isWritable {
            if queue.isEmpty { setDeadline(after: times.idle) }
            resumeReading()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { inputEnded() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { closeNow() }

    // MARK: Requests

    func takeApart() {
        do {
            while mayTakePart, let part = try parser.next(&received) {
                if !hasTakenPart {
                    hasTakenPart = true
                    loop.refreshDate()
                }
                switch part {
                case .head(let head): receive(head)
                case .body(let part): receive(part)
                case .end: receiveEnd()
                }
                if case .closed = reception { received = ByteBuffer() }
                if received.readableBytes == 0, parser.isBetweenRequests(received) { break }
            }
        } catch {
            loop.refreshDate()
            hasTakenPart = true
            refuse(error)
        }
        // Lets go of the channel's buffer, which it then uses again.
        if received.readableBytes == 0 { received = ByteBuffer() }
    }

    /// The size of a chunk takes a client some reads at worst. Extensions are nobody's, and count towards no limit of
    /// the body, so that without an end of their own they could go on for as long as a body may take.
    private func noteBarrenRead() {
        switch reception {
        case .head:
            isInHead = true
        case .closed:
            return
        case .collecting, .streaming, .discarding:
            barrenReads += 1
            if barrenReads > Self.maximumBarrenReads { refuse(.malformed) }
        }
    }

    private func receive(_ head: RequestHead) {
        guard case .head = reception, !isClosing, let context else { return }
        hasServed = true
        isInHead = false
        let exchange = Exchange(head: head, carrier: self, eventLoop: context.eventLoop)
        if exchange.closesConnection { isClosing = true }
        queue.append(exchange)
        let framing = head.framing
        // The decoder takes nothing after a request that asks for another protocol, which nobody here speaks.
        if framing.asksForUpgrade || head.method == "CONNECT" {
            exchange.closesConnection = true
            isClosing = true
        }
        let lacksHost = framing.hostCount == 0 && !head.isOld
        if framing.hostCount > 1 || lacksHost || framing.isUnreadable || framing.isContradictory {
            reception = .discarding(exchange, remainingBytes: -1)
            return refuse(.malformed)
        }
        exchange.expiry = .now() + times.answer
        if framing.hasBody { setDeadline(after: times.body) } else { setAnswerDeadline() }
        // The handler may answer at once, while no reception has been chosen yet.
        reception = .discarding(exchange, remainingBytes: framing.discardableBytes(configuration))
        let decision = handler.receiveHead(exchange)
        switch decision {
        case .answered:
            break
        case .collect(let maximumBytes), .stream(let maximumBytes):
            if framing.length > maximumBytes {
                exchange.closesConnection = true
                isClosing = true
                return handler.refuseBody(exchange, maximumBytes: maximumBytes)
            }
            if framing.expectsContinue && framing.hasBody && queue.count == 1 { sendContinue() }
            guard case .stream = decision else {
                return reception = .collecting(exchange, maximumBytes: maximumBytes)
            }
            reception = .streaming(exchange, exchange.stream, remainingBytes: maximumBytes)
            handler.receiveBody(exchange)
        }
    }

    private func receive(_ part: ByteBuffer) {
        switch reception {
        case .head, .closed:
            break
        case .discarding(let exchange, let remainingBytes):
            let remainingBytes = remainingBytes - part.readableBytes
            reception = .discarding(exchange, remainingBytes: remainingBytes)
            if remainingBytes < 0 && !isClosing { stopTakingRequests(after: exchange) }
        case .streaming(let exchange, let stream, let remainingBytes):
            let remainingBytes = remainingBytes - part.readableBytes
            guard remainingBytes >= 0 else { return refuseStreamedBody(exchange, stream) }
            setDeadline(after: times.body)
            reception = .streaming(exchange, stream, remainingBytes: remainingBytes)
            stream.receive(part)
        case .collecting(let exchange, let maximumBytes):
            let received = (exchange.body?.readableBytes ?? 0) + part.readableBytes
            if received > maximumBytes {
                exchange.body = nil
                exchange.closesConnection = true
                isClosing = true
                reception = .discarding(exchange, remainingBytes: configuration.maximumDiscardedBytes)
                handler.refuseBody(exchange, maximumBytes: maximumBytes)
            } else if exchange.body == nil {
                exchange.body = part
            } else {
                exchange.body?.writeImmutableBuffer(part)
            }
        }
    }

    private func refuseStreamedBody(_ exchange: Exchange, _ stream: ExchangeStream) {
        exchange.closesConnection = true
        isClosing = true
        reception = .discarding(exchange, remainingBytes: configuration.maximumDiscardedBytes)
        stream.receiveTooMuch()
        if !exchange.isAnswered { handler.refuseBody(exchange, maximumBytes: 0) }
    }

    private func receiveEnd() {
        let previous = reception
        switch previous {
        case .head, .closed:
            return
        case .discarding(let exchange, _):
            exchange.isReceived = true
            reception = .head
        case .streaming(let exchange, let stream, _):
            exchange.isReceived = true
            reception = .head
            exchange.expiry = .now() + times.answer
            if !exchange.isAnswered { setAnswerDeadline() }
            stream.receiveEnd()
        case .collecting(let exchange, _):
            exchange.isReceived = true
            reception = .head
            if !exchange.isAnswered {
                setAnswerDeadline()
                awaitsUpgrade = exchange.head.framing.asksForUpgrade
                handler.receiveBody(exchange)
            }
        }
    }

    /// Answers what cannot be read, then closes.
    func refuse(_ fault: RequestFault) {
        guard let context else { return }
        let exchange: Exchange
        switch reception {
        case .closed:
            return
        case .collecting(let receiving, _), .discarding(let receiving, _), .streaming(let receiving, _, _):
            exchange = receiving
            exchange.body = nil
        case .head:
            if isClosing { return }
            let head = RequestHead(method: "", target: "", fields: [])
            exchange = Exchange(head: head, carrier: self, eventLoop: context.eventLoop)
            queue.append(exchange)
        }
        reception = .closed
        isClosing = true
        exchange.closesConnection = true
        if !exchange.isAnswered { handler.refuseRequest(exchange, fault: fault) }
    }

    /// The client is gone: nobody can be answered any more.
    private func leave(_ eventLoop: any EventLoop) {
        let open = queue.filter { !$0.isAnswered }
        for exchange in queue {
            exchange.left.store(true, ordering: .relaxed)
            exchange.streamReference.load()?.close()
        }
        queue.removeAll()
        for exchange in open where !exchange.isReceived { handler.abandon(exchange) }
        // What the handler is at work on is its own to finish, but not for ever.
        let underWay = open.filter { $0.isReceived }
        guard !underWay.isEmpty else { return }
        eventLoop.assumeIsolated().scheduleTask(in: times.answer) { [handler] in
            for exchange in underWay where !exchange.isAnswered { handler.expire(exchange) }
        }
    }
}
