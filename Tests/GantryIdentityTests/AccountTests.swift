import GantryCore
import GantryCryptography
import GantryIdentity
import GantryJSON
import Testing

@Suite("Accounts, acting as others, and deliveries")
struct AccountTests {
    private static let now: Int64 = 1_772_359_200_000
    private let index = AccountIndex(defaultTenant: "house")
    private let impersonations = Impersonations()
    private let signer: TokenSigner

    init() throws {
        signer = try TokenSigner(secret: Array("a secret of the host that is long enough".utf8))
        try impersonations.replace(
            deployment: Array("a secret for acting that is long enough".utf8),
            own: ["linden": Array("a secret of one tenant that is long enough".utf8)])
    }

    private func authenticator() throws -> Authenticator {
        Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: signer, accounts: index,
            impersonations: impersonations)
    }

    private func stand(_ user: String, _ role: Role, _ state: AccountStanding.State = .active, _ revision: Int64 = 1) {
        index.adopt(AccountStanding(tenant: "harbor", user: user, role: role, state: state, revision: revision))
    }

    private func token(_ user: String, role: Role = .user, tenant: String? = "harbor") -> String {
        signer.mint(
            TokenClaims(subject: user, expiresAtMilliseconds: Self.now + 60_000, role: role, tenant: tenant))
    }

    private func principal(_ token: String) throws -> Principal? {
        guard case .accepted(let principal, _) = try authenticator().authenticate(token, nowMilliseconds: Self.now)
        else { return nil }
        return principal
    }

    @Test("The role of an account counts for more than the token's, and the newest revision for more than others")
    func roles() throws {
        #expect(try principal(token("ada", role: .admin))?.role == .admin)
        stand("ada", .user, .active, 3)
        #expect(try principal(token("ada", role: .admin))?.role == .user)
        stand("ada", .superadmin, .active, 2)
        #expect(try principal(token("ada", role: .admin))?.role == .user)
        stand("ada", .superadmin, .active, 4)
        #expect(try principal(token("ada"))?.role == .superadmin)
        #expect(try principal(token("ada", role: .user, tenant: "linden"))?.role == .user)
    }

    @Test("Who is shut out is known and marked so; who was removed has no token any more")
    func states() throws {
        let authenticator = try authenticator()
        let before = authenticator.generation
        stand("mira", .user, .inactive, 1)
        #expect(authenticator.generation != before)
        #expect(try principal(token("mira"))?.user.isShutOut == true)
        stand("mira", .user, .active, 2)
        #expect(try principal(token("mira"))?.user.isShutOut == false)
        stand("mira", .user, .removed, 3)
        #expect(try principal(token("mira")) == nil)
    }

    @Test("Who belongs to no tenant has the account of the default one")
    func tenantless() throws {
        index.adopt(AccountStanding(tenant: "house", user: "mira", role: .admin, state: .active, revision: 1))
        let found = try principal(token("mira", tenant: nil))
        #expect(found?.role == .admin && found?.tenant == "")
    }

    private func acting(_ user: String, as actor: String, tenant: String = "harbor", id: String = "j1") throws -> String
    {
        let record = ImpersonationRecord(
            id: id, tenant: tenant, user: user, actor: actor, expiresAtMilliseconds: Self.now + 60_000)
        impersonations.adopt(record)
        return try #require(impersonations.mint(record, email: nil, nowMilliseconds: Self.now))
    }

    @Test("A token of impersonation is good while its record is, and while the accounts allow it")
    func acts() throws {
        stand("ada", .admin)
        stand("mira", .user)
        let text = try acting("mira", as: "ada")
        let found = try #require(try principal(text))
        #expect(found.subject == "mira" && found.user.actor == "ada" && found.user.impersonation == "j1")
        #expect(found.role == .user && !found.user.isShutOut)
        stand("mira", .admin, .active, 2)
        #expect(try principal(text)?.user.isShutOut == true)
        stand("mira", .user, .active, 3)
        stand("ada", .user, .active, 2)
        #expect(try principal(text)?.user.isShutOut == true)
        stand("ada", .superadmin, .active, 3)
        #expect(try principal(text)?.user.isShutOut == false)
        stand("ada", .superadmin, .removed, 4)
        #expect(try principal(text) == nil)
        stand("ada", .superadmin, .active, 5)
        impersonations.end(["j1"], nowMilliseconds: Self.now)
        #expect(try principal(text) == nil)
    }

    @Test("The mark decides who judges: no other secret is asked, and this one for nothing else")
    func marks() throws {
        stand("ada", .admin)
        stand("mira", .user)
        let text = try acting("mira", as: "ada")
        #expect(try authenticator().authenticate(text, nowMilliseconds: Self.now + 61_000) == .refused)
        // Another tenant's secret has signed this one.
        let foreign = try acting("mira", as: "ada", tenant: "linden", id: "j2")
        try impersonations.replace(deployment: Array("a secret for acting that is long enough".utf8), own: [:])
        #expect(try principal(foreign) == nil)
        #expect(try principal(text) != nil)
        try impersonations.replace(deployment: nil, own: [:])
        #expect(try principal(text) == nil)
        #expect(throws: IdentityError.self) { try impersonations.replace(deployment: [1, 2, 3], own: [:]) }
        // Nobody without an account is acted as.
        try impersonations.replace(deployment: Array("a secret for acting that is long enough".utf8), own: [:])
        #expect(try principal(try acting("nobody", as: "ada", id: "j3")) == nil)
    }

    private func judge(
        _ provider: Manifest.Delivery, _ secrets: DeliverySecrets, _ headers: DeliverySecrets.Headers, _ body: String,
        tenant: String = "harbor", after seconds: Int64 = 0
    ) -> DeliverySecrets.Verdict {
        Array(body.utf8).withUnsafeBytes {
            secrets.judge(provider, tenant: tenant, headers, body: $0, nowMilliseconds: Self.now + seconds * 1000)
        }
    }

    @Test("The contract's own vector of a delivery by Svix holds, and nothing near it")
    func svix() {
        let secrets = DeliverySecrets()
        var headers = DeliverySecrets.Headers()
        headers.id = "msg_demo_0001"
        headers.timestamp = "1772359200"
        headers.signatures = "v1,34fB7REK/59q9BCSY3cNx6mZkkUbaFFSaqOVW96GPAQ="
        let body = #"{"type":"user.created","object":"event","data":{"id":"user_7hq2mz"}}"#
        #expect(judge(.clerk, secrets, headers, body) == .notConfigured)
        secrets.replace(
            deployment: [.clerk: "whsec_dGVzdC1vbmx5LXNlY3JldC0wMDAx"], own: ["other": [.clerk: "whsec_AAAA"]])
        #expect(judge(.clerk, secrets, headers, body) == .authentic(key: "msg_demo_0001"))
        #expect(judge(.clerk, secrets, headers, body, after: 300) == .authentic(key: "msg_demo_0001"))
        #expect(judge(.clerk, secrets, headers, body, after: 301) == .refused)
        #expect(judge(.clerk, secrets, headers, body, after: -301) == .refused)
        #expect(judge(.clerk, secrets, headers, body + " ") == .refused)
        #expect(judge(.clerk, secrets, headers, body, tenant: "other") == .refused)
        for timestamp in [nil, "", "x", "-1", "1772359200000000"] {
            var changed = headers
            changed.timestamp = timestamp
            #expect(judge(.clerk, secrets, changed, body) == .refused)
        }
        var others = headers
        others.signatures = "v1,AAAA v2,BBBB " + (headers.signatures ?? "")
        #expect(judge(.clerk, secrets, others, body) == .authentic(key: "msg_demo_0001"))
        others.signatures = "v2," + (headers.signatures ?? "").dropFirst(3)
        #expect(judge(.clerk, secrets, others, body) == .refused)
    }

    @Test("A delivery that bears the tenant's secret is remembered by the digest of its bytes")
    func bearer() {
        let secrets = DeliverySecrets()
        secrets.replace(deployment: [.supabase: "open"], own: ["linden": [.supabase: "sesame"]])
        var headers = DeliverySecrets.Headers()
        #expect(judge(.supabase, secrets, headers, "{}") == .refused)
        headers.bearer = "open"
        let key = Hexadecimal.text(Cryptography.sha256("{}").bytes)
        #expect(judge(.supabase, secrets, headers, "{}") == .authentic(key: key))
        #expect(judge(.supabase, secrets, headers, "{}", tenant: "linden") == .refused)
        headers.bearer = "sesame"
        #expect(judge(.supabase, secrets, headers, "{}", tenant: "linden") == .authentic(key: key))
    }
}
