import GantryCore
import GantryGateway
import GantryIdentity
import GantryThreads
import Glibc
import RawHTTP
import Testing

@Suite("The stream of an organisation's live events")
struct LiveTests {
    /// Events that a test makes up.
    final class Source: LiveSource {
        struct Follower: LiveFollowing {
            let source: Source
            let number: Int

            func cancel() { source.state.withLock { $0.followers[number] = nil } }
        }

        struct State {
            var followers: [Int: (tenant: String, receive: @Sendable ([LiveFrame]) -> Void)] = [:]
            var lastNumber = 0
        }

        let state = Lock(State())
        let isReady: Bool

        init(isReady: Bool = true) { self.isReady = isReady }

        func follow(
            tenant: String, receive: @escaping @Sendable ([LiveFrame]) -> Void,
            ready: @escaping @Sendable (Bool) -> Void
        ) -> any LiveFollowing {
            let number = state.withLock { state in
                state.lastNumber += 1
                state.followers[state.lastNumber] = (tenant, receive)
                return state.lastNumber
            }
            ready(isReady)
            return Follower(source: self, number: number)
        }

        func publish(_ id: String, tenant: String = "a", practice: String? = nil, data: String = "{}") {
            let frame = LiveFrame(
                id: id, type: "record.changed", tenant: tenant, practice: practice,
                timeMilliseconds: 1_770_000_000_000, data: Array(data.utf8))
            let receivers = state.withLock { $0.followers.values.filter { $0.tenant == tenant }.map(\.receive) }
            for receive in receivers { receive([frame]) }
        }

        var count: Int { state.withLock { $0.followers.count } }
    }

    private static let path = "/api/v1/a/events/stream"
    private static let greeting = ": connected\nretry: 3000\n\n"

    private func opened(
        _ harness: GatewayHarness, _ headers: [String], path: String = path
    ) throws -> RawClient {
        let connection = try harness.client()
        try connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\(headers.map { $0 + "\r\n" }.joined())\r\n")
        return connection
    }

    @Test("Who belongs to the organisation gets its events, each as one frame")
    func frames() throws {
        let source = Source()
        let harness = try GatewayHarness(events: source)
        let stream = try opened(harness, [harness.token()])
        let head = try stream.receiveText(until: Self.greeting)
        #expect(head.hasPrefix("HTTP/1.1 200 "))
        #expect(head.contains("Content-Type: text/event-stream\r\n"))
        #expect(head.contains("Cache-Control: no-cache\r\n"))
        #expect(head.contains("X-Accel-Buffering: no\r\n"))
        source.publish("e0", tenant: "empty")
        source.publish("e1", data: "{\"n\":\n1}")
        let frame = try stream.receiveText(until: "\n\n")
        #expect(
            frame.contains(
                "id: e1\nevent: record.changed\ndata: {\"id\":\"e1\",\"type\":\"record.changed\",\"org_id\":\"a\","
                    + "\"practice_id\":null,\"occurred_at\":\"2026-02-02T02:40:00Z\",\"data\":{\"n\": 1}}\n\n"))
    }

    @Test("A practice's page gets its own events alone, without those of the whole organisation")
    func practice() throws {
        let source = Source()
        let harness = try GatewayHarness(events: source)
        let stream = try opened(harness, [harness.token()], path: Self.path + "?practice_id=north")
        _ = try stream.receiveText(until: Self.greeting)
        source.publish("e1")
        source.publish("e2", practice: "south")
        source.publish("e3", practice: "north")
        let frame = try stream.receiveText(until: "\n\n")
        #expect(frame.contains("id: e3\n"))
        #expect(!frame.contains("id: e1\n") && !frame.contains("id: e2\n"))
        let long = String(repeating: "x", count: 129)
        let refused = try harness.request("GET", Self.path + "?practice_id=\(long)", [harness.token()])
        #expect(refused.status == 422)
        #expect(refused.detail("field") == "practice_id")
    }

    @Test("Nobody else gets in, whether or not the organisation exists")
    func access() throws {
        let harness = try GatewayHarness(events: Source())
        #expect(try harness.request("GET", Self.path).status == 401)
        #expect(try harness.request("GET", Self.path, ["Authorization: Bearer nothing"]).status == 401)
        for name in ["empty", "unheard", "default"] {
            let foreign = try harness.request(
                "GET", "/api/v1/\(name)/events/stream", [harness.token(role: .superadmin)])
            #expect(foreign.status == 403)
            #expect(foreign.detail("reason") == "tenant_mismatch")
        }
        let homeless = try harness.request("GET", Self.path, [harness.token(nil)])
        #expect(homeless.detail("reason") == "tenant_mismatch")
        #expect(try harness.request("GET", "/api/v1/users/events/stream", [harness.token()]).status == 404)
        #expect(try harness.request("POST", Self.path, [harness.token()]).status == 405)
        #expect(try harness.request("HEAD", Self.path, [harness.token()]).status == 200)
    }

    @Test("A browser's cookie shows who it is")
    func cookie() throws {
        let harness = try GatewayHarness(events: Source())
        let token = harness.token().dropFirst("Authorization: Bearer ".count)
        let stream = try opened(harness, ["Cookie: theme=dark; session=\(token)"])
        #expect(try stream.receiveText(until: Self.greeting).hasPrefix("HTTP/1.1 200 "))
    }

    @Test("A caller holds ten streams; one that ends makes room")
    func count() throws {
        let source = Source()
        let harness = try GatewayHarness(events: source)
        var streams: [RawClient] = []
        for _ in 0..<10 {
            let stream = try opened(harness, [harness.token()])
            _ = try stream.receiveText(until: Self.greeting)
            streams.append(stream)
        }
        let refused = try harness.request("GET", Self.path, [harness.token()])
        #expect(refused.status == 429)
        #expect(refused.detail("reason") == "too_many_streams")
        let other = try opened(harness, [harness.token(subject: "u2")])
        _ = try other.receiveText(until: Self.greeting)
        #expect(harness.gateway.liveStreams == 11)
        #expect(source.count == 1)
        harness.gateway.beginDrain()
        for stream in streams { _ = try stream.receiveText(until: "0\r\n\r\n") }
        while harness.gateway.liveStreams > 0 { sched_yield() }
        #expect(source.count == 0)
        #expect(try harness.request("GET", Self.path, [harness.token()]).status == 503)
    }

    @Test("A stream ends with its credential, and lives on by comments until then")
    func time() throws {
        let harness = try GatewayHarness(events: Source())
        let stream = try opened(harness, [harness.key()])
        _ = try stream.receiveText(until: Self.greeting)
        harness.clock.advance(seconds: 16)
        #expect(try stream.receiveText(until: ": keep-alive\n\n").contains(": keep-alive"))
        for record in harness.keys.records(tenant: "a") {
            _ = try harness.keys.revoke(id: record.id, tenant: "a", nowMilliseconds: 1)
        }
        _ = try stream.receiveText(until: "0\r\n\r\n")
    }

    @Test("A client that does not read is sent away once 256 events wait")
    func overflow() throws {
        let source = Source()
        let harness = try GatewayHarness(events: source)
        let stream = try opened(harness, [harness.token()])
        _ = try stream.receiveText(until: Self.greeting)
        let data = "{\"text\":\"" + String(repeating: "x", count: 16_000) + "\"}"
        var number = 0
        while source.count > 0, number < 20_000 {
            source.publish("e\(number)", data: data)
            number += 1
            if number % 64 == 0 { sched_yield() }
        }
        #expect(source.count == 0)
        #expect(number > 256)
    }

    @Test("Events that cannot be had are told as such")
    func broken() throws {
        let harness = try GatewayHarness(events: Source(isReady: false))
        let refused = try harness.request("GET", Self.path, [harness.token()])
        #expect(refused.status == 503)
        #expect(refused.detail("service") == "broker")
        #expect(harness.gateway.liveStreams == 0)
    }

    @Test("Only types of the contract's form are shown, and no data beyond 16 KiB")
    func form() {
        for type in ["record.changed", "a.b.c_2"] { #expect(LiveFrame.canShow(type: type)) }
        for type in ["record", "Record.changed", "record.", "record..x", "2.x", "a-b.c", "a.b\nc"] {
            #expect(!LiveFrame.canShow(type: type))
        }
    }
}
