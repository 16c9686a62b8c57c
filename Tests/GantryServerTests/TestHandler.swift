import GantryServer
import GantryThreads

/// Echoes requests, and keeps those for `/later…` until the test answers them.
final class TestHandler: ServerHandler {
    private let kept = Lock<[Exchange]>([])
    private let maximumBytes: Int
    /// Opened when `/hold` has been asked for, which keeps its event loop until the test opens `held`.
    let holds = Latch()
    let held = Latch()

    init(maximumBytes: Int = 1000) {
        self.maximumBytes = maximumBytes
    }

    func receiveHead(_ exchange: Exchange) -> BodyDecision {
        if exchange.target == "/early" {
            exchange.respond(status: 403, body: "early") { _ in }
            return .answered
        }
        if exchange.target.hasPrefix("/later/upload") { return .stream(maximumBytes: Self.maximumStreamedBytes) }
        return .collect(maximumBytes: maximumBytes)
    }

    static let maximumStreamedBytes = 4 << 20

    func receiveBody(_ exchange: Exchange) {
        if exchange.target.hasPrefix("/later") {
            kept.withLock { $0.append(exchange) }
            return
        }
        if exchange.target == "/hold" {
            holds.open()
            held.wait()
        }
        if exchange.target == "/empty" {
            exchange.respond(status: 204, body: "") { _ in }
            return
        }
        if exchange.target == "/large" {
            exchange.respond(status: 200, body: Self.large) { _ in }
            return
        }
        Self.echo(exchange)
    }

    /// More than the sockets of both sides hold.
    static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 24 << 20)

    static func echo(_ exchange: Exchange) {
        let text = exchange.withBody { "\(exchange.method) \(exchange.target) \(String(decoding: $0, as: UTF8.self))" }
        exchange.respond(status: 200, body: Array(text.utf8)) { fields in
            fields.add("X-Number", 42)
            fields.add(untrusted: "X-Bad", value: "a\r\nX-Injected: 1")
            fields.add(untrusted: "Content-Length", value: "1")
            fields.add(untrusted: "X-Good", value: "yes")
        }
    }

    func refuseBody(_ exchange: Exchange, maximumBytes: Int) { exchange.respond(status: 413, body: "") { _ in } }

    func refuseRequest(_ exchange: Exchange, fault: RequestFault) {
        exchange.respond(status: fault.status, body: "") { _ in }
    }

    func expire(_ exchange: Exchange) { exchange.respond(status: 503, body: "expired") { _ in } }

    /// Waits until so many requests are kept, and takes them.
    func take(_ count: Int) -> [Exchange] {
        while true {
            let taken = kept.withLock { kept -> [Exchange]? in
                guard kept.count >= count else { return nil }
                defer { kept = [] }
                return kept
            }
            if let taken { return taken }
        }
    }

    /// Lets go of requests that no test took; they lead to their connection, and that back to here.
    func forget() { kept.withLock { $0 = [] } }
}

/// A server on a free port of the loopback interface, stopped with the test.
final class TestServer {
    let server: HTTPServer
    let handler: TestHandler
    let port: Int

    init(maximumBytes: Int = 1000, configure: (inout ServerConfiguration) -> Void = { _ in }) throws {
        var configuration = ServerConfiguration()
        configuration.eventLoops = 1
        configure(&configuration)
        server = HTTPServer(configuration: configuration)
        handler = TestHandler(maximumBytes: maximumBytes)
        port = try server.listen(on: .internet(host: "127.0.0.1", port: 0), handler: handler).port
    }

    deinit {
        server.shutDown(drainingFor: .zero)
        handler.forget()
    }
}
