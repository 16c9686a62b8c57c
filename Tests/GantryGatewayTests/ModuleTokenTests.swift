import GantryCore
import GantryGateway
import GantryIdentity
import RawHTTP
import Testing

@Suite("Requests with a token of a module")
struct ModuleTokenTests {
    private func harness() throws -> GatewayHarness {
        try GatewayHarness(tenants: { module in
            let enabled = try GatewayHarness.enabled(module) { manifest in
                for index in manifest.routes.indices where manifest.routes[index].operation == "read" {
                    manifest.routes[index].tokens = ["share"]
                }
            }
            return [TenantEntry(id: "default", modules: [enabled]), TenantEntry(id: "a", modules: [enabled])]
        })
    }

    @Test("It opens the routes that name its kind and public ones, and no others")
    func routes() throws {
        let harness = try harness()
        let (header, _) = try harness.issued()
        let read = try harness.request("GET", "/v1/items/1", [header])
        #expect(read.status == 200)
        #expect(read.seen("principal") == "token public a")
        #expect(try harness.request("DELETE", "/v1/items/1", [header]).summary == "403 user_token_required")
        let (other, _) = try harness.issued(kind: "other")
        #expect(try harness.request("GET", "/v1/items/1", [other]).summary == "403 user_token_required")
    }

    @Test("One of another module is a bad credential, on public routes too")
    func otherModule() throws {
        let harness = try harness()
        let (header, _) = try harness.issued(by: "another")
        #expect(try harness.request("GET", "/v1/items/1", [header]).summary == "401 unauthenticated")
        #expect(try harness.request("GET", "/v1/open", [header]).status == 401)
    }

    @Test("It selects its tenant, and contradicts every other")
    func tenant() throws {
        let harness = try harness()
        let (header, _) = try harness.issued()
        let response = try harness.request("GET", "/v1/items/1", [header, "X-Tenant-Id: default"])
        #expect(response.summary == "403 tenant_mismatch")
        #expect(try harness.request("GET", "/v1/items/1", [header, "X-Tenant-Id: a"]).status == 200)
    }

    @Test("Its revocation and its end hold on a connection that has borne it")
    func ends() throws {
        let harness = try harness()
        let client = try harness.client()
        let (header, id) = try harness.issued()
        #expect(try client.exchange("GET", "/v1/items/1", headers: [header], body: nil).status == 200)
        _ = try harness.moduleTokens.revoke(
            id: id, tenant: "a", module: "fake", nowMilliseconds: 1_770_000_000_000)
        #expect(try client.exchange("GET", "/v1/items/1", headers: [header], body: nil).status == 401)
        let (later, _) = try harness.issued()
        #expect(try client.exchange("GET", "/v1/items/1", headers: [later], body: nil).status == 200)
        harness.clock.advance(seconds: 61)
        #expect(try client.exchange("GET", "/v1/items/1", headers: [later], body: nil).status == 401)
    }
}
