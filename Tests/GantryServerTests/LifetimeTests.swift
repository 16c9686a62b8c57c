import GantryServer
import RawHTTP
import Testing

@Suite("Times, counts and the end")
struct LifetimeTests {
    @Test("A connection that asks nothing is closed")
    func idle() throws {
        let test = try TestServer { $0.idleTimeout = .milliseconds(50) }
        let client = try RawClient(port: test.port)
        #expect(client.isClosed())
    }

    @Test("A head that never ends does not hold a connection for ever")
    func slowHead() throws {
        let test = try TestServer { $0.idleTimeout = .milliseconds(50) }
        let client = try RawClient(port: test.port)
        try client.send("GET / HTTP/1.1\r\nHost: t\r\nX-Slow: ")
        #expect(client.isClosed())
    }

    @Test("A body that does not come is 408")
    func slowBody() throws {
        let test = try TestServer { $0.bodyTimeout = .milliseconds(50) }
        let client = try RawClient(port: test.port)
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab")
        #expect(try client.receive().status == 408)
        #expect(client.isClosed())
    }

    @Test("A handler that does not answer is asked to give up")
    func expires() throws {
        let test = try TestServer { $0.answerTimeout = .milliseconds(50) }
        let client = try RawClient(port: test.port)
        let response = try client.exchange("GET", "/later")
        #expect(response.status == 503)
        #expect(response.body == "expired")
        #expect(try client.exchange("GET", "/a").body == "GET /a ")
    }

    @Test("Connections beyond the limit are closed as they come")
    func tooMany() throws {
        let test = try TestServer { $0.maximumConnections = 1 }
        let first = try RawClient(port: test.port)
        #expect(try first.exchange("GET", "/a").status == 200)
        let second = try RawClient(port: test.port)
        #expect(second.isClosed())
        #expect(try first.exchange("GET", "/b").status == 200)
    }

    @Test("The end waits for requests under way, closes idle connections and takes no new ones")
    func drains() throws {
        let test = try TestServer()
        let idle = try RawClient(port: test.port)
        #expect(try idle.exchange("GET", "/a").status == 200)
        let busy = try RawClient(port: test.port)
        try busy.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        let server = test.server
        let thread = Thread { server.shutDown(drainingFor: .seconds(15)) }
        // That the idle one is closed shows that the end has begun.
        #expect(idle.isClosed())
        TestHandler.echo(exchange)
        let response = try busy.receive()
        #expect(response.body == "GET /later ")
        #expect(response["connection"] == "close")
        thread.join()
        #expect(throws: (any Error).self) { try RawClient(port: test.port).exchange("GET", "/") }
    }

    @Test("The end does not wait longer than it was told")
    func drainDeadline() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        test.server.shutDown(drainingFor: .milliseconds(20))
        #expect(client.isClosed())
        #expect(exchange.isAbandoned)
    }
}
