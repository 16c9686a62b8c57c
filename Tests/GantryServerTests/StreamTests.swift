import GantryServer
import GantryThreads
import RawHTTP
import Testing

@Suite("Bodies as streams")
struct StreamTests {
    @Test("A streamed answer arrives piece by piece, and the connection serves the next request")
    func piecewise() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\nGET /next HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        #expect(exchange.startStream(status: 200) { $0.add("X-Number", 42) })
        #expect(!exchange.startStream(status: 200) { _ in })
        #expect(!exchange.respond(status: 200, body: "") { _ in })
        #expect(try client.receiveText(until: "\r\n\r\n").contains("Transfer-Encoding: chunked\r\nX-Number: 42\r\n"))
        #expect(Self.write("data: 1\n\n", exchange) == 9)
        #expect(try client.receiveText(until: "\n\n\r\n") == "9\r\ndata: 1\n\n\r\n")
        #expect(Self.write("data: 2\n\n", exchange) == 9)
        exchange.stream.finish()
        #expect(try client.receiveText(until: "0\r\n\r\n") == "9\r\ndata: 2\n\n\r\n0\r\n\r\n")
        #expect(try client.receive().body == "GET /next ")
        #expect(Self.write("late", exchange) == nil)
    }

    @Test("Credit ends while the client does not read, and comes back when it does")
    func credit() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        let events = EventRecorder()
        exchange.stream.observe(events.record)
        #expect(exchange.startStream(status: 200) { _ in })
        let piece = String(repeating: "x", count: 100_000)
        var sent = 0
        // The sockets of both sides take some MiB; more than that cannot be written without credit.
        while let count = Self.write(piece, exchange), count > 0 { sent += count }
        #expect(sent < 64 << 20)
        #expect(events.seen == [])
        // Nobody else uses the client until the thread has ended.
        nonisolated(unsafe) let reading = client
        let reader = Thread { _ = try? reading.receiveText(until: "0\r\n\r\n") }
        events.wait(for: .writable)
        #expect((Self.write(piece, exchange) ?? 0) > 0)
        exchange.stream.finish()
        reader.join()
        events.wait(for: .closed)
    }

    @Test("Whoever streams learns that the client has left")
    func leaving() throws {
        let test = try TestServer()
        let events = EventRecorder()
        do {
            let client = try RawClient(port: test.port)
            try client.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
            let exchange = test.handler.take(1)[0]
            exchange.stream.observe(events.record)
            #expect(exchange.startStream(status: 200) { _ in })
            _ = try client.receiveText(until: "\r\n\r\n")
            withExtendedLifetime(client) {}
        }
        events.wait(for: .closed)
        #expect(events.seen == [.closed])
    }

    @Test("A stream that breaks off does not look whole")
    func reset() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        #expect(exchange.startStream(status: 200) { _ in })
        exchange.stream.reset()
        #expect(throws: RawClient.Failure.self) { try client.receiveText(until: "0\r\n\r\n") }
    }

    @Test("HEAD gets the head alone, HTTP/1.0 a body that ends with the connection")
    func otherForms() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        try client.send("HEAD /later HTTP/1.1\r\nHost: t\r\n\r\nGET /later HTTP/1.0\r\nHost: t\r\n\r\n")
        let exchanges = test.handler.take(2)
        #expect(exchanges[0].startStream(status: 200) { _ in })
        #expect(try client.receiveText(until: "\r\n\r\n").contains("chunked"))
        #expect(exchanges[1].startStream(status: 200) { _ in })
        #expect(Self.write("old", exchanges[1]) == 3)
        exchanges[1].stream.finish()
        let old = try client.receiveText(until: "old")
        #expect(old.contains("Connection: close\r\n") && !old.contains("chunked"))
        #expect(client.isClosed())
    }

    @Test("A large upload is read as it comes, and waits in the socket while nobody reads")
    func upload() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        let size = 3 << 20
        try client.send("POST /later/upload HTTP/1.1\r\nHost: t\r\nContent-Length: \(size)\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        let stream = exchange.stream
        let events = EventRecorder()
        stream.observe(events.record)
        // Nobody else uses the client until the thread has ended.
        nonisolated(unsafe) let sending = client
        let sender = Thread { try? sending.send(String(repeating: "u", count: size)) }
        var total = 0
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
        defer { memory.deallocate() }
        reading: while true {
            switch stream.read(into: memory) {
            case .bytes(let count): total += count
            case .empty: events.wait(for: .readable)
            case .end: break reading
            case let other:
                Issue.record("\(other)")
                break reading
            }
        }
        #expect(total == size)
        sender.join()
        exchange.respond(status: 200, body: "thanks") { _ in }
        #expect(try client.receive().body == "thanks")
        #expect(try client.exchange("GET", "/a").body == "GET /a ")
    }

    @Test("An upload beyond its limit is 413, and its reader learns why nothing more comes")
    func tooLarge() throws {
        let test = try TestServer()
        let client = try RawClient(port: test.port)
        let size = TestHandler.maximumStreamedBytes
        try client.send("POST /later/upload HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        // It sends while the test receives, which the socket allows.
        nonisolated(unsafe) let sending = client
        let sender = Thread {
            try? sending.send("\(String(size + 1, radix: 16))\r\n" + String(repeating: "u", count: size + 1) + "\r\n")
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
        defer { memory.deallocate() }
        let events = EventRecorder()
        exchange.stream.observe(events.record)
        var last = StreamRead.empty
        while last != .tooLarge && last != .closed {
            last = exchange.stream.read(into: memory)
            if last == .empty { events.wait(for: .readable) }
        }
        #expect(last == .tooLarge)
        #expect(try client.receive().status == 413)
        sender.join()
    }

    private static func write(_ text: String, _ exchange: Exchange) -> Int? {
        var text = text
        return text.withUTF8 { exchange.stream.write(UnsafeRawBufferPointer($0)) }
    }
}

/// Keeps what a stream has told; the test waits for it.
private final class EventRecorder: Sendable {
    private let events = Monitor<[StreamEvents]>([])

    var seen: [StreamEvents] { events.withLock { $0 } }

    var record: @Sendable (StreamEvents) -> Void {
        { event in
            self.events.withLock { $0.append(event) }
            self.events.broadcast()
        }
    }

    /// Waits until the event was told, and forgets those up to it.
    func wait(for event: StreamEvents) {
        _ = events.wait { events -> Bool? in
            guard let index = events.firstIndex(of: event) else { return nil }
            if event != .closed { events.removeSubrange(...index) }
            return true
        }
    }
}
