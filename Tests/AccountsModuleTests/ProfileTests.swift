import GantryKit
import GantryKitTesting
import GantryThreads
import Testing

@Suite("One's own account")
struct ProfileTests {
    private let accounts: AccountsUnderTest

    init() throws {
        accounts = try AccountsUnderTest()
    }

    @Test("The first token makes the account, with its role, and the host hears of it")
    func firstToken() throws {
        accounts.facts.withLock { $0 = .init(email: "mira@example.org", issuedAt: 1_781_400_000_000) }
        let reply = try accounts.host.call("getCurrentUser", as: .user("mira", role: "admin"))
        #expect(reply.status == 200)
        try JSONDocument(reply.text).withRoot { root in
            #expect(root["id"]?.string == "mira" && root["email"]?.string == "mira@example.org")
            #expect(root["role"]?.string == "admin" && root["is_active"]?.bool == true)
            #expect(root["subscription_plan"]?.string == "free" && root["full_name"]?.isNull == true)
        }
        #expect(accounts.told.withLock { $0.standings } == ["mira": "admin active 1"])
        #expect(accounts.host.published.map(\.type) == ["user.created"])
        let again = try accounts.host.call("getCurrentUser", as: .user("mira"))
        #expect(again.text == reply.text)
        #expect(accounts.host.published.count == 1)
    }

    @Test("The newest login is noted, an older token changes nothing")
    func logins() throws {
        for (issued, expected) in [(5000, 5000), (3000, 5000), (9000, 9000)] as [(Int64, Int64)] {
            accounts.facts.withLock { $0.issuedAt = issued }
            try accounts.signIn("mira")
            let kept = try accounts.host.database.value("SELECT last_login_at FROM accounts")
            #expect(kept == .integer(expected))
        }
    }

    @Test("Name and picture change, null clears, what is the same emits nothing")
    func changes() throws {
        try accounts.signIn("mira")
        func change(_ body: String) throws -> JSONDocument {
            let reply = try accounts.host.call("updateCurrentUser", json: body, as: .user("mira"))
            try #require(reply.status == 200)
            return try JSONDocument(reply.text)
        }
        let renamed = try change(#"{"full_name":"  Mira Okafor ","email":"no@example.org","role":"superadmin"}"#)
        #expect(renamed.withRoot { $0["full_name"]?.string } == "Mira Okafor")
        #expect(renamed.withRoot { $0["email"]?.isNull } == true)
        #expect(renamed.withRoot { $0["role"]?.string } == "user")
        _ = try change(#"{"full_name":"Mira Okafor"}"#)
        _ = try change("{}")
        #expect(accounts.events == ["user.updated"])
        let cleared = try change(#"{"full_name":null,"avatar_url":"https://a.example/b.png"}"#)
        #expect(cleared.withRoot { $0["full_name"]?.isNull } == true)
        let event = try #require(accounts.host.published.last)
        let changed = try event.json().withRoot { $0["changed"]?.elements.compactMap(\.string) }
        #expect(changed == ["full_name", "avatar_url"])
    }

    @Test("A removed account stays removed, and a key is nobody")
    func removed() throws {
        try accounts.signIn("mira")
        try accounts.host.database.execute("UPDATE accounts SET removed_at = 1")
        #expect(try accounts.host.call("getCurrentUser", as: .user("mira")).status == 401)
        #expect(try accounts.host.call("getCurrentUser", as: .key("k")).status == 401)
    }
}
