import CGantry

/// The call that a socket was opened by: a copy, with what the host tells of the socket.
///
/// `@unchecked Sendable`: everything is written in the initializer only.
final class SocketCall: CallCopy, @unchecked Sendable {
    /// Takes one event of the host's.
    typealias Function = @Sendable (Socket, _ event: UInt32, _ code: UInt32, _ data: gantry_str_v1) -> Status

    let table: UnsafePointer<gantry_websocket_v1>
    /// Lives as long as the instance, so at least until the host has told of the socket's end.
    private let tables: UnsafePointer<HostTables>

    init(_ scope: CallScope, _ table: UnsafePointer<gantry_websocket_v1>) {
        self.table = table
        tables = scope.tables
        super.init(scope.call.pointee)
    }

    var scope: CallScope { CallScope(call: pointer, tables: tables) }

    /// Accepts the opening. The function keeps what it captures until the socket is over.
    func accept(subprotocol: String, _ function: @escaping Function) throws(HostError) -> Socket {
        let listener = SocketListener(function)
        let context = Unmanaged.passRetained(listener).toOpaque()
        var id: UInt64 = 0
        let status = subprotocol.withText {
            table.pointee.accept.unsafelyUnwrapped(pointer, $0, SocketListener.take, context, &id)
        }
        guard status >= 0 else {
            Unmanaged<SocketListener>.fromOpaque(context).release()
            throw HostError(
                Status(rawValue: status), message: "gantry.websocket accept answered: \(Status(rawValue: status))")
        }
        let socket = Socket(id, self)
        listener.open(socket)
        return socket
    }
}

/// What the host calls for one socket.
private final class SocketListener: Sendable {
    private let function: SocketCall.Function
    private let socket = Monitor<Socket?>(nil)

    init(_ function: @escaping SocketCall.Function) { self.function = function }

    func open(_ socket: Socket) {
        self.socket.withLock { $0 = socket }
        self.socket.broadcast()
    }

    static let take: gantry_socket_fn_v1 = { context, event, code, data in
        guard let context else { return Status.invalid.rawValue }
        let listener = Unmanaged<SocketListener>.fromOpaque(context)
        // The end may come before `accept` has returned, if only by a moment.
        let status = listener._withUnsafeGuaranteedRef { listener -> Status in
            guard let socket = listener.socket.wait({ $0 }) else { return .invalid }
            return listener.function(socket, event, code, data)
        }
        if event == GANTRY_SOCKET_CLOSED.rawValue { listener.release() }
        return status.rawValue
    }
}
