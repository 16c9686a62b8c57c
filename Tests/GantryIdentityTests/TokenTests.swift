import GantryCore
import GantryCryptography
import GantryIdentity
import Testing

@Suite("Users' tokens")
struct TokenTests {
    private static let secret = Array("a secret of more than thirty-two bytes".utf8)
    private let now: Int64 = 1_770_000_000_000

    private func signer() throws -> TokenSigner { try TokenSigner(secret: Self.secret) }

    /// A token with any header and payload, signed with the right secret.
    private func token(header: String = #"{"alg":"HS256"}"#, payload: String) -> String {
        let signed = Base64URL.text(Array(header.utf8)) + "." + Base64URL.text(Array(payload.utf8))
        return signed + "." + Base64URL.text(Cryptography.hmacSHA256(Array(signed.utf8), key: Self.secret).bytes)
    }

    @Test("What is minted is read back")
    func roundTrip() throws {
        let claims = TokenClaims(
            subject: #"user "7" ü"#, expiresAtMilliseconds: now + 60_000, role: .admin, tenant: "org_a",
            issuedAtMilliseconds: now)
        #expect(try signer().verify(signer().mint(claims), nowMilliseconds: now) == claims)
    }

    @Test("A token becomes a user of its tenant, or of none")
    func principal() throws {
        let keys = try KeyIndex(storage: MemoryKeyStorage())
        let authenticator = Authenticator(keys: keys, tokens: try signer())
        let exp = now / 1000 + 60
        let named = token(payload: #"{"sub":"u","exp":\#(exp),"org_id":"org_a","role":"superadmin"}"#)
        #expect(
            authenticator.authenticate(named, nowMilliseconds: now)
                == .accepted(
                    Principal(kind: .user, subject: "u", role: .superadmin, tenant: "org_a"),
                    untilMilliseconds: (exp + 30) * 1000))
        let unnamed = token(payload: #"{"sub":"u","exp":\#(exp)}"#)
        #expect(
            authenticator.authenticate(unnamed, nowMilliseconds: now)
                == .accepted(
                    Principal(kind: .user, subject: "u", role: .user, tenant: ""), untilMilliseconds: (exp + 30) * 1000)
        )
    }

    @Test("An unknown role, and `public`, mean user", arguments: [#""owner""#, #""public""#, "7", "null"])
    func roles(role: String) throws {
        let token = token(payload: #"{"sub":"u","exp":\#(now / 1000 + 60),"role":\#(role)}"#)
        #expect(try signer().verify(token, nowMilliseconds: now).role == .user)
    }

    @Test(
        "Another algorithm than the pinned one is refused, however well signed",
        arguments: [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"HS384"}"#, #"{"alg":"RS256"}"#, #"{"alg":"hs256"}"#,
            #"{"typ":"JWT"}"#, #"{"alg":null}"#, #"["HS256"]"#, #"{"alg":"HS256","crit":["x"]}"#, "not json",
        ])
    func algorithms(header: String) throws {
        let token = token(header: header, payload: #"{"sub":"u","exp":\#(now / 1000 + 60)}"#)
        #expect(throws: IdentityError.self) { try signer().verify(token, nowMilliseconds: now) }
    }

    @Test("A token without signature is refused")
    func unsigned() throws {
        let header = Base64URL.text(Array(#"{"alg":"none"}"#.utf8))
        let payload = Base64URL.text(Array(#"{"sub":"u","exp":\#(now / 1000 + 60)}"#.utf8))
        for text in ["\(header).\(payload).", "\(header).\(payload)", "\(header).\(payload)..", ""] {
            #expect(throws: IdentityError.self) { try signer().verify(text, nowMilliseconds: now) }
        }
    }

    @Test("A change of any character is refused")
    func tampering() throws {
        let claims = TokenClaims(subject: "u", expiresAtMilliseconds: now + 60_000, role: .user, tenant: "org_a")
        let good = try signer().mint(claims)
        for index in good.indices {
            var bad = good
            bad.replaceSubrange(index...index, with: good[index] == "A" ? "B" : "A")
            #expect(throws: IdentityError.self) { try signer().verify(bad, nowMilliseconds: now) }
        }
    }

    @Test("A token of another secret is refused")
    func otherSecret() throws {
        let other = try TokenSigner(secret: Array("another secret, also long enough!!".utf8))
        let claims = TokenClaims(subject: "u", expiresAtMilliseconds: now + 60_000, role: .user, tenant: nil)
        #expect(throws: IdentityError.self) { try signer().verify(other.mint(claims), nowMilliseconds: now) }
    }

    @Test("Times are checked with thirty seconds of tolerance")
    func times() throws {
        let second = now / 1000
        func verify(_ claims: String) throws -> TokenClaims {
            try signer().verify(token(payload: #"{"sub":"u",\#(claims)}"#), nowMilliseconds: now)
        }
        _ = try verify(#""exp":\#(second - 29)"#)
        let expired = #expect(throws: IdentityError.self) { try verify(#""exp":\#(second - 30)"#) }
        #expect(expired?.code == .expired)
        _ = try verify(#""exp":\#(second + 60),"iat":\#(second + 30)"#)
        #expect(throws: IdentityError.self) { try verify(#""exp":\#(second + 60),"iat":\#(second + 31)"#) }
        _ = try verify(#""exp":\#(second + 60),"nbf":\#(second + 30)"#)
        #expect(throws: IdentityError.self) { try verify(#""exp":\#(second + 60),"nbf":\#(second + 31)"#) }
    }

    @Test(
        "Claims that are missing or of another kind are refused",
        arguments: [
            #"{"exp":9999999999}"#, #"{"sub":"","exp":9999999999}"#, #"{"sub":7,"exp":9999999999}"#, #"{"sub":"u"}"#,
            #"{"sub":"u","exp":"9999999999"}"#, #"{"sub":"u","exp":1e300}"#, #"{"sub":"u","exp":9999999999,"iat":"x"}"#,
            #"{"sub":"u","exp":9999999999,"org_id":"../etc"}"#, #"{"sub":"u","exp":9999999999,"org_id":7}"#,
            #"{"sub":"u","exp":9999999999,"org_id":""}"#, #"["sub"]"#, "",
        ])
    func claims(payload: String) throws {
        #expect(throws: IdentityError.self) { try signer().verify(token(payload: payload), nowMilliseconds: now) }
    }

    @Test("A short secret is not taken")
    func shortSecret() {
        #expect(throws: IdentityError.self) { try TokenSigner(secret: Array("short".utf8)) }
    }
}
