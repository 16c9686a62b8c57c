import CGantry
import Glibc

/// The call that a socket was opened by: a copy, with what the host tells of the socket.
///
/// `@unchecked Sendable`: everything is written in the initializer only.
final class SocketCall: CallCopy, @unchecked Sendable {
    /// Takes one event of the host's.
    typealias Function = @Sendable (Socket, _ event: UInt32, _ code: UInt32, _ data: gantry_str_v1) -> Status

    let table: UnsafePointer<gantry_websocket_v1>
    private let tables: UnsafePointer<HostTables>
    /// Keeps the tables: a socket may be held longer than its instance lives.
    private let owner: HostTablesBox?

    init(_ scope: CallScope, _ table: UnsafePointer<gantry_websocket_v1>) {
        self.table = table
        tables = scope.tables
        owner = scope.tables.pointee.owner?.takeUnretainedValue()
        super.init(scope.call.pointee)
    }

    var scope: CallScope { CallScope(call: pointer, tables: tables) }

    /// Accepts the opening. The function keeps what it captures until the socket is over.
    func accept(subprotocol: String, _ function: @escaping Function) throws(HostError) -> Socket {
        let listener = SocketListener(function)
        let ticket = Ticket.issue(listener)
        var id: UInt64 = 0
        let status = subprotocol.withText {
            table.pointee.accept.unsafelyUnwrapped(pointer, $0, SocketListener.take, ticket, &id)
        }
        do throws(HostError) { try HostError.checkAccepted(status, "gantry.websocket accept") } catch {
            _ = Ticket.redeem(ticket, as: SocketListener.self)
            listener.settle(.refused)
            throw error
        }
        let socket = Socket(id, self)
        listener.settle(.open(socket))
        return socket
    }
}

/// What the host calls for one socket.
private final class SocketListener: Sendable {
    enum Phase {
        /// `accept` has not returned on the thread that is named.
        case opening(pthread_t)
        case open(Socket)
        case refused
    }

    private let function: SocketCall.Function
    private let phase = Monitor(Phase.opening(pthread_self()))

    init(_ function: @escaping SocketCall.Function) { self.function = function }

    func settle(_ phase: Phase) {
        self.phase.withLock { $0 = phase }
        self.phase.broadcast()
    }

    /// The socket; nil where there is none, or where this thread has yet to learn of it.
    private func socket() -> Socket? {
        let settled = phase.wait { phase -> Phase? in
            if case .opening(let thread) = phase, pthread_equal(thread, pthread_self()) == 0 { return nil }
            return phase
        }
        if case .open(let socket) = settled { return socket }
        return nil
    }

    static let take: gantry_socket_fn_v1 = { ticket, event, code, data in
        guard let listener = Ticket.object(ticket, as: SocketListener.self) else { return Status.stale.rawValue }
        // The end may come before `accept` has returned, if only by a moment.
        guard let socket = listener.socket() else { return Status.invalid.rawValue }
        let isEnd = event == GANTRY_SOCKET_CLOSED.rawValue
        // Told of the end once.
        if isEnd, Ticket.redeem(ticket, as: SocketListener.self) == nil { return Status.stale.rawValue }
        return listener.function(socket, event, code, data).rawValue
    }
}
