import CGantry

/// Who is calling, as the host verified it. A module never sees a credential.
public struct Principal: Hashable, Sendable {
    /// The kind of caller.
    public enum Kind: Sendable {
        /// A person, known by a token or a session.
        case user
        /// A program, known by an API key.
        case key
        /// The bearer of a token that this module issued for this tenant.
        case token
    }

    /// The kind of caller.
    public let kind: Kind
    /// The user's id, the id of the key, or the subject of the module's token.
    public let subject: String
    /// `user`, `admin` or `superadmin`, or the role that the module gave its token.
    public let role: String
    /// The id of the module's token; empty for every other kind.
    public let tokenID: String
    /// The JSON object that the module put into its token; empty for every other kind.
    public let claims: [UInt8]

    init(raw: gantry_principal_v1) {
        kind =
            switch raw.kind {
            case GANTRY_PRINCIPAL_KEY.rawValue: .key
            case GANTRY_PRINCIPAL_TOKEN.rawValue: .token
            default: .user
            }
        subject = raw.subject.string
        role = raw.role.string
        tokenID = raw.token.string
        claims = Array(raw.claims.buffer)
    }

    /// The principal behind a pointer of the interface; nil when nobody had to say who they are.
    init?(_ raw: UnsafePointer<gantry_principal_v1>?) {
        guard let raw, raw.pointee.kind != GANTRY_PRINCIPAL_NONE.rawValue else { return nil }
        self.init(raw: raw.pointee)
    }

    /// The claims of the module's token as a value of `type`.
    public func decodeClaims<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONDocument(claims.isEmpty ? Array("{}".utf8) : claims).withRoot { try JSONCoding.decode(type, from: $0) }
    }
}
