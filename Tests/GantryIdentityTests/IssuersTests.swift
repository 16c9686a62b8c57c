import GantryCore
import GantryCryptography
import GantryThreads
import Testing

@testable import GantryIdentity

@Suite("Whom an issuer speaks for")
struct IssuersTests {
    /// Who has signed a token.
    enum Signer: String, Sendable {
        case deployment
        case tenantA = "a"
        case tenantB = "b"

        var secret: [UInt8] { Array("the secret of \(rawValue), long enough by far".utf8) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var signer: Signer
        var issuer: String?
        var tenant: String?
        /// The tenant that its bearer belongs to, `-` for none, nil where the token is refused.
        var expected: String?

        var testDescription: String {
            "by \(signer), iss \(issuer ?? "none"), org_id \(tenant ?? "none"): \(expected ?? "refused")"
        }
    }

    private let now: Int64 = 1_770_000_000_000

    private func token(_ signer: Signer, _ claims: String) -> String {
        let payload = #"{"sub":"u","exp":\#(now / 1000 + 60)\#(claims)}"#
        let signed = Base64URL.text(Array(#"{"alg":"HS256"}"#.utf8)) + "." + Base64URL.text(Array(payload.utf8))
        return signed + "." + Base64URL.text(Cryptography.hmacSHA256(Array(signed.utf8), key: signer.secret).bytes)
    }

    private func settings(_ signer: Signer, issuer: String? = nil) -> IssuerSettings {
        var settings = IssuerSettings()
        settings.secret = signer.secret
        settings.issuer = issuer
        settings.isNamedByTenant = issuer != nil && signer != .deployment
        return settings
    }

    private func belongs(_ token: String, _ issuers: Issuers) throws -> String? {
        let authenticator = Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: nil, issuers: issuers)
        guard case .accepted(let principal, _) = authenticator.authenticate(token, nowMilliseconds: now) else {
            return nil
        }
        return principal.tenant.isEmpty ? "-" : principal.tenant
    }

    /// The deployment names no issuer, `a` has named its own, `b` has one without a name.
    static let cases: [Case] = [
        Case(signer: .deployment, expected: "-"),
        Case(signer: .deployment, issuer: "d", expected: "-"),
        Case(signer: .deployment, tenant: "c", expected: "c"),
        Case(signer: .deployment, issuer: "d", tenant: "unheard", expected: "unheard"),
        // A tenant with an issuer of its own takes no other's word.
        Case(signer: .deployment, tenant: "a"),
        Case(signer: .deployment, issuer: "https://a", tenant: "a"),
        Case(signer: .deployment, tenant: "b"),
        // Nor does anybody speak under its issuer's name.
        Case(signer: .deployment, issuer: "https://a"),
        Case(signer: .deployment, issuer: "https://a", tenant: "c"),
        // Its issuer speaks for it alone.
        Case(signer: .tenantA, issuer: "https://a", expected: "a"),
        Case(signer: .tenantA, issuer: "https://a", tenant: "a", expected: "a"),
        Case(signer: .tenantA, issuer: "https://a", tenant: "b"),
        Case(signer: .tenantA, issuer: "https://a", tenant: "c"),
        Case(signer: .tenantA, issuer: "https://a", tenant: "default"),
        Case(signer: .tenantA, issuer: "https://a/", tenant: "a"),
        Case(signer: .tenantA, tenant: "a"),
        Case(signer: .tenantA),
        // One without a name has to name its tenant.
        Case(signer: .tenantB, tenant: "b", expected: "b"),
        Case(signer: .tenantB, issuer: "anything", tenant: "b", expected: "b"),
        Case(signer: .tenantB, issuer: "https://a", tenant: "b"),
        Case(signer: .tenantB, tenant: "a"),
        Case(signer: .tenantB, tenant: "c"),
        Case(signer: .tenantB),
    ]

    @Test("A tenant's own issuer speaks for it alone, the deployment's for all others", arguments: cases)
    func tenants(item: Case) throws {
        let issuers = Issuers()
        try issuers.replace(
            deployment: settings(.deployment),
            own: ["a": settings(.tenantA, issuer: "https://a"), "b": settings(.tenantB)], defaultTenant: "default")
        var claims = ""
        if let issuer = item.issuer { claims += #","iss":"\#(issuer)""# }
        if let tenant = item.tenant { claims += #","org_id":"\#(tenant)""# }
        #expect(try belongs(token(item.signer, claims), issuers) == item.expected)
    }

    @Test("Of two tenants that name one issuer neither has the other's users")
    func sharedName() throws {
        let issuers = Issuers()
        let (a, b) = (settings(.tenantA, issuer: "https://id"), settings(.tenantB, issuer: "https://id"))
        try issuers.replace(deployment: nil, own: ["a": a, "b": b], defaultTenant: "a")
        #expect(try belongs(token(.tenantA, #","iss":"https://id""#), issuers) == nil)
        #expect(try belongs(token(.tenantA, #","iss":"https://id","org_id":"a""#), issuers) == "a")
        #expect(try belongs(token(.tenantA, #","iss":"https://id","org_id":"b""#), issuers) == nil)
        #expect(try belongs(token(.tenantB, #","iss":"https://id","org_id":"b""#), issuers) == "b")
    }

    @Test("A token that names neither tenant nor issuer is the default tenant's to judge")
    func defaultTenant() throws {
        let issuers = Issuers()
        try issuers.replace(
            deployment: settings(.deployment), own: ["default": settings(.tenantA)], defaultTenant: "default")
        // It confers no membership all the same.
        #expect(try belongs(token(.tenantA, ""), issuers) == "-")
        #expect(try belongs(token(.deployment, ""), issuers) == nil)
        #expect(try belongs(token(.deployment, #","org_id":"c""#), issuers) == "c")
    }

    @Test("Nothing of the deployment's is left of what was replaced")
    func replaced() throws {
        let issuers = Issuers()
        try issuers.replace(deployment: settings(.deployment), own: [:], defaultTenant: "default")
        let authenticator = Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: nil, issuers: issuers)
        let token = token(.deployment, "")
        let generation = authenticator.generation
        #expect(authenticator.authenticate(token, nowMilliseconds: now) != .refused)
        try issuers.replace(deployment: nil, own: [:], defaultTenant: "default")
        #expect(authenticator.generation != generation)
        #expect(authenticator.authenticate(token, nowMilliseconds: now) == .refused)
    }

    @Test(
        "User, role and tenant stand where the provider puts them",
        arguments: [
            (Deployment.Authentication.Provider.custom, #""org_id":"t","role":"admin""#, "t admin"),
            (.custom, #""org_id":null,"role":"owner""#, "- user"),
            (.custom, #""app_metadata":{"org_id":"t","role":"admin"}"#, "- user"),
            (.supabase, #""role":"authenticated","app_metadata":{"org_id":"t","role":"admin"}"#, "t admin"),
            (.supabase, #""role":"authenticated","user_metadata":{"org_id":"t","role":"admin"}"#, "- user"),
            (.supabase, #""role":"admin","app_metadata":{"role":"user"}"#, "- user"),
            (.supabase, #""org_id":"t","app_metadata":7"#, "t user"),
            (.clerk, #""org_id":"t","org_role":"org:admin""#, "t admin"),
            (.clerk, #""o":{"id":"t","rol":"admin"}"#, "t admin"),
            (.clerk, #""org_id":"t","org_role":"org:member""#, "t user"),
            (.clerk, #""org_id":"t","org_role":"org:public""#, "t user"),
        ])
    func providers(provider: Deployment.Authentication.Provider, claims: String, expected: String) throws {
        let issuers = Issuers()
        var settings = settings(.deployment)
        settings.provider = provider
        try issuers.replace(deployment: settings, own: [:], defaultTenant: "default")
        let authenticator = Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: nil, issuers: issuers)
        guard
            case .accepted(let principal, _) = authenticator.authenticate(
                token(.deployment, "," + claims), nowMilliseconds: now)
        else {
            Issue.record("The token was refused.")
            return
        }
        #expect("\(principal.tenant.isEmpty ? "-" : principal.tenant) \(principal.role)" == expected)
    }

    @Test("A short secret is not taken")
    func shortSecret() {
        var settings = IssuerSettings()
        settings.secret = Array("short".utf8)
        let issuers = Issuers()
        #expect(throws: IdentityError.self) {
            try issuers.replace(deployment: settings, own: [:], defaultTenant: "default")
        }
    }

    @Test("What was found good is remembered within bounds, until its end or a change of keys")
    func remembered() {
        let memory = VerifiedTokens(capacity: 800)
        let principal = Principal(kind: .user, subject: "u", role: .user, tenant: "a")
        let digests = (0..<10_000).map { Cryptography.sha256("\($0)") }
        let judgement = Judgement(principal, endMilliseconds: 1000, untilMilliseconds: 100)
        for digest in digests { memory.keep(digest, judgement, generation: 1) }
        #expect((800...1600).contains(memory.count))
        let last = digests[9999]
        #expect(memory.find(last, generation: 1, nowMilliseconds: 99) == judgement)
        #expect(memory.find(last, generation: 1, nowMilliseconds: 100) == nil)
        #expect(memory.find(last, generation: 2, nowMilliseconds: 0) == nil)
        #expect(memory.find(digests[0], generation: 1, nowMilliseconds: 0) == nil)
    }
}
