import CGantry

/// `gantry.websocket`: connections over which both sides send messages. Any thread.
enum WebSocketTable {
    typealias Call = UnsafePointer<gantry_call_v1>?

    /// More than any client could be meant to take at once.
    private static let maximumMessageBytes: UInt64 = 16 << 20
    private static let maximumReasonBytes: UInt64 = 123

    static let accept:
        @convention(c) (
            Call, gantry_str_v1, gantry_socket_fn_v1?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>?
        ) -> Int32 = { call, subprotocol, onEvent, context, outSocket in
            guard let onEvent, let outSocket, let subprotocol = subprotocol.text else {
                return ModuleStatus.invalid.rawValue
            }
            guard let found = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
            let function = ModuleSocket.Function(function: onEvent, context: context)
            let status = found.accept(subprotocol, function, outSocket)
            if status == .invalid || status == .already { Misuse.note(call, "gantry.websocket.accept", status) }
            return status.rawValue
        }

    static let resume: @convention(c) (Call, UInt64) -> Int32 = { call, socket in
        withSocket(call, socket, "gantry.websocket.resume") { socket in
            socket.resume()
            return .ok
        }
    }

    static let send: @convention(c) (Call, UInt64, UInt32, gantry_str_v1) -> Int32 = { call, socket, kind, data in
        let isText = kind == GANTRY_SOCKET_TEXT.rawValue
        return withSocket(call, socket, "gantry.websocket.send") { socket in
            guard data.isSpan, isText || kind == GANTRY_SOCKET_BINARY.rawValue else { return .invalid }
            guard data.size <= maximumMessageBytes else { return .invalid }
            return socket.port.send(isText: isText, data.buffer)
        }
    }

    static let close: @convention(c) (Call, UInt64, UInt32, gantry_str_v1) -> Int32 = { call, socket, code, reason in
        withSocket(call, socket, "gantry.websocket.close") { socket in
            guard isCode(code), reason.size <= maximumReasonBytes, reason.text != nil else { return .invalid }
            return socket.port.close(code: Int(code), reason: reason.buffer)
        }
    }

    /// Codes that may be sent: others are reserved, or only ever made up by who receives nothing.
    private static func isCode(_ code: UInt32) -> Bool {
        switch code {
        case 1000, 1001, 1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// Of the call only the instance counts; a socket of another instance is no socket.
    private static func withSocket(
        _ call: Call, _ handle: UInt64, _ function: StaticString, _ body: (ModuleSocket) -> ModuleStatus
    ) -> Int32 {
        guard let instance = call.flatMap({ ModuleInstance.table.resolve($0.pointee.instance) }),
            let socket = ModuleSocket.table.resolve(handle), socket.instance === instance
        else { return ModuleStatus.stale.rawValue }
        let status = body(socket)
        // That a client leaves or reads too slowly is no fault of the module's.
        if status == .invalid { Misuse.note(call, function, status) }
        return status.rawValue
    }
}

extension ModuleCall {
    /// Makes a socket of an opening.
    func accept(
        _ subprotocol: String, _ function: ModuleSocket.Function, _ outSocket: UnsafeMutablePointer<UInt64>
    ) -> ModuleStatus {
        guard let port = sink?.socket, subprotocol.isEmpty || port.offers(subprotocol) else { return .invalid }
        if instance.isQuiescing { return .cancelled }
        guard claimAnswer() else { return .already }
        let socket = ModuleSocket(call: self, port: port, function: function)
        hold(socket)
        outSocket.pointee = socket.handle
        guard port.accept(subprotocol: subprotocol, receiver: socket) else {
            socket.abandon()
            finishAnswer()
            return .cancelled
        }
        socket.opened()
        return .ok
    }
}
