public import GantryCore
import GantryCryptography

/// What became of a credential.
public enum Authentication: Sendable, Equatable {
    /// It is good until the given moment (milliseconds since 1970; `Int64.max` without an end), unless it is revoked.
    case accepted(Principal, untilMilliseconds: Int64)
    /// It is unknown, expired, revoked or forged; which of these is nobody's business.
    case refused
    /// The keys that it was signed with are being fetched.
    case pending(KeyWait)
    /// Nobody can say: its issuer does not answer. The next attempt comes after so many seconds.
    case unavailable(retrySeconds: Int)
}

/// What became of a credential, and for how long that may be remembered.
public struct Judgement: Sendable, Equatable {
    /// What became of it.
    public var authentication: Authentication
    /// Milliseconds since 1970: then it has to be looked at again, though it may be good for longer.
    public var untilMilliseconds: Int64

    /// What was refused is looked at again after so long: its key may be one that was not published yet.
    private static let refusalMilliseconds: Int64 = 1000

    /// Accepted, with the end of the credential.
    init(_ principal: Principal, endMilliseconds: Int64, untilMilliseconds: Int64) {
        authentication = .accepted(principal, untilMilliseconds: endMilliseconds)
        self.untilMilliseconds = untilMilliseconds
    }

    /// Anything else.
    init(_ authentication: Authentication, nowMilliseconds: Int64) {
        self.authentication = authentication
        untilMilliseconds = authentication == .refused ? nowMilliseconds + Self.refusalMilliseconds : .min
    }
}

/// Tells who is behind a bearer credential. Any thread.
public final class Authenticator: Sendable {
    private let keys: KeyIndex
    private let tokens: TokenSigner?
    private let moduleTokens: ModuleTokens?
    private let issuers: Issuers?
    private let verified = VerifiedTokens()

    private let members: MemberIndex?
    private let accounts: AccountIndex?
    private let impersonations: Impersonations?

    /// What is known of a key is looked at again after so long, so that its last use is known about as well.
    private static let keyMilliseconds: Int64 = 30_000

    /// Creates it.
    /// - Parameters:
    ///   - tokens: Verifies the host's own tokens for users; nil refuses all of those.
    ///   - moduleTokens: Verifies what modules have issued; nil refuses all of those.
    ///   - issuers: Verify what they have issued; nil when the deployment knows none.
    ///   - members: Who belongs to which tenant, beside what tokens say; nil where that alone counts.
    ///   - accounts: What those may do who have an account; nil where nobody has one.
    ///   - impersonations: Verify tokens by which somebody acts as another; nil refuses all of those.
    public init(
        keys: KeyIndex, tokens: TokenSigner?, moduleTokens: ModuleTokens? = nil, issuers: Issuers? = nil,
        members: MemberIndex? = nil, accounts: AccountIndex? = nil, impersonations: Impersonations? = nil
    ) {
        self.members = members
        self.accounts = accounts
        self.impersonations = impersonations
        self.keys = keys
        self.tokens = tokens
        self.moduleTokens = moduleTokens
        self.issuers = issuers
    }

    /// What was learned may be kept as long as this stays the same and the end has not come.
    public var generation: UInt64 {
        keys.generation &+ (moduleTokens?.generation ?? 0) &+ (issuers?.generation ?? 0)
            &+ (members?.generation ?? 0) &+ (accounts?.generation ?? 0) &+ (impersonations?.generation ?? 0)
    }

    /// Looks at the text after `Bearer `.
    /// - Parameter mayWait: False for an answer that is never `pending`: who asks has waited before.
    public func authenticate(
        _ credential: String, nowMilliseconds: Int64, mayWait: Bool = true
    ) -> Authentication {
        judge(credential, nowMilliseconds: nowMilliseconds, mayWait: mayWait).authentication
    }

    /// Looks at the text after `Bearer `, for somebody who remembers what became of it.
    /// - Parameter mayWait: False for an answer that is never `pending`.
    public func judge(_ credential: String, nowMilliseconds: Int64, mayWait: Bool = true) -> Judgement {
        if APIKey.isKey(credential) {
            let hash = Cryptography.sha256(credential)
            guard let record = keys.use(hash: hash, nowMilliseconds: nowMilliseconds) else {
                return Judgement(.refused, nowMilliseconds: nowMilliseconds)
            }
            let principal = Principal(kind: .key, subject: record.id, role: .user, tenant: record.tenant)
            let end = record.expiresAtMilliseconds ?? .max
            return Judgement(
                principal, endMilliseconds: end, untilMilliseconds: min(end, nowMilliseconds + Self.keyMilliseconds))
        }
        if ModuleTokens.isToken(credential) {
            guard let token = moduleTokens?.verify(credential, nowMilliseconds: nowMilliseconds) else {
                return Judgement(.refused, nowMilliseconds: nowMilliseconds)
            }
            return Judgement(
                token.principal, endMilliseconds: token.expiresAtMilliseconds,
                untilMilliseconds: token.lookAgainAtMilliseconds)
        }
        return judge(token: credential, nowMilliseconds: nowMilliseconds, mayWait: mayWait)
    }

    /// Looks at the JSON Web Token of a user.
    private func judge(token text: String, nowMilliseconds: Int64, mayWait: Bool) -> Judgement {
        let refused = Judgement(.refused, nowMilliseconds: nowMilliseconds)
        guard text.utf8.count <= SignedToken.maximumBytes else { return refused }
        // Read before the keys are, so that an answer of keys that change meanwhile is not remembered.
        let generation = (issuers?.generation ?? 0) &+ (impersonations?.generation ?? 0)
        let digest = Cryptography.sha256(text)
        if let known = verified.find(digest, generation: generation, nowMilliseconds: nowMilliseconds) {
            return resolve(known, nowMilliseconds)
        }
        guard let token = try? SignedToken(text) else { return refused }
        let answer = judge(token, nowMilliseconds: nowMilliseconds, mayWait: mayWait)
        guard case .accepted = answer.authentication else { return answer }
        // What the token says, not who its bearer is by that: tenants may give and take places meanwhile.
        verified.keep(digest, answer, generation: generation)
        let resolved = resolve(answer, nowMilliseconds)
        if case .accepted(let principal, _) = resolved.authentication {
            members?.note(principal, nowMilliseconds: nowMilliseconds)
        }
        return resolved
    }

    private func resolve(_ judgement: Judgement, _ nowMilliseconds: Int64) -> Judgement {
        guard case .accepted(let bearer, let end) = judgement.authentication else { return judgement }
        let principal = members?.resolve(bearer) ?? bearer
        guard let accounts else {
            return Judgement(principal, endMilliseconds: end, untilMilliseconds: judgement.untilMilliseconds)
        }
        guard let known = accounts.resolve(principal) else {
            return Judgement(.refused, nowMilliseconds: nowMilliseconds)
        }
        return Judgement(known, endMilliseconds: end, untilMilliseconds: judgement.untilMilliseconds)
    }

    private func judge(_ token: SignedToken, nowMilliseconds: Int64, mayWait: Bool) -> Judgement {
        if Impersonations.isMarked(token) {
            return impersonations?.judge(token, nowMilliseconds: nowMilliseconds)
                ?? Judgement(.refused, nowMilliseconds: nowMilliseconds)
        }
        if let tokens, tokens.hasSigned(token) {
            guard let claims = try? tokens.verify(token, nowMilliseconds: nowMilliseconds) else {
                return Judgement(.refused, nowMilliseconds: nowMilliseconds)
            }
            let end = claims.expiresAtMilliseconds + TokenSigner.skewMilliseconds
            return Judgement(
                Principal(user: claims, tenant: claims.tenant ?? ""), endMilliseconds: end, untilMilliseconds: end)
        }
        return issuers?.judge(token, nowMilliseconds: nowMilliseconds, mayWait: mayWait)
            ?? Judgement(.refused, nowMilliseconds: nowMilliseconds)
    }
}
