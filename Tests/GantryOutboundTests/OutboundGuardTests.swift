import GantryCore
import Testing

@testable import GantryOutbound

@Suite("Where requests may not go")
struct OutboundGuardTests {
    private static let answer: LocalServer.Handler = { _, _, connection in
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }

    @Test(
        "Loopback is refused whatever it is called, and nothing is sent",
        arguments: ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "0", "[::1]", "[::ffff:127.0.0.1]", "127.1"])
    func loopback(host: String) throws {
        let hosts = ["127.0.0.1:*", "localhost:*", "0.0.0.0:*", "[::1]:*", "[::ffff:127.0.0.1]:*"]
        let fixture = try OutboundFixture(hosts: hosts, allowed: [], handler: Self.answer)
        defer { fixture.stop() }
        let failure = try fixture.failure(of: OutboundRequest(url: "http://\(host):\(fixture.server.port)/"))
        #expect(failure.code == .addressNotAllowed)
        #expect(fixture.server.connectionCount == 0)
    }

    @Test("A name on the list that leads to a private address is refused at the moment of connecting")
    func rebinding() throws {
        let fixture = try OutboundFixture(
            hosts: ["api.example.com:*"], allowed: [], resolving: "api.example.com", handler: Self.answer)
        defer { fixture.stop() }
        let request = OutboundRequest(url: "http://api.example.com:\(fixture.server.port)/")
        let failure = try fixture.failure(of: request)
        #expect(failure.code == .addressNotAllowed)
        #expect(failure.message.contains("api.example.com"))
        #expect(failure.message.contains("loopback"))
        #expect(fixture.server.connectionCount == 0)
    }

    @Test("The same name is reached when the operator allows the address")
    func allowedName() throws {
        let fixture = try OutboundFixture(
            hosts: ["*.example.com:*"], resolving: "api.example.com", handler: Self.answer)
        defer { fixture.stop() }
        let request = OutboundRequest(url: "http://API.example.com:\(fixture.server.port)/")
        #expect(try fixture.send(request).get().1 == "ok")
    }

    @Test("A host that is not on the list is refused by name")
    func hostList() throws {
        let fixture = try OutboundFixture(hosts: ["*.example.org"], handler: Self.answer)
        defer { fixture.stop() }
        let failure = try fixture.failure(of: OutboundRequest(url: "https://api.example.com/path?secret=1"))
        #expect(failure.code == .hostNotAllowed)
        #expect(failure.message.contains("`api.example.com`"))
        #expect(!failure.message.contains("secret"))
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin)).code == .hostNotAllowed)
    }

    @Test("What the operator has taken off the list is refused, what both allow is not")
    func narrowed() throws {
        let fixture = try OutboundFixture(hosts: ["127.0.0.1:*", "b.example"], handler: Self.answer)
        defer { fixture.stop() }
        var policy = fixture.policy
        policy.narrowedHosts = [try #require(HostPattern("b.example"))]
        let failure = try fixture.failure(of: OutboundRequest(url: fixture.origin), in: fixture.client.scope(policy))
        #expect(failure.code == .hostNotAllowed)
        #expect(failure.message.contains("operator"))
        policy.narrowedHosts = [try #require(HostPattern("127.0.0.1:*"))]
        let scope = fixture.client.scope(policy)
        #expect(try fixture.send(OutboundRequest(url: fixture.origin), in: scope).get().1 == "ok")
    }

    @Test(
        "What is no plain http URL is refused",
        arguments: [
            "", "/path", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://user@127.0.0.1/",
            "http://user:pass@127.0.0.1/", "http://", "http://127.0.0.1:0/", "http://127.0.0.1:99999/",
            "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://[fe80::1%25eth0]/", "127.0.0.1",
            "http://ünï.example/", "http://a%2fb/",
        ])
    func badURL(url: String) throws {
        let fixture = try OutboundFixture(handler: Self.answer)
        defer { fixture.stop() }
        #expect(try fixture.failure(of: OutboundRequest(url: url)).code == .invalid)
        #expect(fixture.server.connectionCount == 0)
    }

    @Test(
        "Header fields that would become something else are refused",
        arguments: [
            ("X", "a\r\nY: b"), ("X", "a\nb"), ("X\r\nY", "a"), ("X:Y", "a"), ("", "a"), ("X Y", "a"), ("X", "a\0b"),
            ("Host", "other"), ("content-length", "0"), ("Transfer-Encoding", "chunked"), ("Connection", "close"),
            ("Proxy-Authorization", "x"), ("Upgrade", "h2c"),
        ])
    func injection(name: String, value: String) throws {
        let fixture = try OutboundFixture(handler: Self.answer)
        defer { fixture.stop() }
        let request = OutboundRequest(url: fixture.origin, fields: [.init(name, value)])
        #expect(try fixture.failure(of: request).code == .invalid)
        #expect(fixture.server.connectionCount == 0)
    }

    @Test("Methods that are none, or carry no body, are refused")
    func methods() throws {
        let fixture = try OutboundFixture(handler: Self.answer)
        defer { fixture.stop() }
        for method in ["", "get", "CONNECT", "TRACE", "GET / HTTP/1.1\r\nX:"] {
            #expect(try fixture.failure(of: OutboundRequest(method: method, url: fixture.origin)).code == .invalid)
        }
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin, body: [1])).code == .invalid)
    }
}

@Suite("Redirections")
struct RedirectionTests {
    @Test("Redirections are followed as far as allowed; without permission they are the answer")
    func followed() throws {
        let fixture = try OutboundFixture { head, _, connection in
            if head.hasPrefix("GET /end") {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend")
            } else if head.hasPrefix("GET /first") {
                connection.write("HTTP/1.1 302 X\r\nLocation: /second\r\nContent-Length: 4\r\n\r\nbody")
            } else {
                connection.write("HTTP/1.1 307 X\r\nLocation: /end?x=1\r\nContent-Length: 0\r\n\r\n")
            }
        }
        defer { fixture.stop() }
        let url = fixture.origin + "/first"
        let (answer, body) = try fixture.send(OutboundRequest(url: url, maximumRedirects: 2)).get()
        #expect(body == "end")
        #expect(answer.url == fixture.origin + "/end?x=1")
        let (first, firstBody) = try fixture.send(OutboundRequest(url: url)).get()
        #expect(first.status == 302)
        #expect(firstBody == "body")
        #expect(try fixture.failure(of: OutboundRequest(url: url, maximumRedirects: 1)).code == .tooManyRedirects)
    }

    @Test(
        "A redirection to where the module may not go is refused",
        arguments: [
            ("http://other.example/", OutboundError.Code.hostNotAllowed),
            ("http://169.254.169.254/latest", .hostNotAllowed), ("file:///etc/passwd", .invalid),
            ("http://user:pass@127.0.0.1/", .invalid),
        ])
    func refused(location: String, code: OutboundError.Code) throws {
        let fixture = try OutboundFixture(hosts: ["127.0.0.1:*", "[::1]:*"]) { _, _, connection in
            connection.write("HTTP/1.1 302 X\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")
        }
        defer { fixture.stop() }
        let failure = try fixture.failure(of: OutboundRequest(url: fixture.origin, maximumRedirects: 3))
        #expect(failure.code == code)
    }

    @Test("A listed host's redirection to an address inside is refused by the guard")
    func inside() throws {
        let inner = LocalServer { _, _, connection in connection.write("HTTP/1.1 200 OK\r\n\r\n") }
        let fixture = try OutboundFixture(hosts: ["127.0.0.1:*", "[::1]:*"]) { _, _, connection in
            connection.write(
                "HTTP/1.1 302 X\r\nLocation: http://[::1]:\(inner.port)/\r\nContent-Length: 0\r\n\r\n")
        }
        defer {
            fixture.stop()
            inner.stop()
        }
        let failure = try fixture.failure(of: OutboundRequest(url: fixture.origin, maximumRedirects: 3))
        #expect(failure.code == .addressNotAllowed)
    }

    @Test("Credentials stay with the origin that they were meant for; a POST becomes a GET without its body")
    func credentials() throws {
        let echo: LocalServer.Handler = { head, body, connection in
            let text = head + body
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
        }
        let other = LocalServer(echo)
        let fixture = try OutboundFixture { _, _, connection in
            connection.write(
                "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:\(other.port)/\r\nContent-Length: 0\r\n\r\n")
        }
        defer {
            fixture.stop()
            other.stop()
        }
        let request = OutboundRequest(
            method: "POST", url: fixture.origin,
            fields: [
                .init("Authorization", "Bearer x"), .init("Cookie", "a=b"), .init("Content-Type", "text/plain"),
                .init("X-Kept", "1"),
            ], body: Array("payload".utf8), maximumRedirects: 1)
        let (_, text) = try fixture.send(request).get()
        #expect(text.hasPrefix("GET / HTTP/1.1\r\n"))
        #expect(text.contains("X-Kept: 1"))
        for lost in ["Authorization", "Cookie", "Content-Type", "payload"] { #expect(!text.contains(lost)) }
    }
}
