import NIOCore
import NIOTLS

/// Waits for the end of a TLS handshake, puts the handlers for the protocol in place that was agreed on, and goes.
/// Event loop only.
final class TLSNegotiation: ChannelInboundHandler, RemovableChannelHandler, LoopMember {
    typealias InboundIn = ByteBuffer

    private let set: HandlerSet
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?

    init(_ set: HandlerSet) {
        self.set = set
    }

    let underWay: [Exchange] = []
    func announceEnd() {}
    func drain() {}
    func closeNow() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let time = TimeAmount(set.configuration.handshakeTimeout)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            // A client that does not shake hands does not say goodbye either.
            context.channel.close(mode: .all, promise: nil)
        }
        set.loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        timer?.cancel()
        set.loop.remove(self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { return closeNow() }
        guard case TLSUserEvent.handshakeCompleted(let agreed) = event else { return }
        do {
            try set.add(set.version(agreed), after: self, context)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            closeNow()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { closeNow() }
}
