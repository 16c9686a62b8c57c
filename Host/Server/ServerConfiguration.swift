/// Limits and times of the HTTP server. The defaults suit a host on the open internet behind no proxy.
public struct ServerConfiguration: Sendable {
    /// Event loop threads; 0 means one for each core.
    public var eventLoops = 0
    /// Connections that may be open at once over all listeners; more are closed as they arrive.
    public var maximumConnections = 20_000
    /// Connections that one address may have open at once over all listeners, 0 for any number; of IPv6 the first 64
    /// bits count. This machine's own addresses are exempt.
    public var maximumConnectionsPerAddress = 1024
    /// Whether any number of connections may come from an address, such as that of a proxy. Called on event loops.
    public var isExemptFromAddressLimit: @Sendable (_ address: String) -> Bool = { _ in false }
    /// Bytes of all header names and values of one request together; more is answered with 431.
    public var maximumHeaderBytes = 32 * 1024
    /// Header lines of one request; more is answered with 431.
    public var maximumHeaderCount = 100
    /// Requests of one connection that may wait for their answers before the server stops reading from it.
    public var maximumPipelinedRequests = 64
    /// Requests of one HTTP/2 connection that may be under way at once, those that the client gave up included.
    public var maximumConcurrentStreams = 100
    /// Time from the opening of a connection until its TLS handshake must be complete.
    public var handshakeTimeout = Duration.seconds(10)
    /// Time from the opening of a connection, or from its last answer, until the next request's head must be complete.
    public var idleTimeout = Duration.seconds(60)
    /// Time in which a request's body must arrive after its head.
    public var bodyTimeout = Duration.seconds(30)
    /// Time after which the handler is told that a request still has no answer.
    public var answerTimeout = Duration.seconds(30)
    /// Time for which the rest of a refused body is read and thrown away, so that the client sees the answer.
    public var lingerTimeout = Duration.seconds(2)
    /// Bytes that are read and thrown away in that time.
    public var maximumLingeredBytes = 16 * 1024 * 1024
    /// Bytes of a body that are thrown away to keep the connection usable after an early answer.
    public var maximumDiscardedBytes = 256 * 1024

    /// The defaults.
    public init() {}
}

/// Where a server listens.
public struct ListenAddress: Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        case internet(host: String, port: Int)
        case unixSocket(path: String)
    }

    let kind: Kind

    /// A TCP address; port 0 takes a free port.
    public static func internet(host: String, port: Int) -> ListenAddress {
        ListenAddress(kind: .internet(host: host, port: port))
    }

    /// A socket in the file system, open to the owner of the process only. A stale one is replaced.
    public static func unixSocket(path: String) -> ListenAddress {
        ListenAddress(kind: .unixSocket(path: path))
    }

    /// `host:port` or `unix:path`.
    public var description: String {
        switch kind {
        case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unixSocket(let path): "unix:\(path)"
        }
    }
}
