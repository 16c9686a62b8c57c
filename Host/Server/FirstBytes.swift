import NIOCore

/// Finds out from the first bytes of a connection what it speaks, puts the handlers for that in place, and goes.
/// Event loop only.
final class FirstBytes: ChannelInboundHandler, RemovableChannelHandler, LoopMember {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// With what a connection of HTTP/2 begins, whose client knows that the server speaks it.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// The type of the record in which TLS begins.
    private static let handshakeRecord: UInt8 = 0x16
    private static let plainAnswer: StaticString =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 32\r\nConnection: close\r\n\r\n"
    private static let plainText: StaticString = "This port speaks TLS: https://.\n"

    private let set: HandlerSet
    private let time: TimeAmount
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var held: ByteBuffer?

    init(_ set: HandlerSet) {
        self.set = set
        let isSecure = set.listener.identity != nil
        time = TimeAmount(isSecure ? set.configuration.handshakeTimeout : set.configuration.idleTimeout)
    }

    let underWay: [Exchange] = []
    func announceEnd() {}

    /// A request may be on its way; the connection that takes it looks after the rest.
    func drain() {
        timer?.cancel()
        schedule(after: .seconds(1))
    }

    func closeNow() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        schedule(after: time)
        set.loop.add(self)
    }

    private func schedule(after time: TimeAmount) {
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { self.closeNow() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        timer?.cancel()
        set.loop.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var before = held {
            before.writeImmutableBuffer(bytes)
            bytes = before
            held = nil
        }
        do {
            if set.listener.identity != nil {
                guard bytes.readableBytesView.first == Self.handshakeRecord else { return refusePlain(context, bytes) }
                try set.addSecurity(after: self, context)
            } else {
                guard let version = version(bytes) else { return held = bytes }
                try set.add(version, after: self, context)
            }
        } catch {
            return closeNow()
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { closeNow() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { closeNow() }

    /// Nil as long as more bytes have to tell.
    private func version(_ bytes: ByteBuffer) -> ListenerSettings.HTTPVersion? {
        guard set.listener.versions.contains(.http2) else { return .http1 }
        guard set.listener.versions.contains(.http1) else { return .http2 }
        let view = bytes.readableBytesView
        let count = min(view.count, Self.preface.count)
        guard view.prefix(count).elementsEqual(Self.preface.prefix(count)) else { return .http1 }
        return count == Self.preface.count ? .http2 : nil
    }

    /// Somebody asks in plain HTTP where TLS is spoken.
    private func refusePlain(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
        let isText = bytes.readableBytesView.first.map { (0x41...0x5A).contains($0) } == true
        guard isText else { return closeNow() }
        var answer = context.channel.allocator.buffer(capacity: 160)
        answer.writeStaticString(Self.plainAnswer)
        answer.writeStaticString(Self.plainText)
        context.writeAndFlush(wrapOutboundOut(answer)).assumeIsolated().whenComplete { _ in self.closeNow() }
    }
}
