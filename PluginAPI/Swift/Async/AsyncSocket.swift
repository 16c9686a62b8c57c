import CGantry

/// An open WebSocket as an asynchronous handler sees it: a sequence of messages, and a way back.
///
/// The handler's task is cancelled when the instance closes. Sending may be done by any task; the messages are for one.
public final class AsyncSocket: Sendable, AsyncSequence {
    /// What the sequence is made of.
    public typealias Element = SocketMessage

    /// Messages that wait here before the host is asked to hold the rest back.
    private static let capacity = 16

    private struct State {
        var messages: [SocketMessage] = []
        /// The host holds a message back until it is asked for.
        var isFull = false
        var end: SocketEnd?
        var waiter: CheckedContinuation<SocketMessage?, Never>?
        var senders: [CheckedContinuation<Void, Never>] = []
        /// Room was told while nobody waited for it: somebody may be about to.
        var hasRoom = false
    }

    /// The socket, which may be kept and sent to from elsewhere.
    public var socket: Socket { opened.withLock { $0 }.unsafelyUnwrapped }

    private let state = Monitor(State())
    private let opened = Monitor<Socket?>(nil)

    init() {}

    /// How the socket ended; nil while it is open.
    public var end: SocketEnd? { state.withLock { $0.end } }

    /// The next message, as soon as there is one; nil once the socket is over.
    public func next() async -> SocketMessage? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<SocketMessage?, Never>) in
                let (message, isOver, resumes) = state.withLock { state -> (SocketMessage?, Bool, Bool) in
                    guard let message = state.messages.first else {
                        if state.end != nil || Task.isCancelled { return (nil, true, false) }
                        precondition(state.waiter == nil, "two tasks receive from one socket")
                        state.waiter = continuation
                        return (nil, false, false)
                    }
                    state.messages.removeFirst()
                    defer { if state.messages.isEmpty { state.isFull = false } }
                    return (message, true, state.isFull && state.messages.isEmpty)
                }
                if resumes { resume() }
                if isOver { continuation.resume(returning: message) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
    }

    /// Sends text, without a thread while too much waits for the client; throws `HostError` with `.limit` or `.stale`
    /// once the socket is over.
    public func send(_ text: String) async throws { try await send(.text(text)) }

    /// Sends bytes.
    public func send(_ bytes: [UInt8]) async throws { try await send(.binary(bytes)) }

    /// Sends the JSON of `value` as text.
    public func send(json value: some Encodable) async throws {
        try await send(.text(String(decoding: JSONCoding.encode(value), as: UTF8.self)))
    }

    /// Sends a message as it is.
    public func send(_ message: SocketMessage) async throws {
        while true {
            do throws(HostError) { return try socket.send(message) } catch {
                guard error.status == .busy else { throw error }
            }
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    defer { state.hasRoom = false }
                    if state.hasRoom || state.end != nil { return false }
                    state.senders.append(continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        }
    }

    /// Closes the socket after what was sent; see `Socket.close`.
    public func close(_ code: Int = 1000, reason: String = "") throws { try socket.close(code, reason: reason) }

    func open(_ socket: Socket) {
        opened.withLock { $0 = socket }
        resume()
    }

    /// Whoever waits for a message that the host cannot hand over must not wait for ever.
    private func resume() {
        do throws(HostError) { try socket.resume() } catch { try? socket.close(1011, reason: "internal error") }
    }

    /// Takes what the host tells.
    func take(_ event: UInt32, _ code: UInt32, _ data: gantry_str_v1) -> Status {
        switch event {
        case GANTRY_SOCKET_CLOSED.rawValue: finish(SocketEnd(code: Int(code), reason: data.string))
        case GANTRY_SOCKET_WRITABLE.rawValue:
            let senders = state.withLock { state in
                state.hasRoom = state.senders.isEmpty
                defer { state.senders = [] }
                return state.senders
            }
            for sender in senders { sender.resume() }
        default: return receive(SocketMessage(event, data))
        }
        return .ok
    }

    private func receive(_ message: SocketMessage) -> Status {
        let (status, waiter) = state.withLock { state -> (Status, CheckedContinuation<SocketMessage?, Never>?) in
            if let waiter = state.waiter {
                state.waiter = nil
                return (.ok, waiter)
            }
            guard state.messages.count < Self.capacity else {
                state.isFull = true
                return (.busy, nil)
            }
            state.messages.append(message)
            return (.ok, nil)
        }
        waiter?.resume(returning: message)
        return status
    }

    private func finish(_ end: SocketEnd) {
        let (waiter, senders) = state.withLock { state in
            state.end = end
            defer { (state.waiter, state.senders) = (nil, []) }
            return (state.waiter, state.senders)
        }
        waiter?.resume(returning: nil)
        for sender in senders { sender.resume() }
    }

    /// Receives the messages in order.
    public func makeAsyncIterator() -> Iterator { Iterator(socket: self) }

    /// Receives the messages in order.
    public struct Iterator: AsyncIteratorProtocol {
        let socket: AsyncSocket

        /// The next message; nil once the socket is over.
        public func next() async -> SocketMessage? { await socket.next() }
    }
}

extension AsyncRequest {
    /// Subprotocols that the client names, of which `accept` may be given one.
    public var subprotocols: [String] { Socket.subprotocols(headers) }

    /// Accepts the opening of a WebSocket and lets `body` converse with the client: the route's manifest entry has a
    /// member `websocket`. When `body` returns, the socket is closed with 1000; what it throws is logged and closes the
    /// socket with 1011.
    ///
    /// ```swift
    /// .operation("connect") { _, request in
    ///     try await request.accept { socket in
    ///         for await message in socket { try await socket.send(message) }
    ///     }
    /// }
    /// ```
    /// - Parameter subprotocol: One of those that the client names, or empty.
    public func accept(
        subprotocol: String = "", _ body: @Sendable (AsyncSocket) async throws -> Void
    ) async throws -> Response {
        let call = SocketCall(scope, try scope.tables.pointee.websocket.get())
        let socket = AsyncSocket()
        socket.open(
            try call.accept(subprotocol: subprotocol) { _, event, code, data in socket.take(event, code, data) })
        do {
            try await body(socket)
            // A task that was cancelled has not come to an end of its own: the instance closes.
            try Task.isCancelled ? socket.close(1001, reason: "shutdown") : socket.close()
        } catch {
            if socket.end == nil { Response.logBrokenOff(error, scope) }
            try? socket.close(1011, reason: "internal error")
        }
        return .streamed
    }
}
