import GantryCore
import GantryGateway
import GantryThreads
import RawHTTP
import Synchronization
import Testing

/// A module that is started when the test says so.
private final class LazySource: TenantSource, ModuleSource {
    private struct State {
        var instance: FakeModule?
        var receivers: [@Sendable ((any ModuleSource)?) -> Void] = []
        var isBroken = false
        var borrowers = 0
    }

    private let monitor = Monitor(State())

    func source(of module: String) -> any ModuleSource { self }
    func isAvailable(atNanoseconds _: Int64) -> Bool { monitor.withLock { !$0.isBroken } }

    func enter() -> (any ModulePort)? {
        monitor.withLock { state -> FakeModule? in
            if state.instance != nil { state.borrowers += 1 }
            return state.instance
        }
    }

    func leave() {
        monitor.withLock { $0.borrowers -= 1 }
        monitor.broadcast()
    }

    func start(_ receive: @escaping @Sendable ((any ModuleSource)?) -> Void) {
        monitor.withLock { $0.receivers.append(receive) }
        monitor.broadcast()
    }

    /// Waits until so many requests wait for the start.
    func waitForReceivers(_ count: Int) { _ = monitor.wait { $0.receivers.count >= count ? true : nil } }

    /// Waits until nobody holds the instance.
    func waitUntilFree() { _ = monitor.wait { $0.borrowers == 0 ? true : nil } }

    /// Ends the start, with an instance or without.
    func finish(_ instance: FakeModule?) {
        let receivers = monitor.withLock { state -> [@Sendable ((any ModuleSource)?) -> Void] in
            state.instance = instance
            state.isBroken = instance == nil
            defer { state.receivers = [] }
            return state.receivers
        }
        for receive in receivers { receive(instance == nil ? nil : self) }
    }
}

@Suite("Modules that are started by the first request")
struct LazyModuleTests {
    private let source = LazySource()

    private func harness() throws -> GatewayHarness {
        let harness = try GatewayHarness { _ in
        } tenants: { module in
            [TenantEntry(id: "default", modules: [try GatewayHarness.enabled(module)])]
        }
        let modules = try harness.gateway.moduleSet([try GatewayHarness.enabled(nil)])
        try harness.gateway.update([TenantEntry(id: "a", modules: modules, source: source)])
        return harness
    }

    @Test("those who come first wait together, and the event loop serves others meanwhile")
    func waiting() throws {
        let harness = try harness()
        let key = try harness.key()
        let clients = try (0..<3).map { _ in try harness.client() }
        for client in clients { try client.send("GET /v1/items/1 HTTP/1.1\r\nHost: t\r\n\(key)\r\n\r\n") }
        source.waitForReceivers(3)
        // There is one event loop, and it is free.
        #expect(try harness.request("GET", "/v1/items/1", [harness.key("default")]).status == 200)
        source.finish(FakeModule(tag: "late"))
        for client in clients { #expect(try client.receive().seen("tag") == "late") }
        #expect(try harness.request("GET", "/v1/items/1", [key]).seen("tag") == "late")
        source.waitUntilFree()
    }

    @Test("a start that fails is 503 for those who wait and for those who come next")
    func failing() throws {
        let harness = try harness()
        let key = try harness.key()
        let client = try harness.client()
        try client.send("GET /v1/items/1 HTTP/1.1\r\nHost: t\r\n\(key)\r\n\r\n")
        source.waitForReceivers(1)
        source.finish(nil)
        #expect(try client.receive().detail("service") == "fake")
        #expect(try harness.request("GET", "/v1/items/1", [key]).status == 503)
    }

    @Test("who may not come in starts nothing")
    func strangers() throws {
        let harness = try harness()
        #expect(try harness.request("GET", "/v1/me", ["X-Tenant-Id: a"]).status == 401)
        #expect(try harness.request("GET", "/v1/nothing", [harness.key()]).status == 404)
        source.finish(FakeModule())
        source.waitUntilFree()
    }

    @Test("a change of one tenant leaves the others as they are")
    func update() throws {
        let harness = try harness()
        source.finish(FakeModule(tag: "kept"))
        let key = try harness.key()
        for number in 0..<200 {
            try harness.gateway.update([
                TenantEntry(id: "t\(number)", hosts: ["t\(number).example"], modules: [])
            ])
        }
        #expect(try harness.request("GET", "/v1/items/1", [key]).seen("tag") == "kept")
        let client = try harness.client()
        try client.send("GET /v1/items/1 HTTP/1.1\r\nHost: t7.example\r\n\r\n")
        #expect(try client.receive().status == 404)
        #expect(throws: GatewayError.self) {
            try harness.gateway.update([TenantEntry(id: "other", hosts: ["t7.example"])])
        }
        // A name may go from one tenant to another in one step.
        try harness.gateway.update([
            TenantEntry(id: "other", hosts: ["t7.example"]), TenantEntry(id: "t7"),
        ])
    }

    @Test("sets that differ in limits only share their routes")
    func sharing() throws {
        let harness = try harness()
        let set = try harness.gateway.moduleSet([try GatewayHarness.enabled(nil)])
        let limited = try harness.gateway.moduleSet([
            try GatewayHarness.enabled(nil, limits: ["default": RateLimit(count: 1, periodSeconds: 60)])
        ])
        let mounted = try harness.gateway.moduleSet([try GatewayHarness.enabled(nil, mount: "/x")])
        #expect(set.sharesRoutes(with: limited))
        #expect(!set.sharesRoutes(with: mounted))
    }
}
