import GantryThreads
import NIOCore
import NIOHPACK
import NIOHTTP2
import Synchronization

extension HTTP2Stream {
    func answer(
        _ exchange: Exchange, status: Int, body: UnsafeRawBufferPointer, fields: (inout FieldWriter) -> Void
    ) {
        guard takes(exchange) else { return }
        var writer = FieldWriter(buffer: connection.lines)
        connection.lines = ByteBuffer()
        fields(&writer)
        connection.lines = writer.take()
        send(
            exchange, status: status, fieldBytes: connection.lines.readableBytes, in: connection.lines,
            length: body.count
        ) {
            connection.allocator.buffer(bytes: body)
        }
        connection.lines.clear()
    }

    func answer(_ exchange: Exchange, stored: StoredResponse) {
        guard takes(exchange) else { return }
        connection.loop.refreshDate()
        let length = stored.bytes.readableBytes - stored.fieldBytes
        send(exchange, status: stored.status, fieldBytes: stored.fieldBytes, in: stored.bytes, length: length) {
            var rest = stored.bytes
            rest.moveReaderIndex(forwardBy: stored.fieldBytes)
            return rest
        }
    }

    /// Lets go of the handler's state, which leads back to the exchange, and of its reader. False when nobody can be
    /// answered.
    private func takes(_ exchange: Exchange) -> Bool {
        exchange.attachment = nil
        exchange.streamReference.load()?.close()
        guard !exchange.left.load(ordering: .relaxed) else {
            abandonedWasAnswered()
            return false
        }
        return connection.context != nil
    }

    private func send(
        _ exchange: Exchange, status: Int, fieldBytes: Int, in lines: ByteBuffer, length: Int,
        body: () -> ByteBuffer
    ) {
        let hasContent = status >= 200 && status != 204 && status != 304
        let count = hasContent ? length : 0
        let sendsBody = count > 0 && !exchange.head.isHEAD
        // Whose request is still arriving is told so only after the answer.
        let promise = exchange.isReceived ? nil : makeEndPromise()
        discardBody()
        setDeadline(after: times.idle)
        let headers = makeHeaders(status, length: hasContent ? count : nil, lines, fieldBytes)
        connection.write(
            id, .headers(.init(headers: headers, endStream: !sendsBody)), promise: sendsBody ? nil : promise)
        if sendsBody {
            connection.write(id, .data(.init(data: .byteBuffer(body()), endStream: true)), promise: promise)
        }
        connection.flush()
    }

    private func makeHeaders(_ status: Int, length: Int?, _ lines: ByteBuffer, _ fieldBytes: Int) -> HPACKHeaders {
        lines.withUnsafeReadableBytes { bytes in
            connection.loop.fields.make(
                status: status, date: connection.loop.date, length: length,
                lines: UnsafeRawBufferPointer(rebasing: bytes[..<fieldBytes]))
        }
    }

    /// The answer is out before the request is in: the client has a little time to end by itself.
    private func makeEndPromise() -> EventLoopPromise<Void>? {
        let promise = connection.channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { [self] in
            sent()
            setDeadline(after: times.linger)
        }
        return promise
    }

    // MARK: Streams

    func start(_ exchange: Exchange, _ stream: ExchangeStream, _ head: StoredResponse) {
        exchange.attachment = nil
        guard connection.context != nil, !exchange.left.load(ordering: .relaxed) else {
            abandonedWasAnswered()
            return stream.close()
        }
        connection.loop.refreshDate()
        let headers = makeHeaders(head.status, length: head.streamLength, head.bytes, head.fieldBytes)
        let hasBody = !exchange.head.isHEAD
        connection.write(id, .headers(.init(headers: headers, endStream: !hasBody)))
        setDeadline(after: times.idle)
        guard hasBody else {
            connection.flush()
            discardBody()
            return stream.close()
        }
        exchange.isStreaming = true
        exchange.isEventStream = head.announcesEvents
        if exchange.isEventStream && connection.loop.isDraining { stream.finish() }
        pump(exchange, stream)
        connection.flush()
    }

    func pump(_ exchange: Exchange, _ stream: ExchangeStream) {
        guard connection.context != nil, exchange.isStreaming else { return }
        let (body, isFinished, isReset) = stream.state.withLock { state in
            state.isPumpScheduled = false
            defer { state.pending = ByteBuffer() }
            return (state.pending, state.isFinished, state.isReset)
        }
        if isReset { return reset(.internalError) }
        if body.readableBytes > 0 || isFinished { send(body, stream, isLast: isFinished, exchange) }
        connection.flush()
    }

    private func send(_ body: ByteBuffer, _ stream: ExchangeStream, isLast: Bool, _ exchange: Exchange) {
        if isLast {
            exchange.isStreaming = false
            let promise = exchange.isReceived ? nil : makeEndPromise()
            discardBody()
            setDeadline(after: times.idle)
            connection.write(id, .data(.init(data: .byteBuffer(body), endStream: true)), promise: promise)
            return stream.close()
        }
        let promise = connection.channel.eventLoop.makePromise(of: Void.self)
        let count = body.readableBytes
        promise.futureResult.assumeIsolated().whenSuccess { stream.sent(count) }
        connection.write(id, .data(.init(data: .byteBuffer(body))), promise: promise)
    }
}
