import GantryCore
import GantryIdentity
import Testing

@Suite("Tokens of issuers")
struct IssuedTokenTests {
    private static let tokens = IssuedTokens.all

    /// What a host makes of a token whose issuer has published the keys.
    private func judge(
        _ token: String, keys: [UInt8] = tokens.keys, change: (inout IssuerSettings) -> Void = { _ in }
    ) throws -> Authentication {
        var settings = IssuerSettings()
        settings.issuer = Self.tokens.issuer
        settings.audience = Self.tokens.audience
        settings.keys = PublishedByHand(keys: keys).keys()
        change(&settings)
        let issuers = Issuers()
        try issuers.replace(deployment: settings, own: [:], defaultTenant: "default")
        let host = try TokenSigner(secret: Array("a secret of more than thirty-two bytes".utf8))
        let authenticator = Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: host, issuers: issuers)
        // What was waited for is there at once, since the keys are.
        for _ in 0..<2 {
            let answer = authenticator.authenticate(token, nowMilliseconds: Self.tokens.nowMilliseconds)
            guard case .pending = answer else { return answer }
        }
        return authenticator.authenticate(token, nowMilliseconds: Self.tokens.nowMilliseconds, mayWait: false)
    }

    private func isAccepted(_ answer: Authentication) -> Bool {
        guard case .accepted(let principal, _) = answer else { return false }
        // When they were issued differs from one to the next.
        var facts = UserFacts()
        facts.issuedAtMilliseconds = principal.user.issuedAtMilliseconds
        return principal
            == Principal(kind: .user, subject: "user_1", role: .admin, tenant: "org_a", user: facts)
    }

    @Test("A good one is accepted, whichever library has made it", arguments: tokens.accepted)
    func good(item: IssuedTokens.Case) throws {
        #expect(isAccepted(try judge(item.token)))
    }

    @Test("An attack is refused", arguments: tokens.refused)
    func attack(item: IssuedTokens.Case) throws {
        #expect(try judge(item.token) == .refused)
    }

    @Test("A change of any character is refused", arguments: ["RS256 by PyJWT", "ES256 by PyJWT", "EdDSA by PyJWT"])
    func tampering(name: String) throws {
        let good = Self.tokens.token(name)
        #expect(isAccepted(try judge(good)))
        for index in good.indices {
            var bad = good
            bad.replaceSubrange(index...index, with: good[index] == "A" ? "B" : "A")
            #expect(try judge(bad) == .refused)
        }
    }

    @Test("An algorithm that is not configured is refused, also with a published key of its kind")
    func algorithms() throws {
        for (name, algorithm) in [("RS256", SignatureAlgorithm.rs256), ("ES256", .es256), ("EdDSA", .edDSA)] {
            let token = Self.tokens.token("\(name) by PyJWT")
            #expect(isAccepted(try judge(token) { $0.algorithms = [algorithm] }))
            #expect(try judge(token) { $0.algorithms.remove(algorithm) } == .refused)
            // HS256 is never made by a published key.
            #expect(try judge(token) { $0.algorithms = [.hs256] } == .refused)
        }
    }

    @Test("A token is good until its end, and remembered for as long as its keys are")
    func remembered() throws {
        let issuer = PublishedByHand(keys: Self.tokens.keys, maximumAgeSeconds: 100)
        var settings = IssuerSettings()
        settings.keys = issuer.keys()
        settings.keys?.prepare()
        let issuers = Issuers()
        try issuers.replace(deployment: settings, own: [:], defaultTenant: "default")
        let authenticator = Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: nil, issuers: issuers)
        let now = Self.tokens.nowMilliseconds
        for _ in 0..<2 {
            let answer = authenticator.judge(Self.tokens.token("RS256 by PyJWT"), nowMilliseconds: now)
            guard case .accepted(_, let end) = answer.authentication else {
                Issue.record("It was refused.")
                return
            }
            #expect(end == now + 330_000)
            #expect(answer.untilMilliseconds == now + 80_000)
        }
    }

    @Test("A key of another issuer is none, whatever its id")
    func stranger() throws {
        let token = Self.tokens.token("RS256 by PyJWT")
        #expect(try judge(token, keys: Self.tokens.strangerKeys) == .refused)
    }

    @Test("Without an issuer, or with one that publishes nothing, every token is refused")
    func noIssuer() throws {
        let token = Self.tokens.token("RS256 by PyJWT")
        #expect(try judge(token) { $0.keys = nil } == .refused)
        let authenticator = Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: nil, issuers: Issuers())
        #expect(authenticator.authenticate(token, nowMilliseconds: Self.tokens.nowMilliseconds) == .refused)
    }

    @Test("Issuer and audience are not looked at unless they are configured")
    func unconfigured() throws {
        for name in ["claims: issuer: other", "claims: audience: other", "claims: no iss", "claims: no aud"] {
            let token = Self.tokens.refused.first { $0.name == name }?.token ?? ""
            #expect(try judge(token) == .refused)
            let answer = try judge(token) { settings in
                settings.issuer = nil
                settings.audience = nil
            }
            #expect(isAccepted(answer), "\(name)")
        }
    }

    @Test("Of a key set counts what can be used", arguments: tokens.keySets)
    func keySets(item: IssuedTokens.KeySet) throws {
        if let usable = item.usable {
            #expect(try PublishedKeys(item.text).count == usable)
        } else {
            #expect(throws: IdentityError.self) { try PublishedKeys(item.text) }
        }
    }

    @Test(
        "What is no key set at all is refused",
        arguments: [
            "", "{", "null", "<html>", #"{"keys":[}"#, #"{"keys":[], "x":""# + String(repeating: "x", count: 300_000),
        ])
    func noKeySets(text: String) {
        #expect(throws: IdentityError.self) { try PublishedKeys(Array(text.utf8)) }
    }
}
