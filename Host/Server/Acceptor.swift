import GantryThreads
import Glibc
import NIOCore

/// Takes connections from one listening socket on a thread of its own and spreads them over the event loops.
///
/// An event loop that somebody's code keeps busy gets no new connections: what it was given and has not begun with is
/// given to another. When the acceptor has stopped, each connection that it took is with a loop, and all others wait in
/// the socket.
final class Acceptor: Sendable {
    /// A loop counts as stuck when a connection has waited for it for so long.
    private static let patienceMilliseconds: Int64 = 100
    /// How often that is looked at while one waits.
    private static let lookMilliseconds: Int32 = 25
    /// How long nothing is taken when the process has no descriptor left.
    private static let pauseMilliseconds: Int64 = 100
    private static let batch = 64

    let socket: ListeningSocket
    private let inboxes: [Inbox]
    /// A byte that is written ends the thread.
    private let wake: (reader: Int32, writer: Int32)
    private let hasEnded = Latch()

    /// Begins to take connections.
    /// - Parameter onConnection: called on the event loop with each; the descriptor belongs to it from then on.
    init(
        _ socket: ListeningSocket, loops: [any EventLoop],
        onConnection: @escaping @Sendable (Int32, any EventLoop) -> Void
    ) {
        self.socket = socket
        inboxes = loops.map { Inbox($0, onConnection) }
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        precondition(socketpair(AF_UNIX, type, 0, &ends) == 0, "no sockets: \(String(cString: strerror(errno)))")
        wake = (ends[0], ends[1])
        DetachedThread.start { self.run() }
    }

    deinit {
        close(wake.reader)
        close(wake.writer)
    }

    /// Takes no more. When it returns, every connection that was taken has been announced to its loop.
    func stop() {
        var byte: UInt8 = 1
        _ = write(wake.writer, &byte, 1)
        hasEnded.wait()
    }

    private func run() {
        var next = 0
        var pausedUntil: Int64 = 0
        var isPaused = false
        while true {
            isPaused = isPaused && Self.milliseconds < pausedUntil
            var descriptors = [
                pollfd(fd: wake.reader, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isPaused ? -1 : socket.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let someoneWaits = isPaused || inboxes.contains { $0.since != nil }
            _ = poll(&descriptors, 2, someoneWaits ? Self.lookMilliseconds : -1)
            if descriptors[0].revents != 0 { break }
            if descriptors[1].revents != 0, !accept(&next) {
                isPaused = true
                pausedUntil = Self.milliseconds + Self.pauseMilliseconds
            }
            if inboxes.count > 1 { relieveStuckLoops(&next) }
        }
        hasEnded.open()
    }

    /// Takes what waits; false when the process has no descriptor for it.
    private func accept(_ next: inout Int) -> Bool {
        for _ in 0..<Self.batch {
            let connection = Glibc.accept(socket.descriptor, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                choose(&next).put(connection)
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return false
            default: return true
            }
        }
        return true
    }

    /// The loops in turn, without those that are stuck as long as one is not.
    private func choose(_ next: inout Int) -> Inbox {
        let limit = Self.milliseconds - Self.patienceMilliseconds
        for _ in inboxes {
            let inbox = inboxes[next]
            next = (next + 1) % inboxes.count
            if inbox.since ?? .max > limit { return inbox }
        }
        return inboxes[next]
    }

    private func relieveStuckLoops(_ next: inout Int) {
        let limit = Self.milliseconds - Self.patienceMilliseconds
        let stuck = inboxes.filter { $0.since ?? .max <= limit }
        guard !stuck.isEmpty, stuck.count < inboxes.count else { return }
        for inbox in stuck {
            for connection in inbox.takeBack() { choose(&next).put(connection) }
        }
    }

    static var milliseconds: Int64 { Deadline.now.monotonicNanoseconds / 1_000_000 }
}

/// The connections that one event loop was given and has not begun with. Any thread.
private final class Inbox: Sendable {
    private struct State {
        var connections: [Int32] = []
        /// When the loop was last told and had not come since; it stays while the loop is stuck.
        var since: Int64?
    }

    private let eventLoop: any EventLoop
    private let onConnection: @Sendable (Int32, any EventLoop) -> Void
    private let state = Lock(State())

    init(_ eventLoop: any EventLoop, _ onConnection: @escaping @Sendable (Int32, any EventLoop) -> Void) {
        self.eventLoop = eventLoop
        self.onConnection = onConnection
    }

    /// Since when the loop owes a look, in milliseconds; nil when it owes none.
    var since: Int64? { state.withLock { $0.since } }

    func put(_ connection: Int32) {
        let needsTelling = state.withLock { state in
            state.connections.append(connection)
            guard state.since == nil else { return false }
            state.since = Acceptor.milliseconds
            return true
        }
        if needsTelling { eventLoop.execute { self.empty() } }
    }

    func takeBack() -> [Int32] {
        state.withLock { state in
            defer { state.connections = [] }
            return state.connections
        }
    }

    private func empty() {
        let connections = state.withLock { state in
            defer { state = State() }
            return state.connections
        }
        for connection in connections { onConnection(connection, eventLoop) }
    }
}
