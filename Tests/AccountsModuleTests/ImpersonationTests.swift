import GantryKit
import GantryKitTesting
import GantryThreads
import Testing

@Suite("Acting as somebody else")
struct ImpersonationTests {
    private let accounts: AccountsUnderTest
    private let host: TestHost
    private let impersonate = Service<String, String, String, Int64>(
        "platform.impersonate(string, string, i64) -> string")

    init() throws {
        accounts = try AccountsUnderTest()
        host = accounts.host
        host.provide(impersonate) { user, email, _ in
            "{\"id\":\"j1\",\"token\":\"token of \(user) \(email)\",\"expires_at\":1781503600000}"
        }
        for (id, role) in [("sue", "superadmin"), ("sol", "superadmin"), ("ada", "admin"), ("abe", "admin")] {
            try accounts.signIn(id, role: role)
        }
        try accounts.signIn("mira", email: "mira@example.org")
    }

    private func start(_ id: String, as actor: String) throws -> TestResponse {
        try host.call("startImpersonation", json: #"{"user_id":"\#(id)","reason":"case"}"#, as: .admin(actor))
    }

    @Test("The token is handed out, told of, and stands in the audit trail")
    func started() throws {
        let reply = try start("mira", as: "ada")
        #expect(reply.status == 200)
        try JSONDocument(reply.text).withRoot { root in
            #expect(root["token"]?.string == "token of mira mira@example.org")
            #expect(root["expires_at"]?.string == "2026-06-15T06:06:40Z")
            #expect(root["impersonated_user"]?["id"]?.string == "mira")
        }
        #expect(accounts.events == ["impersonation.started"])
        #expect(accounts.told.withLock { $0.acts } == ["log_1 ada impersonate.start user:mira"])
        let trail = try host.call("listAuditLogs", as: .admin("ada"))
        #expect(try JSONDocument(trail.text).withRoot { $0["items"]?[0]?["details"]?["reason"]?.string } == "case")
        #expect(!trail.text.contains("token of"))
    }

    @Test("Only upwards: admins act as users, superadmins as users and admins, nobody as a superadmin")
    func hierarchy() throws {
        for (target, actor) in [("abe", "ada"), ("ada", "ada"), ("sue", "ada"), ("sol", "sue"), ("mira", "mira")] {
            #expect(try start(target, as: actor).reason == "role_hierarchy")
        }
        #expect(try start("abe", as: "sue").status == 200)
        #expect(try start("nobody", as: "sue").status == 404)
        _ = try host.call("adminDeactivateUser", parameters: ["mira"], as: .admin("ada"))
        #expect(try start("mira", as: "ada").reason == "user_inactive")
        accounts.facts.withLock { $0.actor = "sue" }
        #expect(try start("mira", as: "ada").reason == "nested_impersonation")
    }

    @Test("Without a secret it is not configured")
    func unconfigured() throws {
        host.withdraw(impersonate)
        let reply = try start("mira", as: "ada")
        #expect(reply.status == 503 && reply.text.contains("service"))
        #expect(accounts.told.withLock { $0.acts.isEmpty })
    }

    @Test("Stopping names the real person; an ordinary token has nothing to give up")
    func stopped() throws {
        #expect(try host.call("stopImpersonation", as: .admin("ada")).reason == "not_impersonating")
        let isGood = Lock(true)
        host.provide(Service<Bool>("platform.end_impersonation() -> bool")) { isGood.withLock { $0 } }
        accounts.facts.withLock {
            $0.actor = "ada"
            $0.token = "j1"
        }
        #expect(try host.call("stopImpersonation", as: .user("mira")).status == 200)
        #expect(accounts.told.withLock { $0.acts } == ["log_1 ada impersonate.stop user:mira"])
        #expect(accounts.events == ["impersonation.stopped"])
    }

    @Test("Other modules ask for address, existence and plan")
    func services() throws {
        let exists = Service<Bool, String>("accounts.exists(string) -> bool")
        let email = Service<String, String>("accounts.email(string) -> string")
        let plan = Service<String, String>("accounts.plan(string) -> string")
        #expect(try host.call(exists, "mira") && host.call(email, "mira") == "mira@example.org")
        #expect(try host.call(plan, "mira") == "free" && host.call(plan, "nobody") == "")
        #expect(try !host.call(exists, "nobody") && host.call(email, "sue") == "")
        try host.database.execute("UPDATE accounts SET removed_at = 1 WHERE id = 'mira'")
        #expect(try !host.call(exists, "mira") && host.call(email, "mira") == "")
    }
}
