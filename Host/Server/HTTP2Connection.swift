import NIOCore
import NIOHPACK
import NIOHTTP2
import Synchronization

/// The end of the pipeline of one HTTP/2 connection: takes the requests of its streams to the handler and sends the
/// answers as they come. Event loop only.
///
/// `NIOHTTP2Handler` before it keeps the rules of the frames: states, header compression, the client's flow control,
/// and the rates of frames that cost without use. This handler keeps those of the requests, and the server's windows.
final class HTTP2Connection: ChannelDuplexHandler, NIOHTTP2FrameDelegate {
    typealias InboundIn = HTTP2Frame
    typealias OutboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// Bytes that all streams together may have under way.
    static let windowBytes = 1 << 20
    /// Bytes of one request's body that may be under way once somebody wants it; until then what HTTP/2 gives at first.
    static let streamWindowBytes = ExchangeStream.windowBytes
    /// Bytes of bodies that may be held before only the oldest request gets more of its own.
    static let heldBodyBytes = 4 << 20

    let channel: any Channel
    let handler: any ServerHandler
    let listener: ListenerSettings
    let configuration: ServerConfiguration
    let loop: ServerLoop
    let times: ConnectionTimes
    let allocator: ByteBufferAllocator
    /// The handler's own state for this connection.
    var attachment: AnyObject?
    lazy var remoteAddress = channel.remoteAddress?.ipAddress ?? ""

    var context: ChannelHandlerContext?
    /// The handler before this one.
    private(set) weak var frames: NIOHTTP2Handler?
    var streams: [HTTP2StreamID: HTTP2Stream] = [:]
    /// The newest stream that was taken.
    var lastStream = HTTP2StreamID.rootStream
    /// Requests whose client has left and whose handler has not answered yet.
    var abandonedCount = 0
    /// Memory in which header lines are written.
    var lines = ByteBuffer()
    /// A read that was held back because the client does not take what waits for it.
    private var holdsRead = false
    /// Inside a batch of reads; what it produces is sent at its end.
    var isReading = false
    var ending = Ending.none
    var deadline = NIODeadline.distantFuture
    var timerDeadline = NIODeadline.distantFuture
    var timer: Scheduled<Void>?
    /// Bytes that waited for the socket when its slowness was last looked at, and when that was.
    var unsentBytes = 0
    var lastLook = NIODeadline.distantPast
    /// The client has answered the announcement of the end.
    var isAnnouncementSeen = false

    /// How far the connection is on its way to its end.
    enum Ending {
        case none
        /// The client knows that it ends, and may not know which of its requests are still taken.
        case announced
        /// No further request is taken.
        case refusing
        /// Everything is said; the client may close first.
        case lingering
    }

    init(
        channel: any Channel, handler: any ServerHandler, listener: ListenerSettings,
        configuration: ServerConfiguration, loop: ServerLoop
    ) {
        self.channel = channel
        self.handler = handler
        self.listener = listener
        self.configuration = configuration
        self.loop = loop
        allocator = channel.allocator
        times = ConnectionTimes(configuration)
    }

    /// The handler that comes before this one.
    func makeFrameHandler() -> NIOHTTP2Handler {
        var settings = NIOHTTP2Handler.ConnectionConfiguration()
        // Every field counts 32 bytes more than it has. What is twice too large is answered with 431, as in HTTP/1;
        // what is larger still ends the connection.
        let listBytes = 2 * (configuration.maximumHeaderBytes + 32 * configuration.maximumHeaderCount)
        settings.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: configuration.maximumConcurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: listBytes),
            HTTP2Setting(parameter: .enablePush, value: 0),
        ]
        settings.maximumBufferedControlFrames = 1000
        settings.maximumSequentialContinuationFrames = listBytes / 16_384 + 1
        let frames = NIOHTTP2Handler(mode: .server, frameDelegate: self, connectionConfiguration: settings)
        self.frames = frames
        return frames
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        moveDeadline(after: times.idle)
        write(.rootStream, .windowUpdate(windowSizeIncrement: Self.windowBytes - 65_535))
        context.flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        for stream in Array(streams.values) { stream.leave() }
        streams = [:]
        attachment = nil
        loop.remove(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isReading {
            isReading = true
            loop.refreshDate()
        }
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let headers):
            receive(frame.streamID, headers)
        case .data(let data):
            streams[frame.streamID]?.receive(data)
        case .ping(_, let isAnswer):
            if isAnswer { announcementWasSeen() }
        default:
            // Resets come as closed streams; the rest was dealt with before this handler.
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.flush()
        closeIfDone()
    }

    func read(context: ChannelHandlerContext) {
        // No window holds heads of answers, nor answers to pings.
        if channel.isWritable { context.read() } else { holdsRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if holdsRead && channel.isWritable {
            holdsRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as NIOHTTP2WindowUpdatedEvent:
            windowChanged(event)
        case let event as StreamClosedEvent:
            streamClosed(event.streamID)
        case ChannelEvent.inputClosed:
            // Without its half of the connection a client cannot even take its answers.
            closeNow()
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What concerns one stream has reset that stream; what concerns the connection has said so before.
        if ending != .lingering && !(error is any NIOHTTP2Error) { closeNow() }
    }

    /// Sees the frames that are sent: the one that ends the connection with a fault is not this handler's own.
    func wroteFrame(_ frame: HTTP2Frame) {
        guard case .goAway(_, let code, _) = frame.payload, code != .noError, ending != .lingering else { return }
        ending = .lingering
        // Whoever has broken the rules gets the frame and the end of the connection; nothing more is read of him.
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.eventLoop.assumeIsolated().execute { self.linger(for: Self.faultLingerTime) }
    }

    // MARK: Streams

    private func receive(_ id: HTTP2StreamID, _ headers: HTTP2Frame.FramePayload.Headers) {
        if let stream = streams[id] {
            // Trailers; nobody reads them.
            if headers.endStream { stream.receiveEnd() }
            return
        }
        guard ending == .none || ending == .announced else { return refuse(id, .refusedStream) }
        lastStream = id
        if loop.isEnding { announceEnd() }
        // Requests that were given up still cost what the handler does for them.
        if streams.count + abandonedCount >= configuration.maximumConcurrentStreams {
            return refuse(id, .refusedStream)
        }
        let stream = HTTP2Stream(id: id, connection: self)
        streams[id] = stream
        stream.receive(HTTP2Head(headers.headers, configuration), isWhole: headers.endStream)
    }

    private func refuse(_ id: HTTP2StreamID, _ code: HTTP2ErrorCode) {
        write(id, .rstStream(code))
    }

    private func streamClosed(_ id: HTTP2StreamID) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        stream.leave()
        if streams.isEmpty {
            moveDeadline(after: times.idle)
            if !isReading { closeIfDone() }
        } else {
            reviewWindows()
        }
    }

    // MARK: Sending

    func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload, promise: EventLoopPromise<Void>? = nil) {
        guard let context else { return }
        context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: promise)
    }

    /// Hands to the socket what was written, now or at the end of the batch of reads.
    func flush() {
        if !isReading { context?.flush() }
    }

    // MARK: Windows

    private func windowChanged(_ event: NIOHTTP2WindowUpdatedEvent) {
        if event.streamID != .rootStream {
            streams[event.streamID]?.windowChanged(event)
        } else if let window = event.inboundWindowSize, window <= Self.windowBytes / 2 {
            // The streams' own windows keep bodies back that nobody reads.
            write(.rootStream, .windowUpdate(windowSizeIncrement: Self.windowBytes - window))
            flush()
        }
    }

    /// Whether a stream may have more of its body under way than is free.
    func allowsMore(_ stream: HTTP2Stream) -> Bool {
        let heldBytes = streams.values.reduce(0) { $0 + $1.heldBytes }
        if heldBytes < Self.heldBodyBytes { return true }
        // One always goes on, so that all come to an end.
        return streams.values.filter { $0.wantsBody }.min { $0.id < $1.id } === stream
    }

    /// Looks whether bodies may go on that had to wait.
    func reviewWindows() {
        for stream in streams.values where stream.isHeldBack { stream.openWindow() }
        flush()
    }
}
