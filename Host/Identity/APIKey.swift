public import GantryCryptography

/// What the host keeps of an API key: never the key itself.
public struct APIKeyRecord: Sendable, Equatable {
    /// Identifies the key in listings and as a principal's subject.
    public var id: String
    /// The tenant that it belongs to.
    public var tenant: String
    /// Its name for people.
    public var name: String
    /// The first letters of the key, by which people recognise it.
    public var prefix: String
    /// SHA-256 of the whole key.
    public var hash: Digest256
    /// Milliseconds since 1970.
    public var createdAtMilliseconds: Int64
    /// Milliseconds since 1970; nil when it does not expire.
    public var expiresAtMilliseconds: Int64?
    /// Milliseconds since 1970; nil as long as it is good.
    public var revokedAtMilliseconds: Int64?
    /// What it is for, in more words; empty for none.
    public var description = ""
    /// When it was used last, as far as is known: up to half a minute earlier than it was. Milliseconds since 1970; nil
    /// for never.
    public var usedAtMilliseconds: Int64?

    /// Creates a record.
    public init(
        id: String, tenant: String, name: String, prefix: String, hash: Digest256, createdAtMilliseconds: Int64,
        expiresAtMilliseconds: Int64? = nil, revokedAtMilliseconds: Int64? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.prefix = prefix
        self.hash = hash
        self.createdAtMilliseconds = createdAtMilliseconds
        self.expiresAtMilliseconds = expiresAtMilliseconds
        self.revokedAtMilliseconds = revokedAtMilliseconds
    }
}

/// The text form of API keys: `cak_` and 43 URL-safe characters that carry 256 random bits.
public enum APIKey {
    /// What every key begins with.
    public static let marker = "cak_"
    /// Characters of a whole key.
    public static let count = 47
    /// Characters that stay readable in listings.
    static let prefixCount = 12

    /// A fresh key.
    static func random() -> String { marker + Base64URL.text(Cryptography.randomBytes(32)) }

    /// Whether a credential is meant to be a key; whether it is one, the index knows.
    public static func isKey(_ credential: String) -> Bool {
        credential.utf8.count == count && credential.utf8.starts(with: marker.utf8)
    }
}
