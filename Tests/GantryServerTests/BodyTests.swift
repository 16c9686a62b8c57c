import GantryServer
import RawHTTP
import Testing

@Suite("Bodies and their limits")
struct BodyTests {
    @Test("A chunked body arrives whole")
    func chunked() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        try client.send("7;name=value\r\n, world\r\n0\r\nTrailer: x\r\n\r\n")
        #expect(try client.receive().body == "POST /c hello, world")
        #expect(try client.exchange("GET", "/next").body == "GET /next ")
    }

    @Test("An announced body beyond the limit is refused before it is read")
    func announcedTooLarge() throws {
        let test = try TestServer(maximumBytes: 10)
        let client = try RawClient(port: test.port)
        try client.send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000000\r\n\r\n")
        let response = try client.receive()
        #expect(response.status == 413)
        #expect(response["connection"] == "close")
    }

    @Test("A chunked body beyond the limit is refused when it has grown too large")
    func grownTooLarge() throws {
        let test = try TestServer(maximumBytes: 10)
        let client = try RawClient(port: test.port)
        try client.send("POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n")
        try client.send("8\r\n12345678\r\n")
        #expect(try client.receive().status == 413)
        #expect(client.isClosed())
    }

    @Test("A body of exactly the limit is taken")
    func atLimit() throws {
        let test = try TestServer(maximumBytes: 10)
        let response = try RawClient(port: test.port).exchange("POST", "/x", body: "1234567890")
        #expect(response.body == "POST /x 1234567890")
    }

    @Test("The client is told to continue when its head is accepted")
    func continues() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.receive().status == 100)
        try client.send("abc")
        #expect(try client.receive().body == "POST /x abc")
    }

    @Test("A head that is refused early gets no permission to continue, and the connection ends")
    func refusesToContinue() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("POST /early HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        let response = try client.receive()
        #expect(response.status == 403)
        #expect(response["connection"] == "close")
        #expect(client.isClosed())
    }

    @Test("A small body that nobody wants does not cost the connection")
    func discards() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        #expect(try client.exchange("POST", "/early", body: "unwanted").status == 403)
        #expect(try client.exchange("GET", "/next").body == "GET /next ")
    }
}
