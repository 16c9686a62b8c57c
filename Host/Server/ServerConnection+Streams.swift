import GantryThreads
import NIOCore
import Synchronization

extension Exchange {
    /// The bodies of this exchange as streams, made when it is first asked for. Any thread.
    public var stream: ExchangeStream {
        if let stream = streamReference.load() { return stream }
        let stream = streamReference.storeIfNil(
            ExchangeStream(
                eventLoop: eventLoop, resumeBytes: carrier.resumeBytes, creditBytes: carrier.creditBytes))
        if eventLoop.inEventLoop {
            attachStream(stream)
        } else {
            eventLoop.execute { self.attachStream(stream) }
        }
        return stream
    }

    private func attachStream(_ stream: ExchangeStream) {
        // The client may have left before there was a stream to tell it.
        if left.load(ordering: .relaxed) { return stream.close() }
        stream.attach(self)
    }

    /// Begins the one answer as a stream; any thread. False when an answer was given before.
    ///
    /// The body is chunked unless its length is known; to a client of HTTP/1.0 it ends with the connection. Nothing of
    /// it is sent when the method is HEAD: the stream is closed at once.
    /// - Parameters:
    ///   - status: 200 to 599, but not one that has no body.
    ///   - length: Bytes of the body, where they are known. So many must be written, or the stream be reset.
    ///   - fields: adds headers; Date, Transfer-Encoding and Connection are the server's.
    public func startStream(status: Int, length: Int? = nil, fields: (inout FieldWriter) -> Void) -> Bool {
        guard claimAnswer() else { return false }
        var writer = FieldWriter(buffer: carrier.allocator.buffer(capacity: 256))
        fields(&writer)
        let buffer = writer.take()
        let stored = StoredResponse(
            status: status, fieldBytes: buffer.readableBytes, bytes: buffer, streamLength: length)
        let stream = stream
        stream.state.withLock { $0.isStarted = true }
        if eventLoop.inEventLoop {
            carrier.start(self, stream, stored)
        } else {
            eventLoop.execute { self.carrier.start(self, stream, stored) }
        }
        return true
    }
}

extension ServerConnection {
    /// Takes the head of a streamed answer; it is sent when its turn has come.
    func start(_ exchange: Exchange, _ stream: ExchangeStream, _ head: StoredResponse) {
        exchange.attachment = nil
        awaitsUpgrade = false
        guard context != nil, !exchange.left.load(ordering: .relaxed) else { return stream.close() }
        loop.refreshDate()
        // A body that is still arriving goes on arriving: the answer may depend on it.
        if loop.isEnding || exchange.head.isOld { exchange.closesConnection = true }
        if exchange.closesConnection { isClosing = true }
        exchange.stored = head
        exchange.isStreaming = true
        exchange.isChunked = !exchange.head.isOld && head.streamLength == nil
        exchange.isEventStream = head.announcesEvents
        pump(exchange, stream)
    }

    /// Sends what a stream has, when its turn has come.
    func pump(_ exchange: Exchange, _ stream: ExchangeStream) {
        guard context != nil, exchange.isStreaming else { return }
        advance()
    }

    /// Sends head and body of the stream in front as far as they exist.
    /// - Returns: whether it is at its end.
    func sendStream(_ exchange: Exchange, _ stream: ExchangeStream) -> Bool {
        if let head = exchange.stored {
            exchange.stored = nil
            writeHead(exchange, head)
            // Slow clients and silent handlers are looked at from now on.
            setDeadline(after: times.idle)
        }
        let (body, isFinished, isReset) = stream.state.withLock { state in
            state.isPumpScheduled = false
            defer { state.pending = ByteBuffer() }
            return (state.pending, state.isFinished, state.isReset)
        }
        if isReset {
            closeNow()
            return false
        }
        if exchange.head.isHEAD { return true }
        if body.readableBytes > 0 { write(body, of: exchange, stream) }
        if isFinished && exchange.isChunked { output.writeStaticString("0\r\n\r\n") }
        return isFinished
    }

    private func write(_ body: ByteBuffer, of exchange: Exchange, _ stream: ExchangeStream) {
        guard let context else { return }
        let isChunked = exchange.isChunked
        if isChunked { output.writeString("\(String(body.readableBytes, radix: 16))\r\n") }
        context.write(wrapOutboundOut(output), promise: nil)
        output = ByteBuffer()
        let promise = context.eventLoop.makePromise(of: Void.self)
        let count = body.readableBytes
        promise.futureResult.assumeIsolated().whenSuccess { stream.sent(count) }
        context.write(wrapOutboundOut(body), promise: promise)
        if isChunked { output.writeStaticString("\r\n") } else { context.flush() }
    }

    private func writeHead(_ exchange: Exchange, _ head: StoredResponse) {
        var writer = FieldWriter(buffer: output)
        output = ByteBuffer()
        writer.begin(status: head.status, date: loop.date, length: head.streamLength, roomFor: 512)
        if exchange.closesConnection {
            writer.add(lines: "Connection: close\r\n")
        }
        if exchange.isChunked { writer.add(lines: "Transfer-Encoding: chunked\r\n") }
        head.bytes.withUnsafeReadableBytes { writer.add(lines: $0) }
        writer.end(body: nil)
        output = writer.take()
    }

    /// Ends the stream in front, whose last byte was written.
    func endStream(_ exchange: Exchange, _ stream: ExchangeStream) {
        exchange.isStreaming = false
        // What is left of the request's body is nobody's any more.
        if case .streaming(let receiving, _, _) = reception, receiving === exchange {
            reception = .discarding(exchange, remainingBytes: configuration.maximumDiscardedBytes)
            resumeReading()
        }
        stream.close()
    }

    /// Whether the body that is arriving has to wait for its reader.
    var holdsBody: Bool {
        if case .streaming(_, let stream, _) = reception { return stream.isFull }
        return false
    }
}
