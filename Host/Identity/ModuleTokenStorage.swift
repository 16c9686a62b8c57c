/// What the storage keeps of a module's token.
public struct ModuleTokenRecord: Sendable, Equatable {
    /// Names the token.
    public var id: String
    /// The tenant that it is for.
    public var tenant: String
    /// The module that issued it.
    public var module: String
    /// Its kind.
    public var kind: String
    /// Its bearer.
    public var subject: String
    /// Milliseconds since 1970.
    public var createdAtMilliseconds: Int64
    /// Milliseconds since 1970.
    public var expiresAtMilliseconds: Int64
    /// How long it may lie unused; nil for as long as it is good.
    public var idleMilliseconds: Int64?
    /// When it was used last, as far as that is noted. Milliseconds since 1970.
    public var usedAtMilliseconds: Int64

    /// A record.
    public init(
        id: String, tenant: String, module: String, kind: String, subject: String, createdAtMilliseconds: Int64 = 0,
        expiresAtMilliseconds: Int64, idleMilliseconds: Int64? = nil, usedAtMilliseconds: Int64 = 0
    ) {
        self.id = id
        self.tenant = tenant
        self.module = module
        self.kind = kind
        self.subject = subject
        self.createdAtMilliseconds = createdAtMilliseconds
        self.expiresAtMilliseconds = expiresAtMilliseconds
        self.idleMilliseconds = idleMilliseconds
        self.usedAtMilliseconds = usedAtMilliseconds
    }
}

/// When a token that must not lie unused was used last.
public struct SessionUse: Sendable, Equatable {
    /// Names the token.
    public var id: String
    /// Milliseconds since 1970.
    public var usedAtMilliseconds: Int64
    /// When the token ends, however much it is used. Milliseconds since 1970.
    public var expiresAtMilliseconds: Int64

    /// A use.
    public init(id: String, usedAtMilliseconds: Int64, expiresAtMilliseconds: Int64) {
        self.id = id
        self.usedAtMilliseconds = usedAtMilliseconds
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }
}

/// Keeps the records of modules' tokens durably. Called on the thread of whoever mints or revokes; may block.
public protocol ModuleTokenStorage: Sendable {
    /// Adds a record; durable when this returns.
    func insert(_ record: ModuleTokenRecord) throws
    /// Marks a record as revoked; gives when it would have expired, nil when there is none of the id for the module and
    /// tenant. One that was revoked before counts as well.
    func revokeToken(id: String, tenant: String, module: String, atMilliseconds: Int64) throws -> Int64?
    /// Marks all good records of a kind and subject as revoked; gives their ids and when they would have expired.
    func revokeTokens(
        kind: String, subject: String, tenant: String, module: String, atMilliseconds: Int64
    ) throws -> [(id: String, expiresAtMilliseconds: Int64)]
    /// When they would have expired, by id, of all that were revoked.
    func revokedTokens() throws -> [String: Int64]
    /// The records of a module and tenant that were not revoked, newest first; of one subject, or of all.
    func tokens(tenant: String, module: String, subject: String?) throws -> [ModuleTokenRecord]
    /// When those were used last that must not lie unused and were not revoked.
    func sessionUses() throws -> [SessionUse]
    /// Notes uses; of a token that is not kept any more, nothing.
    func saveUses(_ uses: [SessionUse]) throws
    /// Forgets what has expired.
    func removeExpiredTokens(beforeMilliseconds: Int64) throws
}
