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
        /// A token that a module has issued; only that module's routes take it.
        case token
    }

    // A principal goes through every step of a request, so that a copy of it must cost no more than a reference.
    private final class Facts: Sendable {
        let kind: Kind
        let subject: String
        let role: Role
        let tenant: String
        let token: TokenFacts?
        let user: UserFacts

        init(
            kind: Kind, subject: String, role: Role, tenant: String, token: TokenFacts?, user: UserFacts = UserFacts()
        ) {
            self.kind = kind
            self.subject = subject
            self.role = role
            self.tenant = tenant
            self.token = token
            self.user = user
        }
    }

    private let facts: Facts

    /// What kind of credential proved it.
    public var kind: Kind { facts.kind }
    /// User id, the id of the key, or the subject of the token.
    public var subject: String { facts.subject }
    /// What the caller may do; of a token, `public`: it may do what its module lets its own role do.
    public var role: Role { facts.role }
    /// The tenant that the credential belongs to.
    public var tenant: String { facts.tenant }
    /// What a token says besides; nil for other kinds.
    public var token: TokenFacts? { facts.token }
    /// Whether it is the bearer of a module's token.
    public var hasToken: Bool { facts.kind == .token }
    /// What is known of a user besides; empty for other kinds.
    public var user: UserFacts { facts.user }

    /// Creates a principal.
    public init(kind: Kind, subject: String, role: Role, tenant: String, user: UserFacts = UserFacts()) {
        facts = Facts(kind: kind, subject: subject, role: role, tenant: tenant, token: nil, user: user)
    }

    /// The bearer of a module's token.
    public init(subject: String, tenant: String, token: TokenFacts) {
        facts = Facts(kind: .token, subject: subject, role: .public, tenant: tenant, token: token)
    }

    /// By what it says.
    public static func == (left: Principal, right: Principal) -> Bool {
        let (left, right) = (left.facts, right.facts)
        return left === right
            || (left.kind == right.kind && left.subject == right.subject && left.role == right.role
                && left.tenant == right.tenant && left.token == right.token && left.user == right.user)
    }
}

/// What is known of a user besides who it is.
public struct UserFacts: Sendable, Equatable {
    /// The tenant that has set up the issuer of the user's token for itself; empty where it is the deployment's or the
    /// host's own. Two users of one id but of different origins are two people.
    public var origin = ""
    /// The address in the user's token; empty for none, and for what is no plain address.
    public var email = ""
    /// The tenant that the token speaks for although the user was removed from it; empty for none.
    public var formerTenant = ""
    /// When the token was issued, in milliseconds since 1970; 0 where it does not say.
    public var issuedAtMilliseconds: Int64 = 0
    /// Who acts as the user, by a token of impersonation; empty for the user himself.
    public var actor = ""
    /// Names the token of impersonation; empty for every other.
    public var impersonation = ""
    /// Whether the user's account was deactivated.
    public var isShutOut = false

    /// Nothing is known.
    public init() {}
}

/// What a module's token says of itself.
public struct TokenFacts: Sendable, Equatable {
    /// Names the token, to revoke it.
    public var id: String
    /// The module that issued it.
    public var module: String
    /// Its kind, as the manifest declares it.
    public var kind: String
    /// The role of its bearer, in the module's own words.
    public var role: String
    /// A JSON object of the module's; empty for none.
    public var claims: String

    /// The facts.
    public init(id: String, module: String, kind: String, role: String, claims: String) {
        self.id = id
        self.module = module
        self.kind = kind
        self.role = role
        self.claims = claims
    }
}
