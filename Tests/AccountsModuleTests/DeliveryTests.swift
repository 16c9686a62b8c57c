import GantryKit
import GantryKitTesting
import GantryThreads
import Testing

@Suite("Deliveries of identity providers, once the host has verified them")
struct DeliveryTests {
    private let accounts: AccountsUnderTest
    private let host: TestHost

    init() throws {
        accounts = try AccountsUnderTest()
        host = accounts.host
    }

    private func deliver(_ operation: String, _ key: String, _ body: String) throws -> TestResponse {
        try host.call(operation, body: Array(body.utf8), headers: [("gantry-delivery", key)])
    }

    private func status(_ response: TestResponse) throws -> String {
        try JSONDocument(response.text).withRoot { $0["status"]?.string } ?? "\(response.status)"
    }

    private func clerk(_ key: String, _ type: String, updated: Int64 = 5000, first: String = "Mira") -> String {
        """
        {"type":"\(type)","object":"event","data":{"id":"mira","email_addresses":[
          {"id":"a","email_address":"old@example.org"},{"id":"b","email_address":"mira@example.org"}],
          "primary_email_address_id":"b","first_name":"\(first)","last_name":"Okafor",
          "image_url":"https://cdn.example.org/m.png","public_metadata":{"role":"admin"},"created_at":1000,
          "updated_at":\(updated)}}
        """
    }

    private func account() throws -> JSONDocument {
        let reply = try host.call("adminGetUser", parameters: ["mira"], as: .admin("ada"))
        try #require(reply.status == 200)
        return try JSONDocument(reply.text)
    }

    @Test("Clerk creates, updates and removes; a repeat does nothing, and what is older is ignored")
    func clerkDeliveries() throws {
        #expect(try status(deliver("receiveClerkWebhook", "m1", clerk("m1", "user.created"))) == "processed")
        #expect(try status(deliver("receiveClerkWebhook", "m1", clerk("m1", "user.created"))) == "duplicate")
        try account().withRoot { root in
            #expect(root["email"]?.string == "mira@example.org" && root["full_name"]?.string == "Mira Okafor")
            #expect(root["role"]?.string == "admin" && root["auth_provider"]?.string == "clerk")
            #expect(root["created_at"]?.string == "1970-01-01T00:00:01Z")
        }
        let older = clerk("m2", "user.updated", updated: 4000, first: "Old")
        #expect(try status(deliver("receiveClerkWebhook", "m2", older)) == "ignored")
        let newer = clerk("m3", "user.updated", updated: 6000, first: "New").replacing("admin", with: "superadmin")
        #expect(try status(deliver("receiveClerkWebhook", "m3", newer)) == "processed")
        #expect(try account().withRoot { $0["full_name"]?.string } == "New Okafor")
        #expect(try account().withRoot { $0["role"]?.string } == "admin")
        #expect(
            try status(deliver("receiveClerkWebhook", "m4", #"{"type":"email.created","data":{"id":"x"}}"#))
                == "ignored")
        let gone = #"{"type":"user.deleted","data":{"id":"mira","deleted":true}}"#
        #expect(try status(deliver("receiveClerkWebhook", "m5", gone)) == "processed")
        #expect(accounts.told.withLock { $0.standings["mira"] } == "admin removed 2")
        #expect(
            try status(deliver("receiveClerkWebhook", "m6", clerk("m6", "user.created", updated: 9000))) == "ignored")
        #expect(try host.call("adminGetUser", parameters: ["mira"], as: .admin("ada")).status == 404)
        #expect(host.published.map(\.type) == ["user.created", "user.updated", "user.deleted"])
    }

    @Test("What cannot be read is refused and not remembered")
    func unreadable() throws {
        for body in ["{", "[]", #"{"type":"user.created"}"#, #"{"data":{"id":"x"}}"#] {
            #expect(try deliver("receiveClerkWebhook", "m", body).status == 400)
        }
        for body in [#"{"type":"INSERT"}"#, #"{"type":"INSERT","table":"users","schema":"auth","record":null}"#] {
            #expect(try deliver("receiveSupabaseWebhook", "m", body).status == 400)
        }
        #expect(try host.database.value("SELECT COUNT(*) FROM inbox") == .integer(0))
    }

    @Test("A delivery whose handling failed is remembered as failed, and is handled again")
    func failure() throws {
        try host.database.execute("ALTER TABLE standing_marks RENAME TO elsewhere")
        #expect(try deliver("receiveClerkWebhook", "m1", clerk("m1", "user.created")).status == 500)
        #expect(try host.database.value("SELECT status FROM inbox") == .text("failed"))
        #expect(try host.database.value("SELECT COUNT(*) FROM accounts") == .integer(0))
        try host.database.execute("ALTER TABLE elsewhere RENAME TO standing_marks")
        #expect(try status(deliver("receiveClerkWebhook", "m1", clerk("m1", "user.created"))) == "processed")
    }

    @Test("Supabase's rows of auth.users are taken, others ignored; the order of inserts does not matter")
    func supabase() throws {
        func row(_ type: String, _ updated: String, _ table: String = "users") -> String {
            """
            {"type":"\(type)","table":"\(table)","schema":"auth","record":{"id":"mira","email":"mira@example.org",
              "raw_user_meta_data":{"full_name":"Mira","avatar_url":"javascript:x"},"raw_app_meta_data":{"role":"boss"},
              "created_at":"2026-02-27T12:00:00Z","updated_at":"\(updated)"},"old_record":null}
            """
        }
        #expect(try status(deliver("receiveSupabaseWebhook", "a", row("INSERT", "x", "other"))) == "ignored")
        #expect(
            try status(deliver("receiveSupabaseWebhook", "b", row("UPDATE", "2026-02-27T12:00:02Z"))) == "processed")
        #expect(try status(deliver("receiveSupabaseWebhook", "c", row("UPDATE", "2026-02-27T12:00:01Z"))) == "ignored")
        try account().withRoot { root in
            #expect(root["full_name"]?.string == "Mira" && root["avatar_url"]?.isNull == true)
            #expect(root["role"]?.string == "user" && root["auth_provider"]?.string == "supabase")
        }
        let gone = #"{"type":"DELETE","table":"users","schema":"auth","record":null,"old_record":{"id":"mira"}}"#
        #expect(try status(deliver("receiveSupabaseWebhook", "d", gone)) == "processed")
    }

    @Test("Notices of the auth service decide over role and activation; billing over the plan")
    func events() throws {
        func notice(_ type: String, _ second: Int, _ user: [String: String]) throws {
            let members = user.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",")
            let body = "{\"event_id\":\"e\",\"occurred_at\":\"2026-03-01T10:00:0\(second)Z\",\"user\":{\(members)}}"
            try host.deliver(type, data: Array(body.utf8), from: "platform")
        }
        try notice("identity.user.created", 1, ["id": "\"mira\"", "email": "\"mira@example.org\""])
        try notice("identity.user.updated", 3, ["id": "\"mira\"", "role": "\"admin\"", "is_active": "false"])
        try notice("identity.user.updated", 2, ["id": "\"mira\"", "role": "\"user\"", "is_active": "true"])
        #expect(accounts.told.withLock { $0.standings["mira"] } == "admin inactive 2")
        for (second, plan) in [(5, "pro"), (4, "enterprise")] {
            let text = "\"user_id\":\"mira\",\"plan\":\"\(plan)\",\"status\":\"active\""
            try host.deliver(
                "billing.subscription.changed",
                data: Array("{\(text),\"occurred_at\":\"2026-03-01T10:00:0\(second)Z\"}".utf8),
                from: "billing")
        }
        #expect(try account().withRoot { $0["subscription_plan"]?.string } == "pro")
    }

    @Test("An act that another module tells of is appended once")
    func audit() throws {
        let act = #"{"actor_id":"ada","action":"feature_flag.create","resource_type":"feature_flag","resource_id":"f"}"#
        for _ in 0..<2 { try host.deliver("audit.entry", data: Array(act.utf8), from: "flags", id: "e1") }
        #expect(accounts.told.withLock { $0.acts } == ["log_1 ada feature_flag.create feature_flag:f"])
    }
}
