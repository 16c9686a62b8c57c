import CGantry

/// A message of a WebSocket.
public enum SocketMessage: Sendable, Equatable {
    /// Text.
    case text(String)
    /// Bytes.
    case binary([UInt8])

    /// The text; nil for bytes.
    public var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    /// The JSON of a text as a value of `type`; throws where it is none, or does not fit.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard case .text(let text) = self else { throw HostError(.invalid, message: "The message is not text") }
        return try JSONDocument(text).withRoot { root in try JSONCoding.decode(type, from: root) }
    }

    init(_ event: UInt32, _ data: gantry_str_v1) {
        self = event == GANTRY_SOCKET_TEXT.rawValue ? .text(data.string) : .binary(Array(data.buffer))
    }
}

/// How a WebSocket ended.
public struct SocketEnd: Sendable, Equatable {
    /// The close code: 1005 where the client gave none, 1006 where the connection broke off.
    public var code: Int
    /// The close reason.
    public var reason: String

    /// An end.
    public init(code: Int, reason: String = "") {
        self.code = code
        self.reason = reason
    }
}

/// An open WebSocket: may be kept, and sent to from any thread and within any call of the instance. Once the socket is
/// over, its functions throw `HostError` with `.stale`.
public final class Socket: Sendable, Hashable {
    /// Names the socket within its instance.
    public let id: UInt64
    private let call: SocketCall

    init(_ id: UInt64, _ call: SocketCall) {
        self.id = id
        self.call = call
    }

    /// Sends text.
    ///
    /// When too much waits for the client, the manifest decides: by `overflow: close` the socket is closed and this
    /// throws `.limit`, by `overflow: wait` nothing is sent and it throws `.busy`.
    public func send(_ text: String) throws(HostError) {
        try HostError.check(text.withText { send(GANTRY_SOCKET_TEXT, $0) }, "gantry.websocket send")
    }

    /// Sends bytes; throws like the other form.
    public func send(_ bytes: [UInt8]) throws(HostError) {
        let status = bytes.withUnsafeBufferPointer { send(GANTRY_SOCKET_BINARY, gantry_str_v1(borrowing: $0)) }
        try HostError.check(status, "gantry.websocket send")
    }

    /// Sends a message as it is.
    public func send(_ message: SocketMessage) throws(HostError) {
        switch message {
        case .text(let text): try send(text)
        case .binary(let bytes): try send(bytes)
        }
    }

    /// Sends the JSON of `value` as text.
    public func send(json value: some Encodable) throws {
        let bytes = try JSONCoding.encode(value)
        let status = bytes.withUnsafeBufferPointer { send(GANTRY_SOCKET_TEXT, gantry_str_v1(borrowing: $0)) }
        try HostError.check(status, "gantry.websocket send")
    }

    /// Closes the socket after what was sent; does nothing when it is over. What the client sends is not received any
    /// more.
    ///
    /// - Parameters:
    ///   - code: 1000, 1001, 1003, 1007 to 1014, or one of the module's own from 3000 to 4999.
    ///   - reason: At most 123 bytes.
    public func close(_ code: Int = 1000, reason: String = "") throws(HostError) {
        let status = reason.withText { reason in
            call.table.pointee.close.unsafelyUnwrapped(call.pointer, id, UInt32(clamping: code), reason)
        }
        if status != Status.stale.rawValue { try HostError.check(status, "gantry.websocket close") }
    }

    /// Has the host hand over what comes. Nothing does from a client that has left, which is no failure.
    func resume() throws(HostError) {
        let status = call.table.pointee.resume.unsafelyUnwrapped(call.pointer, id)
        if status == Status.stale.rawValue { return try close(1011, reason: "internal error") }
        try HostError.check(status, "gantry.websocket resume")
    }

    private func send(_ kind: gantry_socket_event_v1, _ data: gantry_str_v1) -> Int32 {
        call.table.pointee.send.unsafelyUnwrapped(call.pointer, id, kind.rawValue, data)
    }

    /// Whether both are the same socket.
    public static func == (left: Socket, right: Socket) -> Bool { left.id == right.id }

    /// By its number.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// What the functions of a socket work with: the socket, and the services on behalf of who has opened it. It cannot be
/// kept; the socket can.
public struct SocketContext: BlockingServices, ~Copyable {
    /// The call that the services work for.
    public let scope: CallScope
    /// The socket.
    public let socket: Socket
}

extension HostServices where Self: ~Copyable {
    /// The socket of this number, which must belong to the instance: functions of any other throw `.stale`.
    public func socket(_ id: UInt64) throws(HostError) -> Socket {
        Socket(id, SocketCall(scope, try scope.tables.pointee.websocket.get()))
    }
}

extension Request {
    /// Subprotocols that the client names, of which `accept` may be given one.
    public var subprotocols: [String] { Socket.subprotocols(headers) }

    /// Accepts the opening of a WebSocket: the route's manifest entry has a member `websocket`.
    ///
    /// ```swift
    /// .operation("connect") { _, request in
    ///     try request.accept { context, message in try context.socket.send(message) }
    /// }
    /// ```
    /// - Parameters:
    ///   - subprotocol: One of those that the client names, or empty.
    ///   - opened: Sends what comes first: no message is received before it has returned. What it throws closes the
    ///     socket with 1011.
    ///   - closed: Told of the end, once and last.
    ///   - received: Takes the messages, one at a time and in order, where a `blocking` route may wait. What it throws
    ///     is logged and closes the socket with 1011.
    public func accept(
        subprotocol: String = "", opened: (Socket) throws -> Void = { _ in },
        closed: @escaping @Sendable (borrowing SocketContext, SocketEnd) -> Void = { _, _ in },
        received: @escaping @Sendable (borrowing SocketContext, SocketMessage) throws -> Void
    ) throws -> Response {
        let table = try scope.tables.pointee.websocket.get()
        let call = SocketCall(scope, table)
        let socket = try call.accept(subprotocol: subprotocol) { socket, event, code, data in
            let context = SocketContext(scope: call.scope, socket: socket)
            switch event {
            case GANTRY_SOCKET_CLOSED.rawValue:
                closed(context, SocketEnd(code: Int(code), reason: data.string))
            case GANTRY_SOCKET_TEXT.rawValue, GANTRY_SOCKET_BINARY.rawValue:
                do { try received(context, SocketMessage(event, data)) } catch {
                    // That a client leaves, or reads too slowly, is no fault of the module's.
                    if let status = (error as? HostError)?.status, status == .stale || status == .limit { return .ok }
                    context.log.error("A message could not be handled", ["error": Outcome.message(of: error)])
                    return .failed
                }
            default: break
            }
            return .ok
        }
        try opened(socket)
        try socket.resume()
        return .streamed
    }
}

extension Socket {
    static func subprotocols(_ headers: Fields) -> [String] {
        (headers["sec-websocket-protocol"] ?? "").split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}
