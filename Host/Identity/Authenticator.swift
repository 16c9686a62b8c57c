public import GantryCore
import GantryCryptography

/// What became of a credential.
public enum Authentication: Sendable, Equatable {
    /// It is good until the given moment (milliseconds since 1970; `Int64.max` without an end).
    case accepted(Principal, untilMilliseconds: Int64)
    /// It is unknown, expired, revoked or forged; which of these is nobody's business.
    case refused
}

/// Tells who is behind a bearer credential. Any thread.
public final class Authenticator: Sendable {
    private let keys: KeyIndex
    private let tokens: TokenSigner?
    private let moduleTokens: ModuleTokens?

    /// Creates it.
    /// - Parameters:
    ///   - tokens: Verifies users' tokens; nil when the deployment has none, and every token is refused.
    ///   - moduleTokens: Verifies what modules have issued; nil refuses all of those.
    public init(keys: KeyIndex, tokens: TokenSigner?, moduleTokens: ModuleTokens? = nil) {
        self.keys = keys
        self.tokens = tokens
        self.moduleTokens = moduleTokens
    }

    /// What was learned may be kept as long as this stays the same and the end has not come.
    public var generation: UInt64 { keys.generation &+ (moduleTokens?.generation ?? 0) }

    /// Looks at the text after `Bearer `.
    public func authenticate(_ credential: String, nowMilliseconds: Int64) -> Authentication {
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
        guard let tokens, let claims = try? tokens.verify(credential, nowMilliseconds: nowMilliseconds) else {
            return .refused
        }
        let principal = Principal(
            kind: .user, subject: claims.subject, role: claims.role, tenant: claims.tenant ?? "")
        return .accepted(principal, untilMilliseconds: claims.expiresAtMilliseconds + TokenSigner.skewMilliseconds)
    }
}
