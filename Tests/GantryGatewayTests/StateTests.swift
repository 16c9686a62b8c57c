import GantryCore
import GantryGateway
import RawHTTP
import Testing

@Suite("States of the gateway")
struct StateTests {
    @Test("Two modules of a tenant that claim one route are an error that names both")
    func conflict() throws {
        let harness = try GatewayHarness()
        let entry = TenantEntry(
            id: "a",
            modules: [
                try GatewayHarness.enabled(harness.module, id: "one"),
                try GatewayHarness.enabled(harness.module, id: "two"),
            ])
        let error = #expect(throws: GatewayError.self) { try harness.gateway.makeState([entry]) }
        #expect(error?.code == .routeConflict)
        for name in ["`one`", "`two`", "`a`", "/v1/items/{id}"] { #expect(error?.message.contains(name) == true) }
        // The state in force is not touched.
        #expect(try harness.request("GET", "/v1/items/1", [harness.key()]).status == 200)
    }

    @Test("A mount prefix settles it")
    func mount() throws {
        let other = FakeModule(tag: "other")
        let harness = try GatewayHarness { _ in
        } tenants: { module in
            [
                TenantEntry(
                    id: "a",
                    modules: [
                        try GatewayHarness.enabled(module),
                        try GatewayHarness.enabled(other, id: "two", mount: "/second"),
                    ])
            ]
        }
        let key = try harness.key()
        #expect(try harness.request("GET", "/v1/items/1", [key]).seen("tag") == "fake")
        let mounted = try harness.request("GET", "/second/v1/items/1", [key])
        #expect(mounted.seen("tag") == "other")
        #expect(mounted.seen("parameters") == "1")
    }

    @Test("A module cannot take a route of the host")
    func hostRoute() throws {
        let harness = try GatewayHarness()
        let module = try GatewayHarness.enabled(harness.module, mount: "") { manifest in
            manifest.routes[4].path = "/api/ping"
        }
        let error = #expect(throws: GatewayError.self) {
            try harness.gateway.makeState([TenantEntry(id: "a", modules: [module])])
        }
        #expect(error?.code == .routeConflict)
        #expect(error?.message.contains("`platform`") == true)
    }

    @Test("A manifest that its contract does not know is an error")
    func unknownOperation() throws {
        let harness = try GatewayHarness()
        let module = try GatewayHarness.enabled(harness.module) { $0.routes[0].operation = "unheard" }
        let error = #expect(throws: GatewayError.self) {
            try harness.gateway.makeState([TenantEntry(id: "a", modules: [module])])
        }
        #expect(error?.code == .contract)
        #expect(error?.message.contains("unheard") == true)
    }

    @Test("Two tenants cannot claim one host or one id")
    func tenants() throws {
        let harness = try GatewayHarness()
        let hosts = [TenantEntry(id: "a", hosts: ["x.example"]), TenantEntry(id: "b", hosts: ["x.example"])]
        #expect(throws: GatewayError.self) { try harness.gateway.makeState(hosts) }
        #expect(throws: GatewayError.self) {
            try harness.gateway.makeState([TenantEntry(id: "a"), TenantEntry(id: "a")])
        }
    }

    @Test("A new state holds from the next request of an open connection on")
    func swap() throws {
        let harness = try GatewayHarness()
        let client = try harness.client()
        let key = try harness.key()
        #expect(try client.exchange("GET", "/v1/items/1", headers: [key]).seen("tag") == "fake")
        let next = try GatewayHarness.enabled(FakeModule(tag: "next"))
        harness.gateway.replaceState(try harness.gateway.makeState([TenantEntry(id: "a", modules: [next])]))
        #expect(try client.exchange("GET", "/v1/items/1", headers: [key]).seen("tag") == "next")
        harness.gateway.replaceState(try harness.gateway.makeState([TenantEntry(id: "a")]))
        #expect(try client.exchange("GET", "/v1/items/1", headers: [key]).status == 404)
    }

    @Test("A request under way ends in the state it began with, and is counted until then")
    func underWay() throws {
        let harness = try GatewayHarness()
        let state = try harness.gateway.makeState(GatewayHarness.entries(harness.module))
        harness.gateway.replaceState(state)
        let client = try harness.client()
        try client.send("GET /v1/wait HTTP/1.1\r\nHost: t\r\n\(harness.key())\r\n\r\n")
        let sink = harness.waitingSinks(1)[0]
        harness.gateway.replaceState(try harness.gateway.makeState([]))
        #expect(state.callsUnderWay(tenant: "a", module: "fake") == 1)
        FakeModule.send("{}", to: sink)
        #expect(try client.receive().status == 200)
        #expect(state.callsUnderWay(tenant: "a", module: "fake") == 0)
    }
}
