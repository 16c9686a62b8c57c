import GantryThreads
import NIOCore
import Synchronization

extension ServerConnection {
    /// Largest buffer that an idle connection keeps for its next answer.
    private static let keptOutputBytes = 16 * 1024

    /// Takes the answer to an exchange and sends it when its turn has come.
    func answer(
        _ exchange: Exchange, status: Int, body: UnsafeRawBufferPointer, fields: (inout FieldWriter) -> Void
    ) {
        release(exchange)
        guard context != nil, !exchange.left.load(ordering: .relaxed) else { return }
        decideConnectionEnd(exchange)
        if queue.first === exchange {
            write(exchange, status: status, fields: fields, body: body)
            queue.removeFirst()
            advance()
        } else {
            var writer = FieldWriter(buffer: channel.allocator.buffer(capacity: 256 + body.count))
            fields(&writer)
            var buffer = writer.take()
            let fieldBytes = buffer.readableBytes
            buffer.writeBytes(body)
            exchange.stored = StoredResponse(status: status, fieldBytes: fieldBytes, bytes: buffer)
        }
    }

    /// Takes an answer that was built on another thread.
    func answer(_ exchange: Exchange, stored: StoredResponse) {
        release(exchange)
        guard context != nil, !exchange.left.load(ordering: .relaxed) else { return }
        loop.refreshDate()
        decideConnectionEnd(exchange)
        exchange.stored = stored
        advance()
    }

    /// The exchange was answered whole: lets go of the handler's state, which leads back to it, and of its reader.
    private func release(_ exchange: Exchange) {
        awaitsUpgrade = false
        exchange.attachment = nil
        exchange.streamReference.load()?.close()
    }

    /// Sends the answers whose turn has come.
    func advance() {
        while let first = queue.first {
            if first.isStreaming {
                let stream = first.stream
                guard sendStream(first, stream) else { break }
                queue.removeFirst()
                endStream(first, stream)
                continue
            }
            guard let stored = first.stored else { break }
            first.stored = nil
            if let socket = first.socket { return become(socket, stored) }
            stored.bytes.withUnsafeReadableBytes { bytes in
                let fields = UnsafeRawBufferPointer(rebasing: bytes[..<stored.fieldBytes])
                let body = UnsafeRawBufferPointer(rebasing: bytes[stored.fieldBytes...])
                write(first, status: stored.status, fields: { $0.add(lines: fields) }, body: body)
            }
            queue.removeFirst()
        }
        if queue.isEmpty { setDeadline(after: times.idle) } else { setAnswerDeadline() }
        if !isReading { flushOutput() }
        resumeReading()
    }

    /// An answer to a body that is still on its way ends the connection unless what is left is small.
    private func decideConnectionEnd(_ exchange: Exchange) {
        // What has been read already is answered first.
        if loop.isEnding && queue.last === exchange { exchange.closesConnection = true }
        if !exchange.isReceived {
            switch reception {
            case .collecting(let receiving, _) where receiving === exchange,
                .streaming(let receiving, _, _) where receiving === exchange:
                reception = .discarding(exchange, remainingBytes: configuration.maximumDiscardedBytes)
                exchange.closesConnection = true
            case .discarding(let receiving, let remainingBytes) where receiving === exchange && remainingBytes < 0:
                exchange.closesConnection = true
            default:
                break
            }
        }
        if exchange.closesConnection { isClosing = true }
    }

    private func write(
        _ exchange: Exchange, status: Int, fields: (inout FieldWriter) -> Void, body: UnsafeRawBufferPointer
    ) {
        var writer = FieldWriter(buffer: output)
        output = ByteBuffer()
        let hasContent = status >= 200 && status != 204 && status != 304
        let sendsBody = hasContent && !exchange.head.isHEAD
        writer.begin(
            status: status, date: loop.date, length: hasContent ? body.count : nil,
            roomFor: 512 + (sendsBody ? body.count : 0))
        if exchange.closesConnection {
            writer.add(lines: "Connection: close\r\n")
        } else if exchange.head.isOld {
            writer.add(lines: "Connection: keep-alive\r\n")
        }
        fields(&writer)
        writer.end(body: sendsBody ? body : nil)
        answerBytes = max(body.count, answerBytes / 2)
        output = writer.take()
    }

    func sendContinue() {
        output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Hands everything that is ready to the socket, and closes after the last answer where that is due.
    func flushOutput() {
        guard let context else { return }
        let isLast = isClosing && queue.isEmpty && phase == .serving
        guard output.readableBytes > 0 || isLast else { return }
        let promise = isLast ? context.eventLoop.makePromise(of: Void.self) : nil
        if isLast {
            phase = .flushing
            reception = .closed
            setDeadline(after: times.idle)
            promise?.futureResult.assumeIsolated().whenComplete { _ in self.finish() }
        }
        context.writeAndFlush(wrapOutboundOut(output), promise: promise)
        // The buffer is ours again when the socket took everything at once, and then its memory is used again.
        if output.capacity > Self.keptOutputBytes { output = ByteBuffer() } else { output.clear() }
    }

    /// Says that nothing more will come, and waits a little for the client to close: closing at once while it is still
    /// sending could take the answer away from it.
    private func finish() {
        guard let context, phase == .flushing else { return }
        phase = .lingering
        context.close(mode: .output, promise: nil)
        setDeadline(after: lingerTime)
    }

    /// The client has sent everything that it will send.
    func inputEnded() {
        isInputClosed = true
        if holdsParts { return }
        switch reception {
        case .collecting, .streaming, .discarding:
            closeNow()
        case .head, .closed:
            if case .head = reception, !parser.isBetweenRequests(received) { refuse(.malformed) }
            isClosing = true
            // Whoever streams and writes seldom would never learn that the client has left. Like most servers, this one
            // takes the end of the input for that while an answer is streamed.
            if phase == .lingering || queue.first?.isStreaming == true { return closeNow() }
            queue.last?.closesConnection = true
            if !queue.isEmpty {
                // It may wait for its answer, or be gone: nobody can tell. So it gets what comes soon.
                setDeadline(after: times.linger)
            } else if !isReading {
                flushOutput()
            }
        }
    }

    /// A body that nobody wants has become too long.
    func stopTakingRequests(after exchange: Exchange) {
        isClosing = true
        exchange.closesConnection = true
    }

    func closeNow() {
        isClosing = true
        reception = .closed
        context?.close(promise: nil)
    }
}

extension FieldWriter {
    /// Writes the status line, the Date header and, where there is one, the length of the content.
    mutating func begin(status: Int, date: [UInt8], length: Int? = nil, roomFor bytes: Int) {
        buffer.reserveCapacity(minimumWritableBytes: bytes)
        let line = StatusLine.withDateField(status)
        let lengthName: StaticString = "\r\nContent-Length"
        let mostBytes = line.count + date.count + lengthName.utf8CodeUnitCount + LineFiller.longestNumber + 4
        add(atMost: mostBytes) { filler in
            filler.write(line)
            filler.write(date)
            if let length { filler.line(lengthName, length) } else { filler.write("\r\n") }
        }
    }

    /// Ends the head and writes the body.
    mutating func end(body: UnsafeRawBufferPointer?) {
        add(atMost: 2 + (body?.count ?? 0)) { filler in
            filler.write("\r\n")
            if let body { filler.write(body) }
        }
    }
}
