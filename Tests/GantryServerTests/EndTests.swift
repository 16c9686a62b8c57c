import GantryServer
import GantryThreads
import Glibc
import RawHTTP
import Testing

@Suite("The end of a server that loses nothing")
struct EndTests {
    @Test("While the end is announced all are served and asked not to come back on the same connection")
    func announces() throws {
        let test = try TestServer()
        let old = try RawClient(port: test.port)
        #expect(try old.exchange("GET", "/a")["connection"] == nil)
        test.server.announceEnd(for: .zero, limit: .seconds(5))
        #expect(try old.exchange("GET", "/b")["connection"] == "close")
        #expect(old.isClosed())
        let new = try RawClient(port: test.port)
        let response = try new.exchange("GET", "/c")
        #expect(response.status == 200)
        #expect(response["connection"] == "close")
    }

    @Test("The announcement lasts until the requests from before it are answered")
    func waitsForOldRequests() throws {
        let test = try TestServer()
        let busy = try RawClient(port: test.port)
        try busy.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        let hasEnded = Latch()
        let server = test.server
        let thread = Thread {
            server.announceEnd(for: .zero, limit: .seconds(15))
            hasEnded.open()
        }
        // Others are served meanwhile, and still it has not ended.
        var response = try RawClient(port: test.port).exchange("GET", "/a")
        while response["connection"] != "close" { response = try RawClient(port: test.port).exchange("GET", "/a") }
        #expect(!hasEnded.wait(until: .after(.milliseconds(30))))
        TestHandler.echo(exchange)
        #expect(hasEnded.wait(until: .after(.seconds(10))))
        thread.join()
    }

    @Test("A connection that has not sent its first request is answered once more, and closed when it sends none")
    func fresh() throws {
        let test = try TestServer()
        let fresh = try RawClient(port: test.port)
        let silent = try RawClient(port: test.port)
        // Both are known to the server when it has answered a third that came after them.
        let idle = try RawClient(port: test.port)
        #expect(try idle.exchange("GET", "/").status == 200)
        let server = test.server
        let thread = Thread { server.shutDown(drainingFor: .seconds(15)) }
        // That the idle one is closed shows that the end has begun.
        #expect(idle.isClosed())
        let response = try fresh.exchange("GET", "/a")
        #expect(response.body == "GET /a ")
        #expect(response["connection"] == "close")
        #expect(silent.isClosed())
        thread.join()
    }

    @Test("Requests that were sent at once are all answered at the end, and only the last says that it is")
    func pipelined() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /later/1 HTTP/1.1\r\nHost: t\r\n\r\nGET /later/2 HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchanges = test.handler.take(2)
        let idle = try RawClient(port: test.port)
        #expect(try idle.exchange("GET", "/").status == 200)
        let server = test.server
        let thread = Thread { server.shutDown(drainingFor: .seconds(15)) }
        #expect(idle.isClosed())
        for exchange in exchanges { TestHandler.echo(exchange) }
        let (first, second) = (try client.receive(), try client.receive())
        #expect(first["connection"] == nil)
        #expect(first.body == "GET /later/1 ")
        #expect(second["connection"] == "close")
        thread.join()
    }

    @Test("A stream of events ends in order as soon as the server does; any other goes on")
    func eventStreams() throws {
        let test = try TestServer()
        let (events, lines) = (try RawClient(port: test.port), try RawClient(port: test.port))
        try events.send("GET /later/events HTTP/1.1\r\nHost: t\r\n\r\n")
        let eventExchange = test.handler.take(1)[0]
        #expect(
            eventExchange.startStream(status: 200) { $0.add(untrusted: "Content-Type", value: "text/event-stream") })
        try lines.send("GET /later/lines HTTP/1.1\r\nHost: t\r\n\r\n")
        let lineExchange = test.handler.take(1)[0]
        #expect(lineExchange.startStream(status: 200) { $0.add(untrusted: "Content-Type", value: "text/plain") })
        let server = test.server
        let thread = Thread { server.shutDown(drainingFor: .seconds(15)) }
        #expect(try events.receiveText(until: "0\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
        #expect(events.isClosed())
        lineExchange.stream.finish()
        #expect(try lines.receiveText(until: "0\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
        thread.join()
    }

    @Test("What connects after the end waits in the socket for the next server on it")
    func handsOver() throws {
        let socket = try ListeningSocket(binding: .internet(host: "127.0.0.1", port: 0))
        var configuration = ServerConfiguration()
        configuration.eventLoops = 1
        let first = HTTPServer(configuration: configuration)
        let port = first.listen(on: socket, handler: TestHandler()).port
        #expect(try RawClient(port: port).exchange("GET", "/a").status == 200)
        first.shutDown(drainingFor: .zero)
        let waiting = try RawClient(port: port)
        try waiting.send("GET /b HTTP/1.1\r\nHost: t\r\n\r\n")
        let inherited = try ListeningSocket(inheriting: dup(socket.descriptor))
        #expect(inherited.serves(.internet(host: "localhost", port: port)))
        #expect(inherited.serves(.internet(host: "127.0.0.1", port: 0)))
        #expect(!inherited.serves(.internet(host: "127.0.0.2", port: port)))
        let second = HTTPServer(configuration: configuration)
        _ = second.listen(on: inherited, handler: TestHandler())
        #expect(try waiting.receive().body == "GET /b ")
        second.shutDown(drainingFor: .zero)
    }

    @Test("What does not listen cannot be listened on")
    func inheritsListenersOnly() {
        #expect(throws: ServerError.self) { try ListeningSocket(inheriting: -1) }
        #expect(throws: ServerError.self) { try ListeningSocket(inheriting: 0) }
    }

    @Test("A loop that a handler holds gets no connections, and what it was given goes to another")
    func stuckLoop() throws {
        let test = try TestServer { $0.eventLoops = 2 }
        let stuck = try RawClient(port: test.port)
        try stuck.send("GET /hold HTTP/1.1\r\nHost: t\r\n\r\n")
        test.handler.holds.wait()
        // Whichever loop it holds, every new connection is answered meanwhile.
        for _ in 0..<8 { #expect(try RawClient(port: test.port).exchange("GET", "/a").status == 200) }
        test.handler.held.open()
        #expect(try stuck.receive().status == 200)
    }
}
