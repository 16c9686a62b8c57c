import GantryServer
import RawHTTP
import Testing

@Suite("Requests that cannot be read")
struct MalformedTests {
    @Test(
        "They are answered with 400, and the connection ends",
        arguments: [
            "nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : t\r\n\r\n",
            "GET / HTTP/1.1\r\nBad Name: t\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\u{1}c\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: \r\n\r\n",
        ])
    func malformed(request: String) throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send(request)
        let response = try client.receive()
        #expect(response.status == 400)
        #expect(response["connection"] == "close")
        #expect(client.isClosed())
    }

    @Test("Answers that came before the fault are not lost")
    func faultAfterRequest() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\nnonsense\r\n\r\n")
        #expect(try client.receive().body == "GET /a ")
        #expect(try client.receive().status == 400)
        #expect(client.isClosed())
    }

    @Test("An extension of a chunk that does not end is refused before the time for a body is over")
    func endlessExtension() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2;")
        let piece = String(repeating: "x", count: 1 << 16)
        for _ in 0..<64 { try client.send(piece) }
        let response = try client.receive()
        #expect(response.status == 400)
        #expect(response["connection"] == "close")
    }

    @Test("Too large a head is 431")
    func largeHead() throws {
        let test = try TestServer { $0.maximumHeaderBytes = 1024 }
        let client = try RawClient(port: test.port)
        try client.send("GET / HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 2000))\r\n\r\n")
        #expect(try client.receive().status == 431)
    }

    @Test("Too many headers are 431")
    func manyHeaders() throws {
        let test = try TestServer { $0.maximumHeaderCount = 10 }
        let client = try RawClient(port: test.port)
        let lines = (0..<20).map { "X\($0): 1\r\n" }.joined()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\(lines)\r\n")
        #expect(try client.receive().status == 431)
    }
}
