import GantryThreads
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server that knows nothing of tenants and routes.
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
        let socket: ListeningSocket
        /// The address with the port that was taken.
        public var address: ListenAddress { socket.address }
        /// The port that was taken; 0 on a unix socket.
        public var port: Int { if case .internet(_, let port) = address.kind { port } else { 0 } }
    }

    private let configuration: ServerConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let loops: LoopTable
    private let tally: ConnectionTally
    private let acceptors = Lock<[Acceptor]>([])
    private let isShutDown = Atomic<Bool>(false)

    /// Starts the event loops; nothing is listened on yet.
    public init(configuration: ServerConfiguration) {
        self.configuration = configuration
        tally = ConnectionTally(configuration)
        let threads = configuration.eventLoops > 0 ? configuration.eventLoops : System.coreCount
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        loops = LoopTable(group)
    }

    /// Begins to take connections for the handler. Blocks until the address is bound; not for event loops.
    public func listen(
        on address: ListenAddress, settings: ListenerSettings = ListenerSettings(), handler: any ServerHandler
    ) throws(ServerError) -> Listener {
        listen(on: try ListeningSocket(binding: address), settings: settings, handler: handler)
    }

    /// Begins to take connections for the handler from a socket that exists.
    public func listen(
        on socket: ListeningSocket, settings: ListenerSettings = ListenerSettings(), handler: any ServerHandler
    ) -> Listener {
        let acceptor = Acceptor(socket, loops: loops.loops.map(\.eventLoop)) { descriptor, eventLoop in
            ClientBootstrap(group: eventLoop)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in self.initialize(channel, settings, handler) }
                // A connection that cannot be set up has been closed; the client has seen it.
                .withConnectedSocket(descriptor).whenComplete { _ in }
        }
        acceptors.withLock { $0.append(acceptor) }
        return Listener(socket: socket)
    }

    /// Answers what comes in and asks clients not to come back on the same connection, until the time has passed and
    /// the requests that were under way at its beginning are answered, at most until `limit`. Blocks; not for event
    /// loops.
    public func announceEnd(for time: Duration, limit: Duration) {
        let (begin, end) = (Deadline.after(time), Deadline.after(limit))
        for loop in loops.loops { loop.eventLoop.execute { loop.value.announceEnd() } }
        while !end.hasPassed && !(begin.hasPassed && !hasWorkFromBefore) { usleep(10_000) }
    }

    /// A loop that does not say is one that somebody keeps busy.
    private var hasWorkFromBefore: Bool {
        loops.loops.contains { loop in
            let answer = Monitor<Bool?>(nil)
            loop.eventLoop.execute {
                let hasWork = loop.value.hasWorkFromBefore
                answer.withLock { $0 = hasWork }
                answer.signal()
            }
            return answer.wait(until: .after(.milliseconds(100))) { $0 } ?? true
        }
    }

    /// Takes no more connections, lets requests under way finish, closes what is left after the given time, and ends
    /// the event loops; one that is kept busy beyond that ends with the process. Blocks; not for event loops. The
    /// server cannot be used again; a second call does nothing.
    public func shutDown(drainingFor time: Duration) {
        guard !isShutDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for acceptor in acceptors.withLock({ $0 }) { acceptor.stop() }
        let limit = Deadline.after(time + Self.closingTime)
        let drained = loops.loops.map { loop in
            let (promise, latch) = (loop.eventLoop.makePromise(of: Void.self), Latch())
            promise.futureResult.whenComplete { _ in latch.open() }
            loop.eventLoop.execute { loop.value.drain(promise: promise) }
            loop.eventLoop.scheduleTask(in: TimeAmount(time)) { loop.value.closeAll() }
            return latch
        }
        acceptors.withLock { $0 = [] }
        if drained.allSatisfy({ $0.wait(until: limit) }) {
            try? group.syncShutdownGracefully()
        } else {
            // Its threads still use it.
            _ = Unmanaged.passRetained(group)
        }
    }

    /// Time in which connections are closed after they were told to.
    private static let closingTime = Duration.seconds(2)

    private func initialize(
        _ channel: any Channel, _ settings: ListenerSettings, _ handler: any ServerHandler
    ) -> EventLoopFuture<Void> {
        // A failure closes the channel before it was ever active.
        guard tally.admit(channel) else { return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        return channel.eventLoop.makeCompletedFuture {
            let handlers = HandlerSet(
                channel: channel, handler: handler, listener: settings, configuration: configuration,
                loop: loops[channel.eventLoop])
            try handlers.begin()
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
