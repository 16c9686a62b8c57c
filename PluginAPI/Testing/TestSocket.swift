import CGantry
public import GantryKit

/// An opening that the module has refused.
public struct TestRefusal: Error, Sendable {
    /// What it answered.
    public let response: TestResponse
}

/// The client's end of a WebSocket in a test. From one thread at a time.
public struct TestSocket: Sendable {
    let host: TestHost
    let socket: OpenSocket

    /// The subprotocol that the module has chosen; empty for none.
    public var subprotocol: String { socket.subprotocol }

    /// How the socket ended; nil while it is open.
    public var end: SocketEnd? { host.state.withLock { _ in socket.end } }

    /// Sends text to the module.
    public func send(_ text: String) { send(.text(text)) }

    /// Sends bytes to the module.
    public func send(_ bytes: [UInt8]) { send(.binary(bytes)) }

    private func send(_ message: SocketMessage) {
        host.state.withLock { _ in
            guard socket.end == nil else { return }
            socket.messages.append(message)
            host.deliver(socket)
        }
    }

    /// Closes the socket from the client's side.
    public func close(_ code: Int = 1000, reason: String = "") {
        host.state.withLock { _ in
            host.end(socket, SocketEnd(code: code, reason: reason), dropsMessages: false)
        }
        host.state.broadcast()
    }

    /// From now on the client takes so many messages more, and the module is told to wait then; nil for any number.
    public func takes(_ count: Int?) {
        host.state.withLock { _ in
            socket.room = count ?? .max
            host.deliver(socket)
        }
    }

    /// The next message of the module's; throws `TestFailure` when none comes, or the socket is over.
    public func receive() throws -> SocketMessage {
        let received = wait { () -> SocketMessage?? in
            if !socket.sent.isEmpty { return .some(socket.sent.removeFirst()) }
            return socket.end == nil ? nil : .some(nil)
        }
        switch received {
        case .some(.some(let message)): return message
        case .some(nil): throw TestFailure("the socket is over: \(end.map { "\($0.code) \($0.reason)" } ?? "")")
        case nil: throw TestFailure("the module has sent nothing")
        }
    }

    /// Waits for the end, and until the module was told of it; throws `TestFailure` when it does not come.
    public func waitForEnd() throws -> SocketEnd {
        let isOver = wait { () -> Bool? in socket.end != nil && socket.call.isOver ? true : nil }
        guard isOver != nil, let end else { throw TestFailure("the socket stays open") }
        return end
    }

    private func wait<Result>(_ body: () -> Result?) -> Result? {
        host.threads.waiting {
            host.state.wait(untilNanoseconds: host.patienceEnd) { _ in body() }
        }
    }
}

extension TestHost {
    /// Opens a WebSocket at `path`; throws `TestRefusal` when the module answers the opening otherwise.
    public func connect(
        _ path: String, headers: [(name: String, value: String)] = [], as principal: TestPrincipal = .nobody
    ) throws -> TestSocket {
        var request = Request("GET", path, as: principal)
        request.headers = headers
        let names = headers.filter { $0.name.lowercased() == "sec-websocket-protocol" }.map(\.value)
        let subprotocols = names.flatMap { $0.split(separator: ",").map { String($0.drop { $0 == " " }) } }
        let (call, status) = try open(request, subprotocols: subprotocols)
        if let socket = accepted(call, status) { return socket }
        throw TestRefusal(response: try outcome(call, status))
    }

    /// The client's end of what an opening has become; nil where it was answered otherwise.
    private func accepted(_ call: TestCall, _ status: Status) -> TestSocket? {
        if status == .pending {
            _ = threads.waiting {
                state.wait(untilNanoseconds: patienceEnd) { _ in call.isAnswered || call.isOver ? true : nil }
            }
        }
        return state.withLock { _ in call.socket }.map { TestSocket(host: self, socket: $0) }
    }

    /// Has a client that opens a socket say one word and go; 101 stands for all that.
    func greet(_ started: StartedCall) throws -> TestResponse {
        guard let socket = accepted(started.call, started.status) else { return try started.answer() }
        if started.status.isFailure {
            state.withLock { _ in
                end(socket.socket, SocketEnd(code: 1011, reason: "internal error"), dropsMessages: true)
            }
        }
        socket.send("hello")
        waitUntilQuiet()
        socket.close()
        _ = try socket.waitForEnd()
        waitUntilQuiet()
        return TestResponse(status: 101)
    }

    /// Waits until the module has nothing to do, if that comes.
    private func waitUntilQuiet() {
        _ = threads.waiting { threads.waitUntilIdle(nanoseconds: 1_000_000_000) }
    }

    /// Until when a test waits for the module.
    var patienceEnd: Int64 { MonotonicTime.nanoseconds + patience.nanoseconds }

    /// Closes all sockets, as the host does with an instance that it stops.
    func closeSockets() {
        state.withLock { state in
            for socket in state.sockets.values {
                end(socket, SocketEnd(code: 1001, reason: "shutdown"), dropsMessages: true)
            }
        }
        state.broadcast()
    }
}
