import GantryKit

/// What somebody may do, in ascending order.
enum AccountRole: String, Comparable {
    case user
    case admin
    case superadmin

    private var rank: Int {
        switch self {
        case .user: 0
        case .admin: 1
        case .superadmin: 2
        }
    }

    static func < (left: AccountRole, right: AccountRole) -> Bool { left.rank < right.rank }
}

/// What created an account.
enum AccountProvider: String {
    case clerk
    case supabase
    /// The auth service, by user sync.
    case `internal`
    /// The first token.
    case custom
}

/// A person of the tenant. Times are milliseconds since 1970.
struct Account {
    var id: String
    var email: String?
    var fullName: String?
    var avatarURL: String?
    var role: AccountRole
    var isActive: Bool
    var plan: String
    var subscriptionStatus: String
    var createdAt: Int64
    var updatedAt: Int64
    var lastLoginAt: Int64?
    var provider: AccountProvider
    var removedAt: Int64?
    /// Grows with each change of role, activation or removal, so that the host knows the newest.
    var revision: Int64

    /// The columns that `init(_:)` reads, in their order.
    static let columns = """
        id, email, full_name, avatar_url, role, is_active, subscription_plan, subscription_status, created_at,
        updated_at, last_login_at, auth_provider, removed_at, revision
        """

    /// A new one, on the free plan.
    init(id: String, role: AccountRole, provider: AccountProvider, createdAt: Int64) {
        self.id = id
        self.role = role
        self.provider = provider
        self.createdAt = createdAt
        updatedAt = createdAt
        isActive = true
        plan = "free"
        subscriptionStatus = "inactive"
        revision = 1
    }

    /// Reads a row of `columns`.
    init(_ row: borrowing Row) throws {
        id = try row[0]
        email = try row[1]
        fullName = try row[2]
        avatarURL = try row[3]
        role = AccountRole(rawValue: try row[4]) ?? .user
        isActive = try row[5]
        plan = try row[6]
        subscriptionStatus = try row[7]
        createdAt = try row[8]
        updatedAt = try row[9]
        lastLoginAt = try row[10]
        provider = AccountProvider(rawValue: try row[11]) ?? .custom
        removedAt = try row[12]
        revision = try row[13]
    }
}

/// When an answer is written, and in which of the platform's versions.
struct Moment {
    /// Milliseconds since 1970.
    let milliseconds: Int64
    let isSecondVersion: Bool

    /// That of a request.
    init(_ request: borrowing Request) throws {
        isSecondVersion = request.apiVersion == 2
        // The first version shows nothing that depends on it.
        milliseconds = isSecondVersion ? try request.clock.milliseconds() : 0
    }
}

extension JSONWriter {
    /// Writes an account as its owner sees it, or as administrators do.
    mutating func account(_ account: Account, forAdministrators: Bool, _ moment: Moment) {
        beginObject()
        let texts: [(StaticString, String?)] = [
            ("id", account.id), ("email", account.email), ("full_name", account.fullName),
            ("avatar_url", account.avatarURL), ("role", account.role.rawValue),
        ]
        for (name, text) in texts {
            key(name)
            string(text)
        }
        key("is_active")
        bool(account.isActive)
        key("subscription_plan")
        string(account.plan)
        key("subscription_status")
        string(account.subscriptionStatus)
        time("created_at", account.createdAt)
        if forAdministrators {
            time("updated_at", account.updatedAt)
            time("last_login_at", account.lastLoginAt)
            key("auth_provider")
            string(account.provider.rawValue)
        }
        if moment.isSecondVersion {
            let isPaid = account.plan != "free" && ["active", "trialing"].contains(account.subscriptionStatus)
            computed(isPremium: isPaid, createdAt: account.createdAt, moment)
        }
        endObject()
    }

    /// Writes what only the second version shows of an account.
    mutating func computed(isPremium: Bool, createdAt: Int64, _ moment: Moment) {
        key("is_premium")
        bool(isPremium)
        key("days_since_joined")
        int(max(0, moment.milliseconds - createdAt) / 86_400_000)
    }

    /// A member that is a time; null for none.
    mutating func time(_ name: StaticString, _ milliseconds: Int64?) {
        key(name)
        if let milliseconds { timestamp(milliseconds: milliseconds) } else { null() }
    }
}
