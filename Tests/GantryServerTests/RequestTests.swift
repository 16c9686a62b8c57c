import GantryServer
import Glibc
import RawHTTP
import Testing

@Suite("Requests and their answers")
struct RequestTests {
    @Test("A connection carries several requests")
    func keepAlive() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        for number in 0..<3 {
            let response = try client.exchange("POST", "/echo", body: "hello \(number)")
            #expect(response.status == 200)
            #expect(response.body == "POST /echo hello \(number)")
            #expect(response["connection"] == nil)
        }
    }

    @Test("The answer has a date, and headers that could break it apart are left out")
    func headers() throws {
        let test = try TestServer()
        let response = try RawClient(port: test.port).exchange("GET", "/")
        #expect(response["date"]?.count == 29)
        #expect(response["date"]?.hasSuffix(" GMT") == true)
        #expect(response["x-number"] == "42")
        #expect(response["x-good"] == "yes")
        #expect(response["x-bad"] == nil)
        #expect(response["x-injected"] == nil)
        #expect(response.headers.filter { $0.name == "content-length" }.count == 1)
    }

    @Test("Connection: close is honoured and announced")
    func close() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        let response = try client.exchange("GET", "/", headers: ["Connection: close"])
        #expect(response["connection"] == "close")
        #expect(client.isClosed())
    }

    @Test("HTTP/1.0 closes unless it asks to stay")
    func oldVersion() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try client.receive()["connection"] == "keep-alive")
        try client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(try client.receive()["connection"] == "close")
        #expect(client.isClosed())
    }

    @Test("HEAD has the headers of GET and no body")
    func head() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        let head = try client.exchange("HEAD", "/page")
        #expect(head["content-length"] == "\("HEAD /page ".utf8.count)")
        #expect(try client.exchange("GET", "/page").body == "GET /page ")
    }

    @Test("204 has neither body nor length")
    func noContent() throws {
        let test = try TestServer()
        let response = try RawClient(port: test.port).exchange("GET", "/empty")
        #expect(response.status == 204)
        #expect(response["content-length"] == nil)
    }

    @Test("Pipelined requests are answered in order, also when their answers come the other way round")
    func pipelining() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        let requests =
            (0..<5).map { "GET /later\($0) HTTP/1.1\r\nHost: t\r\n\r\n" } + ["GET /now HTTP/1.1\r\nHost: t\r\n\r\n"]
        try client.send(requests.joined())
        for exchange in test.handler.take(5).reversed() { TestHandler.echo(exchange) }
        let bodies = try (0..<6).map { _ in try client.receive().body }
        #expect(bodies == (0..<5).map { "GET /later\($0) " } + ["GET /now "])
    }

    @Test("More pipelined requests than may wait are all answered")
    func longPipeline() throws {
        let test = try TestServer { $0.maximumPipelinedRequests = 4 }
        let client = try RawClient(port: test.port)
        let count = 500
        try client.send(String(repeating: "GET /x HTTP/1.1\r\nHost: t\r\n\r\n", count: count))
        for _ in 0..<count { #expect(try client.receive().body == "GET /x ") }
    }

    @Test("Only the first answer to a request counts")
    func answersOnce() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        #expect(exchange.respond(status: 200, body: "first") { _ in })
        #expect(!exchange.respond(status: 200, body: "second") { _ in })
        #expect(try client.receive().body == "first")
        #expect(try client.exchange("GET", "/a").body == "GET /a ")
    }

    @Test("A client that has finished sending still gets its answer")
    func halfClosed() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        client.finishSending()
        TestHandler.echo(test.handler.take(1)[0])
        #expect(try client.receive().body == "GET /later ")
        #expect(client.isClosed())
    }

    @Test("A client that takes its time with a large last answer gets all of it")
    func slowReader() throws {
        let test = try TestServer { $0.lingerTimeout = .milliseconds(20) }
        let client = try RawClient(port: test.port)
        try client.send("GET /large HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        // The server serves others meanwhile, and so has long written all that the sockets hold.
        let other = try RawClient(port: test.port)
        for _ in 0..<200 { #expect(try other.exchange("GET", "/x").status == 200) }
        #expect(try client.receive().body.utf8.count == TestHandler.large.count)
        #expect(client.isClosed())
    }

    @Test("So does one that has finished sending")
    func slowHalfClosedReader() throws {
        let test = try TestServer { $0.lingerTimeout = .milliseconds(20) }
        let client = try RawClient(port: test.port)
        try client.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
        client.finishSending()
        let other = try RawClient(port: test.port)
        for _ in 0..<200 { #expect(try other.exchange("GET", "/x").status == 200) }
        #expect(try client.receive().body.utf8.count == TestHandler.large.count)
        #expect(client.isClosed())
    }

    @Test("Who asks for another protocol is answered in this one, and asked to come again")
    func upgrade() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        let response = try client.exchange(
            "GET", "/x", headers: ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"])
        #expect(response.body == "GET /x ")
        #expect(response["connection"] == "close")
        #expect(client.isClosed())
    }

    @Test("A unix socket serves the same protocol, to its owner only")
    func unixSocket() throws {
        let test = try TestServer()
        let path = "/tmp/server-test-\(UInt64.random(in: 0 ... .max)).sock"
        defer { unlink(path) }
        _ = try test.server.listen(on: .unixSocket(path: path), handler: test.handler)
        #expect(try RawClient(path: path).exchange("GET", "/u").body == "GET /u ")
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("An address that is taken is an error that names it")
    func takenAddress() throws {
        let test = try TestServer()
        let error = #expect(throws: ServerError.self) {
            try test.server.listen(on: .internet(host: "127.0.0.1", port: test.port), handler: test.handler)
        }
        #expect(error?.message.contains("127.0.0.1:\(test.port)") == true)
    }
}
