import GantryCore
import GantryCryptography
import GantryJSON
import GantryThreads
import Synchronization

/// A token of impersonation as it is kept: all of it but what its bearer shows.
public struct ImpersonationRecord: Sendable, Equatable {
    /// Its `jti`.
    public var id: String
    /// The tenant.
    public var tenant: String
    /// Whom it acts as.
    public var user: String
    /// Who acts.
    public var actor: String
    /// Milliseconds since 1970.
    public var expiresAtMilliseconds: Int64

    /// Creates one.
    public init(id: String, tenant: String, user: String, actor: String, expiresAtMilliseconds: Int64) {
        self.id = id
        self.tenant = tenant
        self.user = user
        self.actor = actor
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }
}

/// Tokens by which administrators act as somebody else: signed by the host with a secret that is used for nothing else,
/// and verified with it alone. Any thread.
///
/// A token is good while its record is: one that was ended, or whose record was lost, is refused.
public final class Impersonations: Sendable {
    private struct State {
        var deployment: TokenSigner?
        var own: [String: TokenSigner] = [:]
        /// Tokens that are good, with their ends.
        var good: [String: Int64] = [:]
    }

    private let state = Lock(State())
    private let changes = Atomic<UInt64>(0)

    /// No secret, and so no tokens.
    public init() {}

    /// Grows whenever what was learned from tokens does not hold any more.
    public var generation: UInt64 { changes.load(ordering: .acquiring) }

    /// Takes these secrets in the place of all others. Throws `IdentityError` when one is too short.
    /// - Parameter own: Of tenants that have one of their own.
    public func replace(deployment: [UInt8]?, own: [String: [UInt8]]) throws(IdentityError) {
        var signers: [String: TokenSigner] = [:]
        for (tenant, secret) in own { signers[tenant] = try Self.signer(secret) }
        let common: TokenSigner?
        if let deployment { common = try Self.signer(deployment) } else { common = nil }
        let complete = signers
        state.withLock { state in
            state.deployment = common
            state.own = complete
        }
        changes.add(1, ordering: .releasing)
    }

    private static func signer(_ secret: [UInt8]) throws(IdentityError) -> TokenSigner {
        var reader = ClaimReader(provider: .custom)
        reader.allowsImpersonation = true
        return try TokenSigner(secret: secret, reader: reader)
    }

    /// Takes in a token that is stored already.
    public func adopt(_ record: ImpersonationRecord) {
        state.withLock { $0.good[record.id] = record.expiresAtMilliseconds }
    }

    /// Takes in that tokens have ended; from now on they are refused.
    public func end(_ ids: [String], nowMilliseconds: Int64) {
        if ids.isEmpty { return }
        state.withLock { state in
            for id in ids { state.good[id] = nil }
            state.good = state.good.filter { $0.value > nowMilliseconds }
        }
        changes.add(1, ordering: .releasing)
    }

    /// Makes the text of a token; nil where the tenant has no secret. It is good once its record was adopted.
    public func mint(_ record: ImpersonationRecord, email: String?, nowMilliseconds: Int64) -> String? {
        guard let signer = signer(of: record.tenant) else { return nil }
        var payload = JSONWriter()
        payload.beginObject()
        let texts: [(StaticString, String)] = [("sub", record.user), ("org_id", record.tenant), ("jti", record.id)]
        for (name, value) in texts {
            payload.key(name)
            payload.string(value)
        }
        payload.key("act")
        payload.beginObject()
        payload.key("sub")
        payload.string(record.actor)
        payload.endObject()
        payload.key("imp")
        payload.bool(true)
        payload.key("iat")
        payload.int(nowMilliseconds / 1000)
        payload.key("exp")
        payload.int(record.expiresAtMilliseconds / 1000)
        if let email {
            payload.key("email")
            payload.string(email)
        }
        payload.endObject()
        return signer.sign(payload.bytes)
    }

    private func signer(of tenant: String) -> TokenSigner? { state.withLock { $0.own[tenant] ?? $0.deployment } }

    /// Whether the token bears the mark: then nobody else may judge it.
    static func isMarked(_ token: SignedToken) -> Bool {
        token.claims.withRoot { root in root["imp"].map { $0.bool != false } ?? false }
    }

    /// Judges a token that bears the mark.
    func judge(_ token: SignedToken, nowMilliseconds: Int64) -> Judgement {
        let refused = Judgement(.refused, nowMilliseconds: nowMilliseconds)
        return token.claims.withRoot { root in
            guard root["imp"]?.bool == true, let tenant = root["org_id"]?.string, let signer = signer(of: tenant),
                let claims = try? signer.verify(token, nowMilliseconds: nowMilliseconds), claims.tenant == tenant,
                let id = root["jti"]?.string, let actor = root["act"]?["sub"]?.string, !actor.isEmpty,
                // It was signed by this host, whose clock is one.
                nowMilliseconds < claims.expiresAtMilliseconds, state.withLock({ $0.good[id] != nil })
            else { return refused }
            let principal = Principal(impersonation: claims, tenant: tenant, actor: actor, token: id)
            let end = claims.expiresAtMilliseconds
            return Judgement(principal, endMilliseconds: end, untilMilliseconds: end)
        }
    }
}

extension Principal {
    /// Somebody who acts as another user. What he may do is what the other's account says.
    fileprivate init(impersonation claims: TokenClaims, tenant: String, actor: String, token: String) {
        var facts = UserFacts()
        facts.email = claims.email ?? ""
        facts.actor = actor
        facts.impersonation = token
        self.init(kind: .user, subject: claims.subject, role: .user, tenant: tenant, user: facts)
    }
}
