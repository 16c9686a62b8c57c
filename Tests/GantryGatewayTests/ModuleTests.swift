import GantryCore
import GantryGateway
import GantryLoader
import GantryTelemetry
import GantryThreads
import RawHTTP
import Testing

@Suite("Calls of modules")
struct ModuleTests {
    @Test("A module sees the request, and no credential")
    func request() throws {
        let harness = try GatewayHarness()
        let response = try harness.request(
            "GET", "/v1/items/7?page=1", [harness.key(), "X-Request-ID: r-1", "Cookie: session=secret", "X-Other: 1"])
        #expect(response.seen("operation") == "read")
        #expect(response.seen("method") == "GET")
        #expect(response.seen("path") == "/v1/items/7")
        #expect(response.seen("parameters") == "7")
        #expect(response.seen("query") == "page=1")
        #expect(response.seen("headers") == "host|x-request-id|x-other|x-forwarded-for")
        #expect(response.seen("requestID") == "r-1")
        #expect(response.seen("principal") == "key user a")
    }

    @Test("The host's headers are the host's")
    func headers() throws {
        let harness = try GatewayHarness()
        let response = try harness.request("GET", "/v1/items/7", [harness.key(), "X-Request-ID: r-1"])
        #expect(response.headers.filter { $0.name == "x-request-id" }.map(\.value) == ["r-1"])
        #expect(response.headers.filter { $0.name == "x-ratelimit-limit" }.map(\.value) == ["5"])
        #expect(response["x-own"] == "1")
        #expect(response["content-type"] == "application/json")
        #expect(response["date"] != nil)
        #expect(response["x-api-version"] == "v1")
    }

    @Test("HEAD calls the handler of GET and sends no body")
    func head() throws {
        let harness = try GatewayHarness()
        let client = try harness.client()
        let key = try harness.key()
        let head = try client.exchange("HEAD", "/v1/items/7", headers: [key])
        #expect(head.status == 200)
        #expect(head["content-length"] != "0")
        #expect(try client.exchange("GET", "/v1/items/7", headers: [key]).status == 200)
    }

    @Test("Other methods of a known path are 405 with those that it takes")
    func methods() throws {
        let harness = try GatewayHarness()
        let response = try harness.request("PUT", "/v1/items/7")
        #expect(response.summary == "405 method_not_allowed")
        #expect(response["allow"] == "DELETE, GET, HEAD, OPTIONS")
        let options = try harness.request("OPTIONS", "/v1/items/7")
        #expect(options.status == 204)
        #expect(options["allow"] == "DELETE, GET, HEAD, OPTIONS")
        #expect(options.body.isEmpty)
    }

    @Test("A failure is rendered in the module's shape, with its details")
    func failure() throws {
        let harness = try GatewayHarness()
        let response = try harness.request("GET", "/v1/failing", [harness.key()])
        #expect(response.summary == "409 taken")
        #expect(response.text("error", "code") == "CONFLICT")
        #expect(response.text("error", "message") == "It is taken.")
        #expect(response.detail("id") == "x")
    }

    @Test("A module that gives no answer is 500, with a line in the log that names it")
    func abandoned() throws {
        let harness = try GatewayHarness()
        let response = try harness.request("GET", "/v1/broken", [harness.key(), "X-Request-ID: r-9"])
        #expect(response.summary == "500 internal_error")
        let line = try #require(harness.logLines().first { $0.contains("gave no answer") })
        for part in [
            #""module":"fake""#, #""operation":"broken""#, #""status":"#, #""request_id":"r-9""#, #""tenant":"a""#,
        ] {
            #expect(line.contains(part))
        }
    }

    @Test("An answer may come later, from another thread")
    func later() throws {
        let harness = try GatewayHarness()
        let client = try harness.client()
        try client.send("GET /v1/wait HTTP/1.1\r\nHost: t\r\n\(harness.key())\r\n\r\n")
        FakeModule.send(#"{"late":"yes"}"#, to: harness.waitingSinks(1)[0])
        #expect(try client.receive().text("late") == "yes")
    }

    @Test("Only so many calls of a module are under way for a tenant; others are 503")
    func bulkhead() throws {
        let harness = try GatewayHarness { $0.maximumConcurrentCalls = 1 }
        let key = try harness.key()
        let client = try harness.client()
        try client.send("GET /v1/wait HTTP/1.1\r\nHost: t\r\n\(key)\r\n\r\n")
        let sink = harness.waitingSinks(1)[0]
        let refused = try harness.request("GET", "/v1/me", [harness.token()])
        #expect(refused.summary == "503 overloaded")
        #expect(refused.detail("service") == "fake")
        #expect(refused["retry-after"] == "1")
        #expect(try harness.request("GET", "/v1/me", [harness.token("default")]).status == 200)
        FakeModule.send("{}", to: sink)
        #expect(try client.receive().status == 200)
        #expect(try harness.request("GET", "/v1/me", [harness.token()]).status == 200)
    }

    @Test("A second answer of a module changes nothing")
    func twice() throws {
        let harness = try GatewayHarness()
        let client = try harness.client()
        let key = try harness.key()
        try client.send("GET /v1/wait HTTP/1.1\r\nHost: t\r\n\(key)\r\n\r\n")
        let sink = harness.waitingSinks(1)[0]
        FakeModule.send(#"{"n":"1"}"#, to: sink)
        sink.fail(ModuleFailure(status: 400, reason: "late", message: "Late."))
        #expect(try client.receive().text("n") == "1")
        #expect(try client.exchange("GET", "/v1/items/1", headers: [key]).status == 200)
        #expect(String(decoding: harness.metrics.exposition(), as: UTF8.self).contains("\nhttp_requests_in_flight 0\n"))
    }

    @Test("A client that leaves in the middle of its body leaves nothing behind")
    func abandonedBody() throws {
        let harness = try GatewayHarness()
        var client: RawClient? = try harness.client()
        try client?.send(
            "POST /v1/items HTTP/1.1\r\nHost: t\r\n\(harness.key())\r\nContent-Length: 100\r\n\r\n{")
        while harness.metrics.requestsInFlight.value == 0 {}
        client = nil
        // The end of the stream is a broken body, and the end of the connection a client that left.
        let ends = [#""status":400"#, #""status":499"#]
        while !harness.logLines().contains(where: { line in ends.contains { line.contains($0) } }) {}
        #expect(harness.metrics.requestsInFlight.value == 0)
    }

    @Test("A route of a module that failed to start is 503 and names it")
    func notStarted() throws {
        let harness = try GatewayHarness { _ in
        } tenants: { _ in
            [TenantEntry(id: "a", modules: [try GatewayHarness.enabled(nil, id: "broken-down")])]
        }
        let response = try harness.request("GET", "/v1/me", [harness.token()])
        #expect(response.status == 503)
        #expect(response.text("error", "code") == "SERVICE_UNAVAILABLE")
        #expect(response.detail("service") == "broken-down")
    }

    @Test("Calls of a serial module follow each other")
    func serial() throws {
        let harness = try GatewayHarness { _ in
        } tenants: { module in
            [
                TenantEntry(
                    id: "a",
                    modules: [
                        try GatewayHarness.enabled(module) { manifest in
                            manifest.entry = .serial
                            for index in manifest.routes.indices { manifest.routes[index].execution = .blocking }
                        }
                    ])
            ]
        }
        let client = try harness.client()
        let token = harness.token()
        let request = "GET /v1/me HTTP/1.1\r\nHost: t\r\n\(token)\r\n\r\n"
        try client.send(String(repeating: request, count: 20))
        for _ in 0..<20 { #expect(try client.receive().status == 200) }
    }

    @Test("The log has a line for each request, with the route's template")
    func requestLog() throws {
        let harness = try GatewayHarness()
        let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        _ = try harness.request("GET", "/v1/items/private-name", [harness.key(), trace])
        let line = try #require(harness.logLines().first { $0.contains(#""message":"request""#) })
        #expect(line.contains(#""route":"/v1/items/{id}""#))
        #expect(line.contains(#""status":200"#))
        #expect(line.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#))
        #expect(!line.contains("00f067aa0ba902b7"))
        #expect(!line.contains("private-name"))
        #expect(!line.contains("cak_"))
    }
}

extension GatewayHarness {
    /// Waits until so many calls of `wait` have arrived.
    func waitingSinks(_ count: Int) -> [any ReplySink] {
        while true {
            // Taken out of the module: a sink leads to its request, and that back to the module.
            let sinks = module.waiting.withLock { waiting in
                defer { if waiting.count >= count { waiting = [] } }
                return waiting
            }
            if sinks.count >= count { return sinks }
        }
    }
}
