import NIOCore

/// What an exchange needs of that which carries it: a whole connection of HTTP/1, or one stream of HTTP/2.
/// Event loop only, but for `allocator`.
protocol Carrier: AnyObject {
    /// What the listener was labelled with that the connection came in by.
    var listenerLabel: String? { get }
    /// Whether the connection is encrypted as far as to this process.
    var isSecure: Bool { get }
    /// How few bytes of a streamed request have to wait for its reader before `resumeReading` is called.
    var resumeBytes: Int { get }
    /// How many bytes of a streamed answer may wait for the client.
    var creditBytes: Int { get }
    /// Makes the buffers of answers; any thread.
    var allocator: ByteBufferAllocator { get }
    /// The client's address without the port, empty on a unix socket.
    var remoteAddress: String { get }
    /// Number of the user whose process is at the other end of a unix socket; nil on others.
    var peerUser: UInt32? { get }
    /// The handler's own state for the connection.
    var attachment: AnyObject? { get set }

    /// Takes the whole answer to an exchange; the body is copied.
    func answer(_ exchange: Exchange, status: Int, body: UnsafeRawBufferPointer, fields: (inout FieldWriter) -> Void)
    /// Takes an answer that was built on another thread.
    func answer(_ exchange: Exchange, stored: StoredResponse)
    /// Takes the head of a streamed answer.
    func start(_ exchange: Exchange, _ stream: ExchangeStream, _ head: StoredResponse)
    /// Sends what a stream has.
    func pump(_ exchange: Exchange, _ stream: ExchangeStream)
    /// Goes on reading where a reader has made room.
    func resumeReading()
}
