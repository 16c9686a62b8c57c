import GantryThreads
import Glibc
import Testing

@testable import GantryOutbound

@Suite("Requests to other servers")
struct OutboundTests {
    @Test("An answer comes whole: status, fields, body, URL")
    func whole() throws {
        let fixture = try OutboundFixture { head, body, connection in
            let isRight = head.hasPrefix("POST /path?q=1 HTTP/1.1\r\n") && head.contains("X-Mine: yes\r\n")
            connection.write(
                "HTTP/1.1 \(isRight ? 201 : 400) X\r\nContent-Length: \(body.utf8.count)\r\nX-Two:  b \r\n\r\n\(body)")
        }
        defer { fixture.stop() }
        let request = OutboundRequest(
            method: "POST", url: fixture.origin + "/path?q=1", fields: [.init("X-Mine", "yes")],
            body: Array("hello".utf8))
        let (answer, body) = try fixture.send(request).get()
        #expect(answer.status == 201)
        #expect(answer["x-two"] == "b")
        #expect(answer.url == fixture.origin + "/path?q=1")
        #expect(body == "hello")
    }

    @Test("What the library would send by itself is not sent")
    func nothingOfItsOwn() throws {
        let fixture = try OutboundFixture { head, _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(head.utf8.count)\r\n\r\n\(head)")
        }
        defer { fixture.stop() }
        let request = OutboundRequest(
            method: "PUT", url: fixture.origin, fields: [.init("Empty", "")], body: Array(repeating: 65, count: 2 << 20)
        )
        let (_, head) = try fixture.send(request).get()
        #expect(!head.contains("Expect"))
        #expect(!head.contains("Content-Type"))
        #expect(!head.contains("Accept-Encoding"))
        #expect(head.contains("User-Agent: Gantry\r\n"))
        #expect(head.contains("Empty:"))
    }

    @Test("An answer that is larger than allowed fails")
    func tooLarge() throws {
        let fixture = try OutboundFixture { _, _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + String(repeating: "x", count: 1001))
        }
        defer { fixture.stop() }
        let failure = try fixture.failure(of: OutboundRequest(url: fixture.origin, maximumAnswerBytes: 1000))
        #expect(failure.code == .tooLarge)
        let (_, body) = try fixture.send(OutboundRequest(url: fixture.origin, maximumAnswerBytes: 1001)).get()
        #expect(body.utf8.count == 1001)
    }

    @Test("A head without end fails")
    func endlessHead() throws {
        let fixture = try OutboundFixture { _, _, connection in
            connection.write("HTTP/1.1 200 OK\r\n")
            while connection.write("X-Field: " + String(repeating: "x", count: 1000) + "\r\n") {}
        }
        defer { fixture.stop() }
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin)).code == .tooLarge)
    }

    @Test("A body comes in pieces, and no more than was granted")
    func backpressure() throws {
        let size = 4 << 20
        let fixture = try OutboundFixture { head, _, connection in
            let count = head.hasPrefix("GET /small") ? 1 : size
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
            connection.write(String(repeating: "x", count: count))
        }
        defer { fixture.stop() }
        let receiver = RecordingReceiver()
        let task = try fixture.scope.begin(
            OutboundRequest(url: fixture.origin + "/large", maximumAnswerBytes: .max), credit: 1, receiver: receiver)
        #expect(receiver.wait { $0.byteCount > 0 })
        var granted = 1
        while receiver.state.byteCount < size {
            // Other requests go through the same thread meanwhile: what would come by itself would have come.
            _ = try fixture.send(OutboundRequest(url: fixture.origin + "/small")).get()
            #expect(receiver.state.byteCount < granted + 16384)
            let before = receiver.state.byteCount
            granted = before + (512 << 10)
            task.grant(512 << 10)
            #expect(receiver.wait { $0.byteCount >= min(size, before + 1) })
        }
        #expect(receiver.wait { $0.endings.count == 1 })
        #expect(receiver.state.endings[0] == nil)
        #expect(receiver.state.status == 200)
        #expect(receiver.state.byteCount == size)
    }

    @Test("A server that does not answer in time")
    func timeout() throws {
        let fixture = try OutboundFixture { _, _, connection in connection.waitForEnd() }
        defer { fixture.stop() }
        let failure = try fixture.failure(of: OutboundRequest(url: fixture.origin, timeoutMilliseconds: 50))
        #expect(failure.code == .timedOut)
        #expect(failure.message.contains("127.0.0.1:\(fixture.server.port)"))
    }

    @Test("A port where nobody listens, an answer that breaks off, and one that is no HTTP")
    func broken() throws {
        let fixture = try OutboundFixture { head, _, connection in
            if head.hasPrefix("GET /short") {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc")
            } else {
                connection.write("I am no HTTP\r\n\r\n")
            }
            shutdownWriting(connection)
        }
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin + "/short")).code == .brokenAnswer)
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin + "/other")).code == .brokenAnswer)
        fixture.server.stop()
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin)).code == .unreachable)
        fixture.client.stop()
    }

    @Test("Connections are used again, but not by another scope")
    func reuse() throws {
        let fixture = try OutboundFixture { _, _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        defer { fixture.stop() }
        for _ in 0..<3 { _ = try fixture.send(OutboundRequest(url: fixture.origin)).get() }
        #expect(fixture.server.connectionCount == 1)
        let other = fixture.client.scope(fixture.policy)
        for _ in 0..<3 { _ = try fixture.send(OutboundRequest(url: fixture.origin), in: other).get() }
        #expect(fixture.server.connectionCount == 2)
        _ = try fixture.send(OutboundRequest(url: fixture.origin)).get()
        #expect(fixture.server.connectionCount == 2)
    }
}

private func shutdownWriting(_ connection: LocalServer.Connection) {
    shutdown(connection.descriptor, Int32(SHUT_WR))
}
