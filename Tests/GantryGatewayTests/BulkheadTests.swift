import GantryCore
import GantryGateway
import GantryLoader
import GantryThreads
import RawHTTP
import Testing

@Suite("Bulkheads")
struct BulkheadTests {
    @Test("A module that hangs for one tenant leaves threads to the others")
    func leavesThreads() throws {
        let harness = try GatewayHarness { $0.maximumThreadsOfModule = 1 }
        defer { harness.module.exit.open() }
        let key = try harness.key()
        let clients = try (0..<4).map { _ in try harness.client() }
        for client in clients { try client.send("GET /v1/hang HTTP/1.1\r\nHost: t\r\n\(key)\r\n\r\n") }
        // The pool has two threads. One hangs, the other three calls wait without a thread.
        for _ in 0..<5 { #expect(try harness.request("GET", "/v1/me", [harness.token("default")]).status == 200) }
        harness.module.exit.open()
        for client in clients { #expect(try client.receive().status == 200) }
        #expect(try harness.request("GET", "/v1/me", [harness.token()]).status == 200)
    }

    @Test("A module that has answered and does not return still takes its place")
    func countsThoseWhoStay() throws {
        let harness = try GatewayHarness { $0.maximumConcurrentCalls = 1 }
        defer { harness.module.exit.open() }
        #expect(try harness.request("GET", "/v1/hang?answer=1", [harness.key()]).status == 200)
        #expect(try harness.request("GET", "/v1/me", [harness.token()]).summary == "503 overloaded")
        #expect(try harness.request("GET", "/v1/me", [harness.token("default")]).status == 200)
        harness.module.exit.open()
        while try harness.request("GET", "/v1/me", [harness.token()]).status != 200 {}
    }

    @Test("The manifest says how many calls may be under way, and the answer beyond has the module's shape")
    func followsManifest() throws {
        let harness = try GatewayHarness(tenants: { module in
            let narrow = try GatewayHarness.enabled(module) { $0.maximumConcurrentCalls = 1 }
            return [TenantEntry(id: "default"), TenantEntry(id: "a", modules: [narrow])]
        })
        let client = try harness.client()
        try client.send("GET /v1/wait HTTP/1.1\r\nHost: t\r\n\(harness.key())\r\n\r\n")
        let sink = harness.waitingSinks(1)[0]
        let refused = try harness.request("GET", "/v1/me", [harness.token()])
        #expect(refused.summary == "503 overloaded" && refused["retry-after"] == "1")
        FakeModule.send("{}", to: sink)
        #expect(try client.receive().status == 200)
    }

    @Test("A module in another process that hangs holds no event loop and none of the pool's threads")
    func isolates() throws {
        let harness = try GatewayHarness(tenants: { module in
            var isolated = try GatewayHarness.enabled(module) { manifest in
                for index in manifest.routes.indices where manifest.routes[index].operation == "hang" {
                    manifest.routes[index].execution = .inline
                }
            }
            isolated.isIsolated = true
            return [
                TenantEntry(id: "default", modules: [try GatewayHarness.enabled(module)]),
                TenantEntry(id: "a", modules: [isolated]),
            ]
        })
        defer { harness.module.exit.open() }
        let key = try harness.key()
        let clients = try (0..<6).map { _ in try harness.client() }
        for client in clients { try client.send("GET /v1/hang HTTP/1.1\r\nHost: t\r\n\(key)\r\n\r\n") }
        // There is one loop, and the pool has two threads.
        for _ in 0..<5 { #expect(try harness.request("GET", "/v1/me", [harness.token("default")]).status == 200) }
        harness.module.exit.open()
        for client in clients { #expect(try client.receive().status == 200) }
    }

    @Test("A module can know that the client has left, or that the host has answered in its place")
    func knowsClients() throws {
        let harness = try GatewayHarness()
        var client: RawClient? = try harness.client()
        try client?.send("GET /v1/wait HTTP/1.1\r\nHost: t\r\n\(harness.key())\r\n\r\n")
        let sink = harness.waitingSinks(1)[0]
        #expect(!sink.isOver)
        client = nil
        while !sink.isOver {}
    }
}
