/// What a caller may do at most, in ascending order.
public enum Role: String, Sendable, CaseIterable, Comparable {
    /// Nobody in particular; only for routes, never for a caller.
    case `public`
    case user
    case admin
    case superadmin

    /// By rank.
    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .public: 0
        case .user: 1
        case .admin: 2
        case .superadmin: 3
        }
    }
}

/// Who is calling, as the host verified it. Belongs to exactly one tenant.
public struct Principal: Sendable, Equatable {
    /// What kind of credential proved it.
    public enum Kind: Sendable {
        case user
        case key
    }

    /// What kind of credential proved it.
    public var kind: Kind
    /// User id, or the id of the key.
    public var subject: String
    /// What the caller may do.
    public var role: Role
    /// The tenant that the credential belongs to.
    public var tenant: String

    /// Creates a principal.
    public init(kind: Kind, subject: String, role: Role, tenant: String) {
        self.kind = kind
        self.subject = subject
        self.role = role
        self.tenant = tenant
    }
}
