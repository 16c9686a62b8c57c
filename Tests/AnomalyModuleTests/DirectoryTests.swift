import GantryKit
import GantryKitTesting
import Testing

@Suite("Keys, organization and members")
struct DirectoryTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    private func call(
        _ operation: String, as principal: TestPrincipal = .admin("ada"), path: [String] = [], _ body: String? = nil
    ) throws -> TestResponse {
        try module.host.call(operation, parameters: path, json: body, as: principal)
    }

    @Test("A key is shown once and listed without itself")
    func keys() throws {
        let made = try call("createApiKey", #"{"name":" ingest\u00a0","description":null}"#).json()
        #expect(made["name"] == "ingest" && made["tenantId"] == "acme")
        #expect(try #require(made["key"]).hasPrefix("cak_"))
        #expect(made["expiresAt"] == "2027-06-15T05:06:40Z")
        let listed = try call("listApiKeys", as: .key("k")).json()
        #expect(listed["items.0.description"] == "null" && listed["items.0.revokedAt"] == "null")
        #expect(listed["items.0.key"] == nil)
        let id = try #require(made["id"])
        #expect(try call("revokeApiKey", path: [id.uppercased()]).status == 200)
        #expect(try call("revokeApiKey", path: ["other"]).reason == "not_found")
        for number in 0..<50 { #expect(try call("createApiKey", "{\"name\":\"\(number)\"}").status == 200) }
        let refused = try call("createApiKey", #"{"name":"51"}"#)
        #expect(refused.status == 409 && refused.reason == "api_key_limit_reached")
    }

    @Test("The organization is made by whoever belongs to none, and replaced by admins")
    func organization() throws {
        #expect(try call("getOrganization").reason == "organization_not_found")
        module.host.strangers = ["neu"]
        let body = #"{"name":" Linden ","phone":"+4940555010","taxIdType":"eu_vat","taxIdValue":" DE1 "}"#
        let made = try call("updateOrganization", as: .user("neu"), body).json()
        #expect(made["name"] == "Linden" && made["taxIdValue"] == "DE1" && made["updatedAt"] == "null")
        #expect(module.host.members.map(\.user).contains("neu"))
        let changed = try call("updateOrganization", #"{"name":"Linden"}"#).json()
        #expect(changed["phone"] == "null" && changed["updatedAt"] != "null")
        #expect(try call("getOrganization").json()["id"] == made["id"])
        for tax in [#""taxIdType":null,"taxIdValue":"DE1""#, #""taxIdType":"eu_vat","taxIdValue":null"#] {
            let findings = try module.checkOnly("updateOrganization", "{\"name\":\"n\",\(tax)}")
            #expect(findings.map(\.code) == ["required"])
        }
        #expect(try module.checkOnly("updateOrganization", #"{"name":"n","taxIdType":null,"taxIdValue":null}"#).isEmpty)
    }

    @Test("Invitations are for admins' eyes, roles in the contract's words, unknown addresses are nobody's")
    func members() throws {
        module.host.members = [
            TestMember(user: "sue", role: "superadmin"), TestMember(user: "bob", email: "bob@people.example"),
        ]
        let seen = try call("listMembers").json()
        #expect(seen["members.0.role"] == "super_admin" && seen["members.0.email"] == "unknown@address.invalid")
        #expect(seen["members.1.role"] == "member" && seen["members.1.email"] == "bob@people.example")
        #expect(seen["members.2.userId"] == "ada" && seen["members.2.invitationId"] == "null")
        #expect(try call("removeMember", path: ["ada"]).reason == "cannot_remove_self")
        #expect(try call("removeMember", path: ["sue"]).reason == "role_required")
        #expect(try call("removeMember", as: .user("sue", role: "superadmin"), path: ["ada"]).reason == "last_admin")
        #expect(try call("removeMember", path: ["bob"]).status == 200)
        #expect(try call("removeMember", path: ["bob"]).reason == "not_found")
    }

    @Test("What the host tells becomes the contract's events")
    func events() throws {
        try module.host.deliver(
            "directory.key.revoked", json: ["actor": "ada", "key_id": "k1", "name": "n"], from: "platform")
        #expect(module.events("apikey.revoked").first?["actorUserId"] == "ada")
        #expect(module.events("apikey.revoked").first?["keyId"] == "k1")
        try module.host.deliver(
            "directory.organization.updated",
            json: [
                "id": "o", "tenant": "acme", "name": "N", "tax_kind": "eu_vat", "created_at": "2026-06-15T05:06:40Z",
            ],
            from: "platform")
        let updated = try #require(module.events("organization.updated").first)
        #expect(updated["tenantId"] == "acme" && updated["taxIdType"] == "eu_vat" && updated["phone"] == "null")
    }

    @Test("A removed person's issues are nobody's, and each is told of once")
    func unassigns() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        _ = try module.json("createSession", Bodies.session("S-2", Bodies.falling()))
        module.execute("UPDATE anomaly_issues SET assigned_to = 'bob'")
        let count = try #require(module.value("SELECT COUNT(*) FROM anomaly_issues"))
        module.execute(
            "INSERT INTO anomaly_issues SELECT anomaly_id, 99, 'other', status, 'eve', 1, 1, NULL "
                + "FROM anomaly_issues LIMIT 1")
        for _ in 0..<2 {
            try module.host.deliver(
                "directory.member.removed", json: ["actor": nil, "user_id": "bob"], from: "platform")
        }
        #expect(module.value("SELECT COUNT(*) FROM anomaly_issues WHERE assigned_to = 'bob'") == 0)
        #expect(module.value("SELECT COUNT(*) FROM anomaly_issues WHERE assigned_to = 'eve'") == 1)
        let told = module.events("anomaly.issue.updated")
        #expect(told.count == count && told.allSatisfy { $0["assignedTo"] == "null" && $0["updatedBy"] == "operator" })
        #expect(module.events("member.removed").first?["removedBy"] == "operator")
    }
}
