import GantryCore
import GantryGateway
import RawHTTP
import Testing

@Suite("Which tenant a request is for")
struct TenantTests {
    enum Credential: Sendable {
        case none
        case key(String)
        case token(String?)
        case bad
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var host = "other.example"
        var header: String?
        var credential = Credential.none
        var path = "/v1/open"
        /// Status with reason, or the tenant's principal as the module saw it.
        var expected: String

        var testDescription: String { "\(host), \(header ?? "no header"), \(credential), \(path): \(expected)" }
    }

    static let cases: [Case] = [
        // Nobody names a tenant: the default one lends its routes.
        Case(expected: "200 nobody"),
        Case(credential: .bad, expected: "401 unauthenticated"),
        // The host.
        Case(host: "a.example", expected: "200 nobody"),
        Case(host: "A.Example:8000", expected: "200 nobody"),
        Case(host: "empty.example", expected: "404 not_found"),
        Case(host: "gone.example", expected: "403 tenant_inactive"),
        Case(host: "a.example", header: "a", expected: "200 nobody"),
        Case(host: "a.example", header: "default", expected: "403 tenant_mismatch"),
        Case(host: "a.example", header: "unheard", expected: "403 tenant_mismatch"),
        Case(host: "a.example", credential: .key("a"), expected: "200 key user a"),
        Case(host: "a.example", credential: .key("default"), expected: "403 tenant_mismatch"),
        Case(host: "a.example", credential: .token(nil), expected: "403 tenant_mismatch"),
        Case(host: "A.EXAMPLE.:80", credential: .key("default"), expected: "403 tenant_mismatch"),
        Case(host: "", credential: .key("a"), expected: "200 key user a"),
        Case(host: "[::1]:80", credential: .key("a"), expected: "200 key user a"),
        // The host of an absolute target counts instead of the header, as RFC 9112, 3.2.2 has it.
        Case(credential: .key("default"), path: "http://a.example/v1/open", expected: "403 tenant_mismatch"),
        Case(host: "a.example", credential: .key("a"), path: "HTTP://A.Example:80/v1/open", expected: "200 key user a"),
        Case(host: "gone.example", path: "http://a.example/v1/open", expected: "200 nobody"),
        // The header.
        Case(header: "a", expected: "200 nobody"),
        Case(header: "empty", expected: "404 not_found"),
        Case(header: "gone", expected: "403 tenant_inactive"),
        Case(header: "unheard", expected: "404 not_found"),
        Case(header: "../x", expected: "404 not_found"),
        Case(header: "a", credential: .key("a"), expected: "200 key user a"),
        Case(header: "default", credential: .key("a"), expected: "403 tenant_mismatch"),
        Case(header: "unheard", credential: .key("a"), expected: "403 tenant_mismatch"),
        Case(header: "a", credential: .token("default"), expected: "403 tenant_mismatch"),
        Case(header: "unheard", credential: .token("a"), expected: "403 tenant_mismatch"),
        Case(header: "unheard", credential: .bad, expected: "404 not_found"),
        // The credential.
        Case(credential: .key("a"), expected: "200 key user a"),
        Case(credential: .key("gone"), expected: "403 tenant_inactive"),
        Case(credential: .key("empty"), expected: "404 not_found"),
        Case(credential: .token("a"), expected: "200 user user a"),
        Case(credential: .token("unheard"), expected: "403 tenant_mismatch"),
        Case(header: "default", credential: .token(nil), expected: "200 user user "),
        Case(header: "default", credential: .token(nil), path: "/v1/me", expected: "403 tenant_required"),
        Case(header: "a", credential: .token(nil), expected: "403 tenant_mismatch"),
        Case(header: "unheard", credential: .token(nil), expected: "403 tenant_mismatch"),
        // A user without a tenant has the routes of the default one, and no membership.
        Case(credential: .token(nil), expected: "200 user user "),
        Case(credential: .token(nil), path: "/v1/me", expected: "403 tenant_required"),
        // A parameter of the path.
        Case(path: "/v1/orgs/a/items/1", expected: "200 nobody"),
        Case(path: "/v1/orgs/unheard/items/1", expected: "404 not_found"),
        Case(path: "/v1/orgs/gone/items/1", expected: "403 tenant_inactive"),
        Case(path: "/v1/orgs/empty/items/1", expected: "404 not_found"),
        Case(header: "a", path: "/v1/orgs/a/items/1", expected: "200 nobody"),
        Case(header: "a", path: "/v1/orgs/default/items/1", expected: "403 tenant_mismatch"),
        Case(header: "a", path: "/v1/orgs/unheard/items/1", expected: "403 tenant_mismatch"),
        Case(host: "a.example", path: "/v1/orgs/default/items/1", expected: "403 tenant_mismatch"),
        Case(credential: .key("a"), path: "/v1/orgs/a/items/1", expected: "200 key user a"),
        Case(credential: .key("a"), path: "/v1/orgs/default/items/1", expected: "403 tenant_mismatch"),
        Case(credential: .key("a"), path: "/v1/orgs/unheard/items/1", expected: "403 tenant_mismatch"),
        Case(credential: .token(nil), path: "/v1/orgs/a/items/1", expected: "403 tenant_mismatch"),
        Case(credential: .token(nil), path: "/v1/orgs/unheard/items/1", expected: "403 tenant_mismatch"),
    ]

    @Test("Names and credentials must agree", arguments: cases)
    func resolution(_ item: Case) throws {
        let harness = try GatewayHarness()
        var headers: [String] = []
        if let header = item.header { headers.append("X-Tenant-Id: \(header)") }
        switch item.credential {
        case .none: break
        case .key(let tenant): headers.append(try harness.key(tenant))
        case .token(let tenant): headers.append(harness.token(tenant))
        case .bad: headers.append("Authorization: Bearer nonsense")
        }
        let client = try harness.client()
        try client.send(
            "GET \(item.path) HTTP/1.1\r\nHost: \(item.host)\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n")
        let response = try client.receive()
        let summary = response.status == 200 ? "200 \(response.seen("principal") ?? "?")" : response.summary
        #expect(summary == item.expected)
    }

    @Test(
        "What is no host name is refused, however it might be understood elsewhere",
        arguments: [
            "a.example, b.example", "u@a.example", "a.example/", "a.example:80:80", "a.example:x", "a%2eexample",
            "[::1", "[a.example]", "a.example#", "\u{430}.example",
        ])
    func impossibleHost(host: String) throws {
        let harness = try GatewayHarness()
        let key = try harness.key("a")
        for line in ["/v1/open HTTP/1.1\r\nHost: \(host)", "http://\(host)/v1/open HTTP/1.1\r\nHost: other.example"] {
            // A slash or a hash ends the authority of a target; what follows is no route.
            let client = try harness.client()
            try client.send("GET \(line)\r\n\(key)\r\n\r\n")
            #expect([400, 403, 404].contains(try client.receive().status))
        }
        let client = try harness.client()
        try client.send("GET /v1/open HTTP/1.1\r\nHost: \(host)\r\n\(key)\r\n\r\n")
        #expect(try client.receive().summary == "400 malformed_request")
    }

    @Test(
        "The path of an absolute target begins after its authority",
        arguments: ["http://x?a=/v1/open", "http://x#/v1/open", "http:///v1/open", "http://", "ftp://x/v1/open"])
    func absolutePath(target: String) throws {
        let harness = try GatewayHarness()
        #expect([400, 404].contains(try harness.request("GET", target, [try harness.key("a")]).status))
    }

    @Test("A contradiction looks the same whether or not the tenant exists")
    func indistinguishable() throws {
        let harness = try GatewayHarness()
        let key = try harness.key("a")
        let existing = try harness.request("GET", "/v1/open", [key, "X-Tenant-Id: default", "X-Request-ID: r"])
        let unheard = try harness.request("GET", "/v1/open", [key, "X-Tenant-Id: unheard", "X-Request-ID: r"])
        #expect(existing.body == unheard.body)
        let names = { (response: RawClient.Response) in response.headers.filter { $0.name != "date" }.map { "\($0)" } }
        #expect(names(existing) == names(unheard))
    }

    @Test("A route may let users in who belong to no tenant, as plain users")
    func tenantless() throws {
        let harness = try GatewayHarness(tenants: { module in
            let enabled = try GatewayHarness.enabled(module) { manifest in
                for index in manifest.routes.indices { manifest.routes[index].admitsTenantless = true }
            }
            return [TenantEntry(id: "default", modules: [enabled]), TenantEntry(id: "a", modules: [enabled])]
        })
        // What a token says of a role holds in the tenant that it names, and it names none.
        let token = harness.token(nil, role: .superadmin)
        #expect(try harness.request("GET", "/v1/me", [token]).seen("principal") == "user user ")
        #expect(try harness.request("DELETE", "/v1/items/1", [token]).summary == "403 role_required")
        #expect(try harness.request("GET", "/v1/me", [token, "X-Tenant-Id: default"]).status == 200)
        #expect(try harness.request("GET", "/v1/me", [token, "X-Tenant-Id: a"]).summary == "403 tenant_mismatch")
        #expect(try harness.request("GET", "/v1/me").status == 401)
    }

    @Test("A route's own word lets them in whatever role it asks of the others")
    func excused() throws {
        let harness = try GatewayHarness(tenants: { module in
            let enabled = try GatewayHarness.enabled(module) { manifest in
                for index in manifest.routes.indices {
                    manifest.routes[index].admitsTenantless = true
                    manifest.routes[index].excusesTenantless = true
                }
            }
            return [TenantEntry(id: "default", modules: [enabled]), TenantEntry(id: "a", modules: [enabled])]
        })
        #expect(try harness.request("DELETE", "/v1/items/1", [harness.token(nil)]).status == 200)
        #expect(try harness.request("DELETE", "/v1/items/1", [harness.token("a")]).summary == "403 role_required")
        #expect(try harness.request("DELETE", "/v1/items/1", [harness.token("a", role: .admin)]).status == 200)
    }

    @Test("A default tenant that is not active lends nothing")
    func inactiveDefault() throws {
        let harness = try GatewayHarness(tenants: { module in
            let enabled = try GatewayHarness.enabled(module)
            return [
                TenantEntry(id: "default", status: .suspended, modules: [enabled]),
                TenantEntry(id: "a", modules: [enabled]),
            ]
        })
        #expect(try harness.request("GET", "/v1/open").summary == "403 tenant_inactive")
        #expect(try harness.request("GET", "/v1/open", [harness.token(nil)]).summary == "403 tenant_inactive")
        #expect(try harness.request("GET", "/v1/open", [try harness.key("a")]).status == 200)
        #expect(try harness.request("GET", "/v1/orgs/a/items/1").status == 200)
    }

    @Test("What cannot be found says what it was")
    func resources() throws {
        let harness = try GatewayHarness()
        #expect(try harness.request("GET", "/nothing").detail("resource") == "Route")
        #expect(try harness.request("GET", "/v1/open", ["X-Tenant-Id: unheard"]).detail("resource") == "Tenant")
    }
}
