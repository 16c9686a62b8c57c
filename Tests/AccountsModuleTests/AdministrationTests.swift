import GantryKit
import GantryKitTesting
import GantryThreads
import Testing

@Suite("Accounts as administrators see them")
struct AdministrationTests {
    private let accounts: AccountsUnderTest
    private let host: TestHost

    init() throws {
        accounts = try AccountsUnderTest()
        host = accounts.host
        for (id, role) in [("sue", "superadmin"), ("ada", "admin"), ("abe", "admin"), ("mira", "user")] {
            host.nowMilliseconds += 1000
            try accounts.signIn(id, role: role)
        }
    }

    private func change(_ id: String, _ body: String, as actor: String) throws -> TestResponse {
        try host.call("adminUpdateUser", parameters: [id], json: body, as: .user(actor, role: "admin"))
    }

    private func role(_ id: String) throws -> String {
        let reply = try host.call("adminGetUser", parameters: [id], as: .admin("ada"))
        return try JSONDocument(reply.text).withRoot { $0["role"]?.string } ?? "\(reply.status)"
    }

    @Test("Admins raise users to admins and no further; superadmins do the rest")
    func hierarchy() throws {
        #expect(try change("mira", #"{"role":"superadmin"}"#, as: "ada").reason == "role_hierarchy")
        #expect(try change("abe", #"{"is_active":false}"#, as: "ada").reason == "role_hierarchy")
        #expect(try change("sue", #"{"role":"user"}"#, as: "ada").reason == "role_hierarchy")
        #expect(try change("mira", #"{"role":"admin"}"#, as: "ada").status == 200)
        #expect(try change("mira", #"{"role":"user"}"#, as: "ada").reason == "role_hierarchy")
        #expect(try change("mira", #"{"role":"superadmin"}"#, as: "sue").status == 200)
        #expect(try role("mira") == "superadmin")
        #expect(accounts.told.withLock { $0.standings["mira"] } == "superadmin active 3")
    }

    @Test("Nobody changes themselves, and what the stored account may do counts, not what the token says")
    func oneself() throws {
        #expect(try change("sue", #"{"role":"user"}"#, as: "sue").reason == "self_change")
        #expect(try change("ada", #"{"is_active":false}"#, as: "ada").reason == "self_change")
        #expect(try host.call("adminDeactivateUser", parameters: ["sue"], as: .admin("sue")).reason == "self_change")
        #expect(try change("abe", #"{"role":"user"}"#, as: "mira").reason == "role_required")
        #expect(try change("nobody", #"{"role":"user"}"#, as: "sue").status == 404)
        #expect(accounts.events.isEmpty)
    }

    @Test("Shutting out and letting in tell, once each, and write one line of the audit trail")
    func activation() throws {
        for _ in 0..<2 {
            let reply = try host.call("adminDeactivateUser", parameters: ["mira"], as: .admin("ada"))
            #expect(reply.status == 200)
            #expect(try JSONDocument(reply.text).withRoot { $0["is_active"]?.bool } == false)
        }
        #expect(accounts.told.withLock { $0.standings["mira"] } == "user inactive 2")
        for _ in 0..<2 {
            #expect(try host.call("adminActivateUser", parameters: ["mira"], as: .admin("ada")).status == 200)
        }
        #expect(accounts.events == ["user.deactivated", "user.activated"])
        #expect(
            accounts.told.withLock { $0.acts } == [
                "log_1 ada user.deactivate user:mira", "log_2 ada user.activate user:mira",
            ])
    }

    @Test("Both members take effect together or not at all")
    func together() throws {
        #expect(try change("mira", #"{"role":"superadmin","is_active":false}"#, as: "ada").status == 403)
        #expect(try role("mira") == "user")
        #expect(try change("mira", #"{"role":"admin","is_active":false}"#, as: "ada").status == 200)
        #expect(accounts.events == ["user.updated", "user.deactivated"])
        let log = try host.call("listAuditLogs", query: [("action", "user.update")], as: .admin("ada"))
        try JSONDocument(log.text).withRoot { root in
            #expect(root["total"]?.int64 == 1)
            let entry = root["items"]?[0]
            #expect(entry?["actor_id"]?.string == "ada" && entry?["resource_id"]?.string == "mira")
            #expect(entry?["details"]?["role"]?["old"]?.string == "user")
            #expect(entry?["details"]?["is_active"]?["new"]?.bool == false)
        }
    }

    @Test("What the host did not hear before a crash it hears with the event")
    func settlement() throws {
        accounts.isDeaf.withLock { $0 = true }
        #expect(try host.call("adminDeactivateUser", parameters: ["mira"], as: .admin("ada")).status == 500)
        #expect(accounts.told.withLock { $0.standings["mira"] } == "user active 1")
        accounts.isDeaf.withLock { $0 = false }
        try host.deliver("user.deactivated", json: ["user_id": "mira"], from: "accounts")
        #expect(accounts.told.withLock { $0.standings["mira"] } == "user inactive 2")
        #expect(accounts.told.withLock { $0.acts.count } == 1)
        #expect(try host.database.value("SELECT COUNT(*) FROM standing_marks") == .integer(0))
    }

    @Test("The list is paged, the newest first, without those who were removed")
    func list() throws {
        try host.database.execute("UPDATE accounts SET removed_at = 1 WHERE id = 'abe'")
        let reply = try host.call("adminListUsers", query: [("limit", "2"), ("skip", "1")], as: .admin("ada"))
        try JSONDocument(reply.text).withRoot { root in
            #expect(root["total"]?.int64 == 3)
            #expect(root["items"]?.elements.compactMap { $0["id"]?.string } == ["ada", "sue"])
            #expect(root["items"]?[0]?["auth_provider"]?.string == "custom")
        }
        #expect(try host.call("adminGetUser", parameters: ["abe"], as: .admin("ada")).status == 404)
    }

    @Test("Entries of the audit trail can be neither changed nor removed")
    func trail() throws {
        _ = try host.call("adminDeactivateUser", parameters: ["mira"], as: .admin("ada"))
        #expect(throws: (any Error).self) { try host.database.execute("UPDATE audit_log SET actor_id = 'x'") }
        #expect(throws: (any Error).self) { try host.database.execute("DELETE FROM audit_log") }
        for filter in [("actor_id", "ADA"), ("action", "user"), ("resource_type", "x")] {
            let reply = try host.call("listAuditLogs", query: [filter], as: .admin("ada"))
            #expect(try JSONDocument(reply.text).withRoot { $0["total"]?.int64 } == 0)
        }
    }

    @Test("Figures count whom there is")
    func figures() throws {
        try host.database.execute(
            "UPDATE accounts SET subscription_plan = 'pro', subscription_status = 'trialing' WHERE id = 'mira'")
        _ = try host.call("adminDeactivateUser", parameters: ["mira"], as: .admin("ada"))
        let reply = try host.call("getDashboardStats", as: .admin("ada"))
        try JSONDocument(reply.text).withRoot { root in
            #expect(root["users"]?["total"]?.int64 == 4 && root["users"]?["active"]?.int64 == 3)
            #expect(root["users"]?["new_last_7_days"]?.int64 == 4)
            #expect(root["subscriptions"]?["active"]?.int64 == 1)
            #expect(root["subscriptions"]?["by_plan"]?["free"]?.int64 == 3)
            #expect(root["jobs"]?["queued"]?.int64 == 7 && root["jobs"]?["failed_last_24h"]?.int64 == 3)
        }
    }

    @Test("Jobs are listed as the host tells of them, and tried again where they have failed")
    func jobs() throws {
        let job = """
            {"id":"j","name":"send","module":"contact","status":"failed","attempts":8,"max_attempts":8,
             "error":"refused","created_at":1000,"started_at":2000,"finished_at":2500}
            """
        host.provide(Service<String, String, Int64, Int64>("platform.jobs(string, i64, i64) -> string")) {
            state, skip, limit in
            "{\"total\":9,\"items\":[\(state == "failed" && skip == 1 && limit == 5 ? job : "")]}"
        }
        let query = [("status", "failed"), ("skip", "1"), ("limit", "5")]
        let listed = try host.call("listJobs", query: query, as: .admin("ada"))
        try JSONDocument(listed.text).withRoot { root in
            #expect(root["items"]?[0]?["error"]?.string == "refused" && root["items"]?.count == 1)
            #expect(root["items"]?[0]?["finished_at"]?.string == "1970-01-01T00:00:02.500Z")
        }
        let retry = Service<String, String>("platform.retry_job(string) -> string")
        for (outcome, status, reason) in [
            ("unknown", 404, "not_found"), ("not_failed", 409, "job_not_failed"),
            ("module_disabled", 409, "module_disabled"), ("queued", 202, ""),
        ] {
            host.provide(retry) { _ in "{\"outcome\":\"\(outcome)\",\"job\":\(job)}" }
            let reply = try host.call("retryJob", parameters: ["j"], as: .admin("ada"))
            #expect(reply.status == status && reply.reason == reason)
        }
        #expect(accounts.events == ["job.retried"])
        #expect(accounts.told.withLock { $0.acts } == ["log_1 ada job.retry job:j"])
    }
}
