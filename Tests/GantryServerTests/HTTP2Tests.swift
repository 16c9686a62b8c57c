import GantryServer
import RawHTTP
import Testing

@Suite("HTTP/2: times, limits and the end")
struct HTTP2Tests {
    private typealias Client = FrameClient

    @Test("Requests and bodies arrive, answers go back")
    func answers() throws {
        let test = try TestServer()
        let client = try Client(port: test.port)
        try client.request(1, "GET", "/a")
        try client.request(3, "POST", "/b", ends: false)
        try client.send(Client.data, flags: Client.endStream, stream: 3, Array("body".utf8))
        try client.request(5, "HEAD", "/c")
        #expect(client.next(Client.headers)?.status == 200)
        #expect(client.next(Client.headers)?.stream == 3)
        let last = try #require(client.next(Client.headers))
        #expect(last.stream == 5 && last.flags & Client.endStream != 0)
        let bodies = [client.next(Client.data), client.next(Client.data)].compactMap { $0 }
        #expect(Set(bodies.map { "\($0.stream) \($0.text)" }) == ["1 GET /a ", "3 POST /b body"])
    }

    @Test("A connection that asks nothing is told that it ends, and closed")
    func idle() throws {
        let test = try TestServer { $0.idleTimeout = .milliseconds(50) }
        let client = try Client(port: test.port)
        #expect(client.next(Client.goAway)?.code == 0)
        #expect(client.next() == nil)
    }

    @Test("Half a preface does not hold a connection for ever")
    func halfPreface() throws {
        let test = try TestServer { $0.idleTimeout = .milliseconds(50) }
        let client = try RawClient(port: test.port)
        try client.send("PRI * HT")
        #expect(client.isClosed())
    }

    @Test("A body that does not come is 408, and the connection goes on")
    func slowBody() throws {
        let test = try TestServer {
            $0.bodyTimeout = .milliseconds(50)
            $0.lingerTimeout = .milliseconds(50)
        }
        let client = try Client(port: test.port)
        try client.request(1, "POST", "/a", ends: false)
        #expect(client.next(Client.headers)?.status == 408)
        // Nobody waits for the rest any more.
        #expect(client.next(Client.reset)?.code == 0)
        try client.request(3, "GET", "/b")
        #expect(client.next(Client.data)?.text == "GET /b ")
    }

    @Test("A handler that does not answer is asked to give up")
    func expires() throws {
        let test = try TestServer { $0.answerTimeout = .milliseconds(50) }
        let client = try Client(port: test.port)
        try client.request(1, "GET", "/later")
        #expect(client.next(Client.headers)?.status == 503)
        #expect(client.next(Client.data)?.text == "expired")
    }

    @Test("Who gives no window for an answer loses it, and only it")
    func zeroWindow() throws {
        let test = try TestServer { $0.idleTimeout = .milliseconds(50) }
        let client = try Client(port: test.port)
        try client.send(Client.settings, [0, 4, 0, 0, 0, 0])
        try client.request(1, "GET", "/large")
        try client.request(3, "GET", "/later")
        #expect(client.next(Client.headers)?.status == 200)
        let reset = try #require(client.next(Client.reset, Client.data))
        #expect(reset.kind == Client.reset && reset.stream == 1 && reset.code == 8)
        TestHandler.echo(test.handler.take(1)[0])
        #expect(client.next(Client.headers)?.stream == 3)
    }

    @Test("Who resets a request is gone for its handler")
    func resets() throws {
        let test = try TestServer()
        let client = try Client(port: test.port)
        try client.request(1, "GET", "/later")
        let exchange = test.handler.take(1)[0]
        try client.send(Client.reset, stream: 1, FrameClient.bytes(8))
        while !exchange.isAbandoned {}
        TestHandler.echo(exchange)
        try client.request(3, "GET", "/b")
        #expect(client.next(Client.headers)?.stream == 3)
    }

    @Test("Requests that were given up count until they are answered")
    func countsAbandoned() throws {
        let test = try TestServer { $0.maximumConcurrentStreams = 2 }
        let client = try Client(port: test.port)
        for stream: UInt32 in [1, 3] {
            try client.request(stream, "GET", "/later")
            try client.send(Client.reset, stream: stream, FrameClient.bytes(8))
        }
        try client.request(5, "GET", "/a")
        #expect(client.next(Client.reset, Client.headers)?.code == 7)
        for exchange in test.handler.take(2) { TestHandler.echo(exchange) }
        var stream: UInt32 = 7
        var answer: FrameClient.Frame?
        repeat {
            try client.request(stream, "GET", "/a")
            answer = client.next(Client.reset, Client.headers)
            stream += 2
        } while answer?.kind == Client.reset
        #expect(answer?.status == 200)
    }

    @Test("A body that is too large is 413")
    func tooLarge() throws {
        let test = try TestServer(maximumBytes: 10) { $0.lingerTimeout = .milliseconds(50) }
        let client = try Client(port: test.port)
        try client.request(1, "POST", "/a", ends: false, more: [("content-length", "11")])
        #expect(client.next(Client.headers)?.status == 413)
        try client.request(3, "POST", "/a", ends: false)
        try client.send(Client.data, stream: 3, [UInt8](repeating: 0, count: 11))
        // The same status stands in the client's table by now.
        #expect(client.next(Client.headers)?.payload.first.map { $0 & 0x80 } == 0x80)
        #expect(client.next(Client.reset)?.code == 0)
    }

    @Test("What was under way when the server ends is answered")
    func drains() throws {
        let test = try TestServer()
        let client = try Client(port: test.port)
        try client.request(1, "GET", "/later")
        let exchange = test.handler.take(1)[0]
        let server = test.server
        let thread = Thread { server.shutDown(drainingFor: .seconds(15)) }
        let first = client.next(Client.goAway)
        #expect(first?.code == 0 && first?.payload.prefix(4) == [0x7F, 0xFF, 0xFF, 0xFF])
        // A request that was on its way is taken; one after the second announcement is not.
        try client.request(3, "GET", "/b")
        #expect(client.next(Client.data)?.text == "GET /b ")
        try client.send(Client.ping, flags: 1, [UInt8](repeating: 0, count: 8))
        #expect(client.next(Client.goAway)?.payload.prefix(4) == [0, 0, 0, 3])
        TestHandler.echo(exchange)
        #expect(client.next(Client.data)?.text == "GET /later ")
        #expect(client.next(Client.data) == nil)
        thread.join()
    }
}
