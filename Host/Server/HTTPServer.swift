import GantryThreads
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP/1.1 server that knows nothing of tenants and routes.
///
/// ```swift
/// let server = HTTPServer(configuration: ServerConfiguration())
/// let listener = try server.listen(on: .internet(host: "127.0.0.1", port: 8000), handler: gateway)
/// …
/// server.shutDown(drainingFor: .seconds(10))
/// ```
public final class HTTPServer: Sendable {
    /// An address that is being listened on.
    public struct Listener: Sendable {
        let channel: any Channel
        /// The address with the port that was taken.
        public let address: ListenAddress
        /// The port that was taken; 0 on a unix socket.
        public var port: Int { channel.localAddress?.port ?? 0 }
    }

    private let configuration: ServerConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let loops: LoopTable
    private let openConnections = Atomic<Int>(0)
    private let listeners = Lock<[any Channel]>([])
    private let isShutDown = Atomic<Bool>(false)

    /// Starts the event loops; nothing is listened on yet.
    public init(configuration: ServerConfiguration) {
        self.configuration = configuration
        let threads = configuration.eventLoops > 0 ? configuration.eventLoops : System.coreCount
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        loops = LoopTable(group)
    }

    /// Begins to take connections for the handler. Blocks until the address is bound; not for event loops.
    public func listen(on address: ListenAddress, handler: any ServerHandler) throws(ServerError) -> Listener {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in self.initialize(channel, handler: handler) }
        do {
            let channel: any Channel
            var bound = address
            switch address.kind {
            case .internet(let host, let port):
                let tcp = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                channel = try tcp.bind(host: host, port: port).wait()
                bound = .internet(host: host, port: channel.localAddress?.port ?? port)
            case .unixSocket(let path):
                channel = try bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).wait()
                chmod(path, 0o600)
            }
            listeners.withLock { $0.append(channel) }
            return Listener(channel: channel, address: bound)
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw ServerError(code: .bind, message: "\(address) cannot be listened on: \(reason).", cause: error)
        }
    }

    /// Takes no more connections, lets requests under way finish, closes what is left after the given time, and ends
    /// the event loops. Blocks; not for event loops. The server cannot be used again; a second call does nothing.
    public func shutDown(drainingFor time: Duration) {
        guard !isShutDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for channel in listeners.withLock({ $0 }) { try? channel.close().wait() }
        let drained = loops.loops.map { loop in
            let promise = loop.eventLoop.makePromise(of: Void.self)
            loop.eventLoop.execute { loop.value.drain(promise: promise) }
            loop.eventLoop.scheduleTask(in: TimeAmount(time)) { loop.value.closeAll() }
            return promise.futureResult
        }
        for future in drained { try? future.wait() }
        try? group.syncShutdownGracefully()
    }

    private func initialize(_ channel: any Channel, handler: any ServerHandler) -> EventLoopFuture<Void> {
        let open = openConnections.add(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { _ in self.openConnections.subtract(1, ordering: .relaxed) }
        guard open <= configuration.maximumConnections else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = configuration.maximumHeaderBytes
            limits.maxHeaderListSize = configuration.maximumHeaderBytes
            limits.maxHeaderFieldCount = configuration.maximumHeaderCount
            let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
            let connection = ServerConnection(
                channel: channel, handler: handler, configuration: configuration, loop: loops[channel.eventLoop])
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ByteToMessageHandler(decoder))
            try pipeline.addHandler(connection)
        }
    }
}

/// The shared state of each event loop.
private struct LoopTable: Sendable {
    /// A loop with its state.
    struct Entry: @unchecked Sendable {
        // Guard: `value` is touched on `eventLoop` only.
        let eventLoop: any EventLoop
        let value: ServerLoop
    }

    let loops: [Entry]

    init(_ group: MultiThreadedEventLoopGroup) {
        var entries: [Entry] = []
        for eventLoop in group.makeIterator() {
            entries.append(Entry(eventLoop: eventLoop, value: ServerLoop(eventLoop: eventLoop)))
        }
        loops = entries
    }

    subscript(eventLoop: any EventLoop) -> ServerLoop {
        for entry in loops where entry.eventLoop === eventLoop { return entry.value }
        preconditionFailure("The event loop belongs to another server.")
    }
}
