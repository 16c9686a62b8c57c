public import GantryCore
import GantryCryptography

/// What became of a credential.
public enum Authentication: Sendable, Equatable {
    /// It is good until the given moment (milliseconds since 1970; `Int64.max` without an end); then it is looked at
    /// again.
    case accepted(Principal, untilMilliseconds: Int64)
    /// It is unknown, expired, revoked or forged; which of these is nobody's business.
    case refused
    /// The keys that it was signed with are being fetched.
    case pending(KeyWait)
    /// Nobody can say: its issuer does not answer. The next attempt comes after so many seconds.
    case unavailable(retrySeconds: Int)
}

/// Tells who is behind a bearer credential. Any thread.
public final class Authenticator: Sendable {
    private let keys: KeyIndex
    private let tokens: TokenSigner?
    private let moduleTokens: ModuleTokens?
    private let issuers: Issuers?
    private let verified = VerifiedTokens()

    /// Creates it.
    /// - Parameters:
    ///   - tokens: Verifies the host's own tokens for users; nil refuses all of those.
    ///   - moduleTokens: Verifies what modules have issued; nil refuses all of those.
    ///   - issuers: Verify what they have issued; nil when the deployment knows none.
    public init(
        keys: KeyIndex, tokens: TokenSigner?, moduleTokens: ModuleTokens? = nil, issuers: Issuers? = nil
    ) {
        self.keys = keys
        self.tokens = tokens
        self.moduleTokens = moduleTokens
        self.issuers = issuers
    }

    /// What was learned may be kept as long as this stays the same and the end has not come.
    public var generation: UInt64 {
        keys.generation &+ (moduleTokens?.generation ?? 0) &+ (issuers?.generation ?? 0)
    }

    /// Looks at the text after `Bearer `.
    /// - Parameter mayWait: False for an answer that is never `pending`: who asks has waited before.
    public func authenticate(
        _ credential: String, nowMilliseconds: Int64, mayWait: Bool = true
    ) -> Authentication {
        if APIKey.isKey(credential) {
            let hash = Cryptography.sha256(credential)
            guard let record = keys.goodRecord(hash: hash, nowMilliseconds: nowMilliseconds) else { return .refused }
            let principal = Principal(kind: .key, subject: record.id, role: .user, tenant: record.tenant)
            return .accepted(principal, untilMilliseconds: record.expiresAtMilliseconds ?? .max)
        }
        if ModuleTokens.isToken(credential) {
            guard let (principal, end) = moduleTokens?.verify(credential, nowMilliseconds: nowMilliseconds) else {
                return .refused
            }
            return .accepted(principal, untilMilliseconds: end)
        }
        return authenticate(token: credential, nowMilliseconds: nowMilliseconds, mayWait: mayWait)
    }

    /// Looks at the JSON Web Token of a user.
    private func authenticate(token text: String, nowMilliseconds: Int64, mayWait: Bool) -> Authentication {
        guard text.utf8.count <= SignedToken.maximumBytes else { return .refused }
        // Read before the keys are, so that an answer of keys that change meanwhile is not remembered.
        let generation = issuers?.generation ?? 0
        let digest = Cryptography.sha256(text)
        if let known = verified.find(digest, generation: generation, nowMilliseconds: nowMilliseconds) {
            return known
        }
        guard let token = try? SignedToken(text) else { return .refused }
        let answer = authenticate(token, nowMilliseconds: nowMilliseconds, mayWait: mayWait)
        if case .accepted(let principal, let end) = answer {
            verified.keep(digest, principal, untilMilliseconds: end, generation: generation)
        }
        return answer
    }

    private func authenticate(
        _ token: SignedToken, nowMilliseconds: Int64, mayWait: Bool
    ) -> Authentication {
        if let tokens, tokens.hasSigned(token) {
            guard let claims = try? tokens.verify(token, nowMilliseconds: nowMilliseconds) else { return .refused }
            let principal = Principal(user: claims, tenant: claims.tenant ?? "")
            return .accepted(principal, untilMilliseconds: claims.expiresAtMilliseconds + TokenSigner.skewMilliseconds)
        }
        return issuers?.authenticate(token, nowMilliseconds: nowMilliseconds, mayWait: mayWait) ?? .refused
    }
}
