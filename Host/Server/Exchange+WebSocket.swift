import GantryThreads
import NIOCore
import Synchronization

extension Exchange {
    /// Whether the connection can become something else than one of HTTP.
    var isUpgradable: Bool { !head.isOld && carrier is ServerConnection }

    /// Whether the client asks for another protocol.
    public var asksForUpgrade: Bool { head.framing.asksForUpgrade }

    /// Accepts an opening, which must be valid, as the one answer; any thread. What happens is told to the receiver
    /// from now on. Nil when an answer was given before, or the client has left.
    /// - Parameters:
    ///   - subprotocol: one that the client names, or empty.
    ///   - fields: adds headers; those of the handshake are the server's.
    public func accept(
        _ opening: WebSocketOpening, settings: WebSocketSettings, subprotocol: String,
        receiver: any WebSocketReceiver, fields: (inout FieldWriter) -> Void
    ) -> WebSocketConnection? {
        guard opening.verdict == .valid, let carrier = carrier as? ServerConnection, !isAbandoned, claimAnswer() else {
            return nil
        }
        let compression = settings.compression.flatMap { sides in
            WebSocketCompression.negotiate(
                opening.extensions, keepsServerContext: sides.keepsServerContext,
                keepsClientContext: sides.keepsClientContext)
        }
        var writer = FieldWriter(buffer: carrier.allocator.buffer(capacity: 256))
        fields(&writer)
        writer.add(lines: "Upgrade: websocket\r\nConnection: Upgrade\r\n")
        writer.add("Sec-WebSocket-Accept", opening.accept)
        if !subprotocol.isEmpty { writer.add("Sec-WebSocket-Protocol", subprotocol) }
        if let compression { writer.add("Sec-WebSocket-Extensions", compression.header) }
        let connection = WebSocketConnection(
            settings: settings, compression: compression, receiver: receiver, eventLoop: eventLoop)
        let buffer = writer.take()
        let head = StoredResponse(status: 101, fieldBytes: buffer.readableBytes, bytes: buffer)
        // Later even on the event loop: the connection may be taking requests apart.
        eventLoop.execute {
            // Guard: the exchange and its connection belong to the loop that this runs on.
            self.upgrade(connection, head)
        }
        return connection
    }

    private func upgrade(_ socket: WebSocketConnection, _ head: StoredResponse) {
        guard let connection = carrier as? ServerConnection else { return }
        connection.upgrade(self, socket, head)
    }

    /// Lets go of those who watch the exchange's bodies, once its socket is over. Any thread.
    public func endStream() {
        eventLoop.execute { self.streamReference.load()?.close() }
    }
}

extension ServerConnection: RemovableChannelHandler {
    /// Becomes a WebSocket when the exchange's turn has come.
    func upgrade(_ exchange: Exchange, _ socket: WebSocketConnection, _ head: StoredResponse) {
        exchange.attachment = nil
        guard context != nil, !exchange.left.load(ordering: .relaxed), !loop.isDraining else {
            socket.clientEnded(code: 1006, reason: [], reply: nil)
            return closeNow()
        }
        exchange.stored = head
        exchange.socket = socket
        advance()
    }

    /// Sends the answer to the opening in front, and hands the connection on.
    func become(_ socket: WebSocketConnection, _ head: StoredResponse) {
        guard let context else { return socket.clientEnded(code: 1006, reason: [], reply: nil) }
        loop.refreshDate()
        var writer = FieldWriter(buffer: output)
        output = ByteBuffer()
        writer.begin(status: head.status, date: loop.date, roomFor: 512)
        head.bytes.withUnsafeReadableBytes { writer.add(lines: $0) }
        writer.end(body: nil)
        context.writeAndFlush(wrapOutboundOut(writer.take()), promise: nil)
        queue.removeAll()
        timer?.cancel()
        timer = nil
        attachment = nil
        let handler = WebSocketHandler(socket, loop: loop, lingerTime: times.linger, received: received)
        received = ByteBuffer()
        do {
            // First in, then out: the loop never sees a connection that is neither.
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
            loop.remove(self)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            handler.begin()
        } catch {
            socket.clientEnded(code: 1006, reason: [], reply: nil)
            closeNow()
        }
    }
}
