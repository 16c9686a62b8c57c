import GantryCore
import GantryIdentity
import RawHTTP
import Testing

@Suite("Which refusal comes first")
struct CheckOrderTests {
    private let json = "Content-Type: application/json"

    @Test("429 before 401 before 403 before 413 before 400 before 422")
    func order() throws {
        let harness = try GatewayHarness()
        let key = try harness.key()
        let large = String(repeating: "x", count: 300)
        // All at once wrong, and then one fault less each time.
        #expect(try harness.request("DELETE", "/v1/items/1").summary == "401 unauthenticated")
        #expect(try harness.request("DELETE", "/v1/items/1", [key]).summary == "403 user_token_required")
        #expect(try harness.request("DELETE", "/v1/items/1", [harness.token()]).summary == "403 role_required")
        #expect(try harness.request("DELETE", "/v1/items/1", [harness.token(role: .admin)]).status == 200)
        #expect(try harness.request("DELETE", "/v1/items/1", [harness.token(role: .superadmin)]).status == 200)
        #expect(try harness.request("POST", "/v1/items", [], body: large).summary == "401 unauthenticated")
        #expect(try harness.request("POST", "/v1/items", [key], body: large).summary == "413 body_too_large")
        #expect(try harness.request("POST", "/v1/items", [key], body: "{").summary == "400 unsupported_media_type")
        #expect(try harness.request("POST", "/v1/items", [key, json], body: "{").summary == "400 malformed_json")
        #expect(try harness.request("POST", "/v1/items", [key, json], body: "{}").summary == "422 validation_failed")
        #expect(try harness.request("POST", "/v1/items", [key, json], body: #"{"id":"a"}"#).status == 200)
        for _ in 0..<5 { _ = try harness.request("GET", "/v1/items/1") }
        #expect(try harness.request("GET", "/v1/items/1").summary == "429 rate_limited")
    }

    @Test("A role is called what the module calls it")
    func roleNames() throws {
        let harness = try GatewayHarness()
        let response = try harness.request("DELETE", "/v1/items/1", [harness.token()])
        #expect(response.detail("required_role") == "admin")
    }

    @Test("401 says how to authenticate")
    func challenge() throws {
        let harness = try GatewayHarness()
        #expect(try harness.request("GET", "/v1/me")["www-authenticate"] == "Bearer")
        let refused = try harness.request("GET", "/v1/me", ["Authorization: Bearer x"])
        #expect(refused["www-authenticate"] == #"Bearer error="invalid_token""#)
        #expect(try harness.request("GET", "/v1/me", ["Authorization: Basic eDp5"]).status == 401)
        #expect(try harness.request("GET", "/v1/me", ["Authorization: Bearer"]).status == 401)
    }

    @Test("A header that decides who is calling cannot be sent twice")
    func ambiguous() throws {
        let harness = try GatewayHarness()
        let key = try harness.key()
        #expect(try harness.request("GET", "/v1/items/1", [key, harness.key()]).summary == "400 malformed_request")
        let tenants = ["X-Tenant-Id: a", "X-Tenant-Id: default"]
        #expect(try harness.request("GET", "/v1/open", tenants).summary == "400 malformed_request")
    }

    @Test("The scheme's case does not matter")
    func scheme() throws {
        let harness = try GatewayHarness()
        let key = try harness.key().replacingFirst("Bearer", with: "bEARER")
        #expect(try harness.request("GET", "/v1/items/1", [key]).status == 200)
    }

    @Test("A revoked key is refused on a connection that it was good on")
    func revocation() throws {
        let harness = try GatewayHarness()
        let (key, record) = try harness.keys.issue(tenant: "a", name: "k", nowMilliseconds: 0)
        let client = try harness.client()
        let headers = ["Authorization: Bearer \(key)"]
        #expect(try client.exchange("GET", "/v1/items/1", headers: headers).status == 200)
        _ = try harness.keys.revoke(id: record.id, tenant: "a", nowMilliseconds: 1)
        #expect(try client.exchange("GET", "/v1/items/1", headers: headers).status == 401)
    }

    @Test("A key that expires is refused on a connection that it was good on")
    func expiry() throws {
        let harness = try GatewayHarness()
        let key = try harness.keys.issue(
            tenant: "a", name: "k", expiresAtMilliseconds: 1_770_000_005_000, nowMilliseconds: 0
        ).key
        let client = try harness.client()
        let headers = ["Authorization: Bearer \(key)"]
        #expect(try client.exchange("GET", "/v1/items/1", headers: headers).status == 200)
        harness.clock.advance(seconds: 5)
        #expect(try client.exchange("GET", "/v1/items/1", headers: headers).status == 401)
    }
}

extension String {
    /// Replaces the first occurrence of a text.
    func replacingFirst(_ text: String, with other: String) -> String {
        guard let range = firstRange(of: text) else { return self }
        return replacingCharacters(range, with: other)
    }

    private func firstRange(of text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }

    private func replacingCharacters(_ range: Range<Index>, with other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
