import CGantry
import GantryKit

/// `gantry.websocket`: the client is the test.
enum WebSocketTable {
    static let table = gantry_websocket_v1(
        accept: { call, subprotocol, onEvent, context, outSocket in
            TestHost.with(call, "gantry.websocket accept") { host, call in
                guard let onEvent, let outSocket else { return .invalid }
                let subprotocol = subprotocol.copy
                let status = host.state.withLock { state -> Status in
                    guard let names = call.openingSubprotocols else { return .invalid }
                    guard subprotocol.isEmpty || names.contains(subprotocol) else { return .invalid }
                    if call.isAnswered || call.isStarted { return .already }
                    call.isAnswered = true
                    call.response = TestResponse(status: 101)
                    let socket = OpenSocket(state.next(), call, onEvent, context, subprotocol: subprotocol)
                    call.socket = socket
                    state.sockets[socket.number] = socket
                    outSocket.pointee = socket.number
                    return .ok
                }
                host.state.broadcast()
                return status
            }
        },
        resume: { call, socket in
            withSocket(call, socket, "gantry.websocket resume") { host, socket in
                socket.isPaused = false
                host.deliver(socket)
                return .ok
            }
        },
        send: { call, socket, kind, data in
            let bytes = data.copiedBytes
            let text = String(validating: bytes, as: UTF8.self)
            return withSocket(call, socket, "gantry.websocket send") { host, socket in
                if socket.end != nil { return .stale }
                if socket.room == 0 {
                    socket.isWaited = true
                    return .busy
                }
                switch kind {
                case GANTRY_SOCKET_TEXT.rawValue:
                    guard let text else { return .invalid }
                    socket.sent.append(.text(text))
                case GANTRY_SOCKET_BINARY.rawValue: socket.sent.append(.binary(bytes))
                default: return .invalid
                }
                socket.room -= 1
                return .ok
            }
        },
        close: { call, socket, code, reason in
            let reason = reason.copy
            return withSocket(call, socket, "gantry.websocket close") { host, socket in
                guard isCode(code), reason.utf8.count <= 123 else { return .invalid }
                if socket.end != nil { return .stale }
                host.end(socket, SocketEnd(code: Int(code), reason: reason), dropsMessages: true)
                return .ok
            }
        })

    private static func isCode(_ code: UInt32) -> Bool {
        switch code {
        case 1000, 1001, 1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// The body runs with the lock of the host's state held.
    private static func withSocket(
        _ call: UnsafePointer<gantry_call_v1>?, _ number: UInt64, _ function: String,
        _ body: (TestHost, OpenSocket) -> Status
    ) -> Int32 {
        TestHost.withInstance(call, function) { host in
            let status = host.state.withLock { state -> Status in
                guard let socket = state.sockets[number] else { return .stale }
                return body(host, socket)
            }
            host.state.broadcast()
            return status
        }
    }
}

/// A socket as the host for tests knows it.
final class OpenSocket: @unchecked Sendable {
    // Guard: the host's `state` protects everything that changes; the context is the module's own, handed back to its
    // function only, one call at a time.
    let number: UInt64
    let call: TestCall
    let subprotocol: String
    let onEvent: gantry_socket_fn_v1
    let context: UnsafeMutableRawPointer?
    /// What the module has sent and the test has not received.
    var sent: [SocketMessage] = []
    /// Messages that the client takes before the module is told to wait.
    var room = Int.max
    var isWaited = false
    /// What the test has sent and the module has not taken.
    var messages: [SocketMessage] = []
    var isPaused = true
    var isDelivering = false
    var end: SocketEnd?

    init(
        _ number: UInt64, _ call: TestCall, _ onEvent: @escaping gantry_socket_fn_v1,
        _ context: UnsafeMutableRawPointer?, subprotocol: String
    ) {
        self.number = number
        self.call = call
        self.onEvent = onEvent
        self.context = context
        self.subprotocol = subprotocol
    }

    /// Whether there is something to tell now.
    var isWaiting: Bool { (isWaited && room > 0) || (messages.isEmpty ? end != nil : !isPaused) }
}

extension TestHost {
    /// Ends a socket; with the lock of the state held.
    func end(_ socket: OpenSocket, _ end: SocketEnd, dropsMessages: Bool) {
        guard socket.end == nil else { return }
        socket.end = end
        if dropsMessages { socket.messages = [] }
        deliver(socket)
    }

    /// Has the module told what there is, soon; with the lock of the state held.
    func deliver(_ socket: OpenSocket) {
        guard !socket.isDelivering, socket.isWaiting else { return }
        socket.isDelivering = true
        if socket.call.isInline {
            threads.submit(.init { self.tell(socket) })
        } else {
            threads.submitBlocking(.init { self.threads.enter(isImpatient: false) { self.tell(socket) } })
        }
    }

    private enum Step {
        case room
        case message(SocketMessage)
        case end(SocketEnd)
    }

    private func tell(_ socket: OpenSocket) {
        while let step = nextStep(socket) {
            let memory = LentMemory()
            switch step {
            case .room:
                _ = socket.onEvent(socket.context, GANTRY_SOCKET_WRITABLE.rawValue, 0, memory.text(""))
            case .message(let message): tell(socket, message, memory)
            case .end(let end):
                let reason = memory.text(end.reason)
                _ = socket.onEvent(socket.context, GANTRY_SOCKET_CLOSED.rawValue, UInt32(end.code), reason)
                state.withLock { state in
                    state.sockets[socket.number] = nil
                    // The end comes when it comes: what a handler still does with its call is no fault of its own.
                    state.leftCalls.insert(socket.call.number)
                }
                return finish(socket.call)
            }
            state.broadcast()
        }
    }

    private func nextStep(_ socket: OpenSocket) -> Step? {
        state.withLock { _ in
            if socket.isWaited && socket.room > 0 {
                socket.isWaited = false
                return .room
            }
            if let message = socket.messages.first, !socket.isPaused { return .message(message) }
            if socket.messages.isEmpty, let end = socket.end { return .end(end) }
            socket.isDelivering = false
            return nil
        }
    }

    private func tell(_ socket: OpenSocket, _ message: SocketMessage, _ memory: LentMemory) {
        // The refusal of a message may come after the module has resumed.
        state.withLock { _ in socket.isPaused = true }
        let status =
            switch message {
            case .text(let text): socket.onEvent(socket.context, GANTRY_SOCKET_TEXT.rawValue, 0, memory.text(text))
            case .binary(let bytes):
                socket.onEvent(socket.context, GANTRY_SOCKET_BINARY.rawValue, 0, memory.bytes(bytes))
            }
        state.withLock { _ in
            if status == Status.busy.rawValue { return }
            socket.isPaused = false
            if !socket.messages.isEmpty { socket.messages.removeFirst() }
            guard status != Status.ok.rawValue, socket.end == nil else { return }
            socket.end = SocketEnd(code: 1011, reason: "internal error")
            socket.messages = []
        }
    }
}
