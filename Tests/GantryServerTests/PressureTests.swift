import GantryServer
import RawHTTP
import Synchronization
import Testing

@Suite("Clients that send more than they read")
struct PressureTests {
    /// Answers each request at once with 16 KiB, and counts them.
    private final class Generous: ServerHandler {
        static let body = [UInt8](repeating: UInt8(ascii: "g"), count: 16 << 10)
        let count = Atomic(0)

        func receiveHead(_ exchange: Exchange) -> BodyDecision { .collect(maximumBytes: 0) }
        func receiveBody(_ exchange: Exchange) {
            count.add(1, ordering: .relaxed)
            exchange.respond(status: 200, body: Self.body) { _ in }
        }
        func refuseBody(_ exchange: Exchange, maximumBytes: Int) {}
        func refuseRequest(_ exchange: Exchange, fault: RequestFault) {}
        func expire(_ exchange: Exchange) {}
    }

    @Test(
        "Of requests that came at once only as many are taken as there is room for their answers",
        .timeLimit(.minutes(1)))
    func holdsBack() throws {
        let count = 3000
        let handler = Generous()
        var configuration = ServerConfiguration()
        configuration.eventLoops = 1
        let server = HTTPServer(configuration: configuration)
        let port = try server.listen(on: .internet(host: "127.0.0.1", port: 0), handler: handler).port
        let client = try RawClient(port: port)
        try client.send(String(repeating: "GET / HTTP/1.1\r\nHost: t\r\n\r\n", count: count))
        client.finishSending()
        // The loop has had its turn with the first client when it has answered a second one.
        for _ in 0..<20 { #expect(try RawClient(port: port).exchange("GET", "/").status == 200) }
        #expect(handler.count.load(ordering: .relaxed) < count / 2)
        for _ in 0..<count { #expect(try client.receive().body.utf8.count == Generous.body.count) }
        #expect(client.isClosed())
        server.shutDown(drainingFor: .zero)
    }

    @Test("Large answers let fewer requests of a connection be under way at once")
    func fewLargeOnes() throws {
        let test = try TestServer { $0.maximumPipelinedRequests = 64 }
        let client = try RawClient(port: test.port)
        try client.send(String(repeating: "GET /later HTTP/1.1\r\nHost: t\r\n\r\n", count: 30))
        // How large answers are is not known yet, so that only some are taken.
        var answered = 0
        while answered < 30 {
            let taken = test.handler.take(1)
            #expect(answered > 0 || taken.count < 30)
            for exchange in taken { TestHandler.echo(exchange) }
            answered += taken.count
        }
        for _ in 0..<30 { #expect(try client.receive().body == "GET /later ") }
    }
}
