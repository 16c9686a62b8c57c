import GantryThreads
import NIOCore

/// The end of the pipeline of a connection that has become a WebSocket. Event loop only.
final class WebSocketHandler: ChannelDuplexHandler, LoopMember {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case open
        /// A closing frame was sent; the client's is awaited.
        case closing
        /// Everything is said: the connection closes when it is out.
        case ending
        /// The client has broken the protocol: what it sends is thrown away until it has seen why.
        case failed
        case over
    }

    /// What the timer waits for.
    private enum Watch {
        case ping
        case pong
        case close
    }

    /// Bytes of answers to pings that may wait before nothing more is read.
    private static let controlCredit = 16 * 1024

    private let connection: WebSocketConnection
    private let loop: ServerLoop
    private let lingerTime: TimeAmount
    private var reader: WebSocketReader
    private var context: ChannelHandlerContext?
    private var phase = Phase.open
    /// What has arrived and was not looked at.
    private var input = ByteBuffer()
    private var isReading = false
    private var wantsPump = false
    private var isFlying = false
    /// The receiver wants nothing more for now.
    private var isHeld = false
    private var holdsRead = false
    private var controlBytes = 0
    private var timer: Scheduled<Void>?
    private var watch = Watch.ping
    private var pingCount: UInt32 = 0
    private var endTimer: Scheduled<Void>?

    /// Takes a connection over.
    /// - Parameter received: What came behind the opening.
    init(_ connection: WebSocketConnection, loop: ServerLoop, lingerTime: TimeAmount, received: ByteBuffer) {
        self.connection = connection
        self.loop = loop
        self.lingerTime = lingerTime
        input = received
        reader = WebSocketReader(
            maximumMessageBytes: connection.settings.maximumMessageBytes,
            inflater: connection.compression.map(WebSocketInflater.init))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.handler = self
        loop.add(self)
        schedulePing()
        if let end = connection.settings.end {
            endTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(end.time)) {
                self.connection.end(code: end.code, reason: end.reason)
            }
        }
        // What was sent, or how it was closed, before the connection had come so far.
        if connection.state.withLock({ $0.isEnded }) { closeBegins() } else { pumpSoon() }
    }

    /// Begins to read, when nobody before it in the pipeline holds reads back any more.
    func begin() {
        readItems()
        context?.read()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    private func finish() {
        guard phase != .over else { return }
        phase = .over
        timer?.cancel()
        endTimer?.cancel()
        (timer, endTimer) = (nil, nil)
        loop.remove(self)
        connection.clientEnded(code: 1006, reason: [], reply: nil)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard phase == .open || phase == .closing else { return }
        isReading = true
        if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
        if !isHeld { readItems() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if wantsPump { pump() }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isHeld || (isFlying && controlBytes > Self.controlCredit) { holdsRead = true } else { context.read() }
    }

    func resumeReading() {
        guard isHeld else { return }
        isHeld = false
        readItems()
        readOn()
    }

    private func readOn() {
        guard holdsRead, !isHeld, let context else { return }
        holdsRead = false
        context.read()
    }

    private func readItems() {
        do throws(WebSocketFault) {
            while !isHeld, phase == .open || phase == .closing, let item = try reader.next(&input) { take(item) }
        } catch {
            fail(error)
        }
        if input.readableBytes == 0 { input = ByteBuffer() }
    }

    private func take(_ item: WebSocketReader.Item) {
        switch item {
        case .message(let isText):
            // After a closing frame of the server's, messages are nobody's any more.
            if phase == .open {
                isHeld = !reader.message.withUnsafeReadableBytes { connection.receiver.receive(isText: isText, $0) }
            }
            reader.release()
        case .ping:
            controlBytes += reader.control.readableBytes + 2
            connection.sendControl(.pong, reader.control)
        case .pong:
            if watch == .pong && phase == .open { schedulePing() }
        case .close(let code):
            connection.clientEnded(
                code: code, reason: Array(reader.control.readableBytesView), reply: code)
            phase = .ending
            pumpSoon()
        }
    }

    private func fail(_ fault: WebSocketFault) {
        phase = .failed
        input = ByteBuffer()
        connection.end(code: fault.code, reason: fault.reason)
        phase = .failed
        isHeld = false
        schedule(.close, in: lingerTime)
        pumpSoon()
        readOn()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { closeNow() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { closeNow() }

    // MARK: Writing

    /// Sends what waits: at the end of a batch of reads, or at once.
    func pumpSoon() {
        // Asked for a second time within a batch: there is much of it.
        if isReading && !wantsPump { wantsPump = true } else { pump() }
    }

    private func pump() {
        wantsPump = false
        guard !isFlying, let context, phase != .over else { return }
        let (frames, isLast) = connection.state.withLock { state -> (ByteBuffer, Bool) in
            state.isPumpScheduled = false
            state.flyingCount = state.pendingCount
            state.flyingBytes = state.pending.readableBytes
            state.pendingCount = 0
            defer { state.pending = ByteBuffer() }
            return (state.pending, state.hasSentClose)
        }
        guard frames.readableBytes > 0 else {
            if phase == .ending { context.close(promise: nil) }
            return
        }
        isFlying = true
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.sent(isLast: isLast) }
        context.writeAndFlush(wrapOutboundOut(frames), promise: promise)
        if isFlying { connection.state.withLock { $0.isBlocked = true } }
    }

    private func sent(isLast: Bool) {
        isFlying = false
        controlBytes = 0
        let (tellsRoom, hasMore) = connection.state.withLock { state -> (Bool, Bool) in
            state.flyingCount = 0
            state.flyingBytes = 0
            state.isBlocked = false
            let settings = connection.settings
            let tellsRoom = state.wantsRoom && state.pending.readableBytes <= settings.queueBytes / 2
            if tellsRoom { state.wantsRoom = false }
            return (tellsRoom && !state.isEnded, state.pending.readableBytes > 0)
        }
        if isLast && !hasMore {
            if phase == .ending { return closeNow() }
            // Whoever has broken the protocol is to see why: closing at once could take that away from it.
            if phase == .failed { context?.close(mode: .output, promise: nil) }
        }
        if tellsRoom { connection.receiver.receiveRoom() }
        if hasMore { pumpSoon() }
        readOn()
    }

    // MARK: The end

    /// No request is under way: who waits for the end of the others need not wait for this.
    var underWay: [Exchange] { [] }

    /// The client is told when the end comes.
    func announceEnd() {}

    /// The server has put a closing frame behind what it sends.
    func closeBegins() {
        guard phase == .open else { return pumpSoon() }
        phase = .closing
        schedule(.close, in: TimeAmount(connection.settings.closeTimeout))
        pumpSoon()
        // Nobody takes what is held; but the client's closing frame may stand behind it.
        if isHeld { resumeReading() }
    }

    /// The host stops.
    func drain() {
        connection.end(code: 1001, reason: "shutdown")
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    // MARK: Time

    private func schedulePing() {
        guard let interval = connection.settings.pingInterval else { return }
        schedule(.ping, in: TimeAmount(interval))
    }

    private func schedule(_ watch: Watch, in time: TimeAmount) {
        timer?.cancel()
        self.watch = watch
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        switch watch {
        case .close: closeNow()
        // A pong cannot arrive while the module leaves messages lying before it.
        case .ping where isHeld, .pong where isHeld: schedulePing()
        case .ping:
            pingCount &+= 1
            connection.sendControl(.ping, ByteBuffer(integer: pingCount))
            schedule(.pong, in: TimeAmount(connection.settings.pongTimeout))
        case .pong: connection.end(code: 4408, reason: "heartbeat")
        }
    }
}
