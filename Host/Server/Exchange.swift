import GantryThreads
import NIOCore
import Synchronization

/// One request and its answer.
///
/// Made on the connection's event loop. What the request says never changes after `receiveBody`, so it may be read
/// from any thread that the exchange was handed to; `respond` may be called from any thread. Everything else belongs to
/// the event loop.
public final class Exchange: @unchecked Sendable {
    // Guard of the unchecked conformance: `head` and `body` are written on the event loop before the exchange is
    // handed on; `answered` and `left` are atomic; all other state is touched on the event loop only.

    let head: RequestHead
    let carrier: any Carrier
    let eventLoop: any EventLoop
    var body: ByteBuffer?
    /// Set once the whole request has been read.
    var isReceived = false
    /// When the handler is told that there is still no answer.
    var expiry = NIODeadline.distantFuture
    /// The connection closes after this answer.
    var closesConnection: Bool
    /// An answer that waits for those before it.
    var stored: StoredResponse?
    /// What the connection becomes when it is this request's turn; its answer is stored.
    var socket: WebSocketConnection?
    /// The answer is a stream that has begun and not ended.
    var isStreaming = false
    /// That stream's body is told of in chunks: its length was not known.
    var isChunked = false
    /// That stream is one of events, whose clients come back by themselves.
    var isEventStream = false
    private let answered = Atomic<Bool>(false)
    let left = Atomic<Bool>(false)
    let streamReference = OnceReference<ExchangeStream>()

    /// The handler's own state for this request; event loop only.
    public var attachment: AnyObject?

    init(head: RequestHead, carrier: any Carrier, eventLoop: any EventLoop) {
        self.head = head
        self.carrier = carrier
        self.eventLoop = eventLoop
        closesConnection = !head.isKeepAlive
    }

    /// The method as sent, such as `GET`.
    public var method: String { head.method }
    /// Path and query as sent.
    public var target: String { head.target }
    /// True once an answer was given.
    public var isAnswered: Bool { answered.load(ordering: .relaxed) }
    /// True once the client has left, so that an answer reaches nobody.
    public var isAbandoned: Bool { left.load(ordering: .relaxed) }
    /// True on the event loop of the connection.
    public var isOnEventLoop: Bool { eventLoop.inEventLoop }
    /// Tells the event loops of a server apart.
    public var eventLoopIdentity: ObjectIdentifier { ObjectIdentifier(eventLoop) }
    /// The client's address without the port, empty on a unix socket. Event loop only.
    public var remoteAddress: String { carrier.remoteAddress }

    /// Number of the user whose process is at the other end of a unix socket, as the system knows it; nil elsewhere.
    /// Event loop only.
    public var peerUser: UInt32? { carrier.peerUser }

    /// What the listener was labelled with that the connection came in by. Any thread.
    public var listenerLabel: String? { carrier.listenerLabel }
    /// Whether the connection is encrypted as far as to this process. Any thread.
    public var isSecure: Bool { carrier.isSecure }

    /// A value that the handler keeps for all requests of this connection. Event loop only.
    public var connectionAttachment: AnyObject? {
        get { carrier.attachment }
        set { carrier.attachment = newValue }
    }

    /// Calls the function with each header in the order of the request.
    public func forEachHeader(_ visit: (_ name: String, _ value: String) -> Void) {
        head.forEachField { name, value in
            visit(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    /// Calls the function with each header in the order of the request, names in lower case. Makes no text; the
    /// pointers are valid until the function returns.
    public func forEachField(
        _ visit: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        head.forEachField(visit)
    }

    /// Calls the function with path and query as sent; the pointer is valid until it returns.
    public func withTarget<Result>(_ use: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try head.withTarget(use)
    }

    /// Calls the function with the body, empty where there is none. The pointer is valid until the function returns.
    public func withBody<Result>(_ use: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        guard let body else { return try use(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try body.withUnsafeReadableBytes(use)
    }

    /// Runs the function on the connection's event loop, soon.
    public func execute(_ task: @escaping @Sendable () -> Void) {
        eventLoop.execute(task)
    }

    /// True for the one who may answer; everybody later gets false.
    func claimAnswer() -> Bool {
        !answered.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Sends the one answer; any thread. A second call does nothing and returns false.
    ///
    /// - Parameters:
    ///   - status: 200 to 599.
    ///   - body: Copied before the call returns. Not sent, but counted, when the method is HEAD.
    ///   - fields: Adds headers; Date, Content-Length and Connection are the server's.
    @discardableResult
    public func respond(
        status: Int, body: UnsafeRawBufferPointer, fields: (inout FieldWriter) -> Void
    ) -> Bool {
        guard claimAnswer() else { return false }
        if eventLoop.inEventLoop {
            carrier.answer(self, status: status, body: body, fields: fields)
            return true
        }
        var writer = FieldWriter(buffer: carrier.allocator.buffer(capacity: 256 + body.count))
        fields(&writer)
        var buffer = writer.take()
        let fieldBytes = buffer.readableBytes
        buffer.writeBytes(body)
        let response = StoredResponse(status: status, fieldBytes: fieldBytes, bytes: buffer)
        eventLoop.execute { self.carrier.answer(self, stored: response) }
        return true
    }

    /// The same with bytes of the handler's own before and behind the body, which is copied once all the same.
    @discardableResult
    public func respond(
        status: Int, body: UnsafeRawBufferPointer, between before: [UInt8], and after: [UInt8],
        fields: (inout FieldWriter) -> Void
    ) -> Bool {
        guard claimAnswer() else { return false }
        let length = before.count + body.count + after.count
        var writer = FieldWriter(buffer: carrier.allocator.buffer(capacity: 512 + length))
        fields(&writer)
        var buffer = writer.take()
        let fieldBytes = buffer.readableBytes
        buffer.writeBytes(before)
        buffer.writeBytes(body)
        buffer.writeBytes(after)
        let response = StoredResponse(status: status, fieldBytes: fieldBytes, bytes: buffer)
        if eventLoop.inEventLoop {
            carrier.answer(self, stored: response)
        } else {
            eventLoop.execute { self.carrier.answer(self, stored: response) }
        }
        return true
    }

    /// Sends the one answer with a text that is known at compile time.
    @discardableResult
    public func respond(status: Int, body: StaticString, fields: (inout FieldWriter) -> Void) -> Bool {
        respond(
            status: status, body: UnsafeRawBufferPointer(start: body.utf8Start, count: body.utf8CodeUnitCount),
            fields: fields)
    }

    /// Sends the one answer.
    @discardableResult
    public func respond(status: Int, body: [UInt8], fields: (inout FieldWriter) -> Void) -> Bool {
        body.withUnsafeBytes { respond(status: status, body: $0, fields: fields) }
    }
}

/// An answer that was built away from its place in the order, or from its event loop.
struct StoredResponse: Sendable {
    var status: Int
    /// Length of the header lines at the beginning of `bytes`; the body follows.
    var fieldBytes: Int
    var bytes: ByteBuffer
    /// Bytes of the stream that follows, where they are known.
    var streamLength: Int?

    /// Whether the header lines say that events follow.
    var announcesEvents: Bool {
        bytes.withUnsafeReadableBytes { UnsafeRawBufferPointer(rebasing: $0[..<fieldBytes]).contains(Self.eventType) }
    }

    private static let eventType = Array("text/event-stream".utf8)
}

extension FieldWriter {
    consuming func take() -> ByteBuffer { buffer }
}
