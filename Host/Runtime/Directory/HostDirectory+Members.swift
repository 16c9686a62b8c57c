import GantryCore
import GantryIdentity
import GantryLoader
import GantryStore

extension HostDirectory {
    /// A member as it is kept.
    struct StoredMember: Sendable {
        var tenant: String
        var user: String
        var origin: String
        var email: String
        var role: Role
        var joinedAtMilliseconds: Int64

        var membership: Membership {
            Membership(
                tenant: tenant, user: user, origin: origin, role: role, joinedAtMilliseconds: joinedAtMilliseconds)
        }
    }

    /// Members: those who were given their place (`given`) and those who have come with a token for the tenant; people
    /// who were removed, whose tokens count no more; and invitations, of whose texts only the hash is kept.
    static let memberSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS member (tenant TEXT NOT NULL REFERENCES tenant (id), user TEXT NOT NULL,
          origin TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL, given INTEGER NOT NULL,
          joined_at INTEGER NOT NULL, PRIMARY KEY (tenant, user))
        """,
        "CREATE INDEX IF NOT EXISTS member_by_user ON member (user) WHERE given = 1",
        """
        CREATE TABLE IF NOT EXISTS former_member (tenant TEXT NOT NULL REFERENCES tenant (id), user TEXT NOT NULL,
          removed_at INTEGER NOT NULL, PRIMARY KEY (tenant, user))
        """,
        """
        CREATE TABLE IF NOT EXISTS invitation (id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant (id),
          email TEXT NOT NULL, role TEXT NOT NULL, invited_by TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
          invited_at INTEGER NOT NULL, expires_at INTEGER NOT NULL)
        """,
        "CREATE INDEX IF NOT EXISTS invitation_by_tenant ON invitation (tenant, invited_at)",
    ]

    /// The members of a tenant in the order of joining.
    func members(tenant: String) throws(StoreError) -> [MemberRecord] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var members: [MemberRecord] = []
            try transaction.execute(
                "SELECT user, email, role, joined_at FROM member WHERE tenant = $1 ORDER BY joined_at, user",
                [.text(tenant)]
            ) { row in
                members.append(Self.member(row))
                return true
            }
            return members
        }
    }

    /// One member; nil when the user is none.
    func member(_ user: String, tenant: String) throws(StoreError) -> MemberRecord? {
        try database.read(as: .host) { transaction throws(StoreError) in
            try Self.member(user, tenant: tenant, in: transaction)
        }
    }

    /// Gives somebody a place, also one who has or had one.
    func give(_ member: StoredMember, announcing announcement: Announcement) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try Self.give(member, in: transaction)
            try Self.announce(announcement, in: transaction)
        }
    }

    static func give(_ member: StoredMember, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            "DELETE FROM former_member WHERE tenant = $1 AND user = $2", [.text(member.tenant), .text(member.user)])
        try transaction.execute(
            """
            INSERT INTO member (tenant, user, origin, email, role, given, joined_at) VALUES ($1, $2, $3, $4, $5, 1, $6)
            ON CONFLICT (tenant, user) DO UPDATE SET origin = $3, role = $5, given = 1,
              email = CASE WHEN $4 = '' THEN email ELSE $4 END
            """,
            [
                .text(member.tenant), .text(member.user), .text(member.origin), .text(member.email),
                .text(member.role.rawValue), .integer(member.joinedAtMilliseconds),
            ])
    }

    /// Whether the user has been given a place anywhere since he was removed from the tenant that his token names.
    static func hasPlace(_ user: StoredMember, in transaction: Transaction) throws(StoreError) -> Bool {
        var hasPlace = false
        try transaction.execute(
            "SELECT 1 FROM member WHERE user = $1 AND origin = $2 AND given = 1 LIMIT 1",
            [.text(user.user), .text(user.origin)]
        ) { _ in
            hasPlace = true
            return false
        }
        return hasPlace
    }

    /// What became of the removal of a member.
    enum Removal: Sendable, Equatable {
        case removed
        case unknown
        case refused(DirectoryRefusal)
    }

    /// Removes a member, unless a rule forbids it: all rules hold at the moment of the change.
    /// - Parameter caller: Who does it; nil for the operator, to whom the rules on callers do not apply.
    func remove(
        _ user: String, tenant: String, caller: Principal?, atMilliseconds time: Int64,
        announcing announcement: Announcement
    ) throws(StoreError) -> Removal {
        try audit.change(telling: { removal, _ in removal == .removed }) { transaction throws(StoreError) in
            if let caller, caller.kind == .user {
                if caller.subject == user { return .refused(.oneself) }
                if try Self.isFormer(caller.subject, tenant: tenant, in: transaction) {
                    return .refused(.tenantRequired)
                }
            }
            guard let member = try Self.member(user, tenant: tenant, in: transaction) else { return .unknown }
            if member.role == .superadmin, let caller, caller.role != .superadmin { return .refused(.role) }
            if member.role == .admin, try Self.adminCount(tenant: tenant, in: transaction) < 2 {
                return .refused(.lastAdmin)
            }
            try transaction.execute(
                "DELETE FROM member WHERE tenant = $1 AND user = $2", [.text(tenant), .text(user)])
            try transaction.execute(
                "INSERT INTO former_member (tenant, user, removed_at) VALUES ($1, $2, $3)",
                [.text(tenant), .text(user), .integer(time)])
            try Self.announce(announcement, in: transaction)
            return .removed
        }
    }

    static func member(
        _ user: String, tenant: String, in transaction: Transaction
    ) throws(StoreError) -> MemberRecord? {
        var member: MemberRecord?
        try transaction.execute(
            "SELECT user, email, role, joined_at FROM member WHERE tenant = $1 AND user = $2",
            [.text(tenant), .text(user)]
        ) { row in
            member = Self.member(row)
            return false
        }
        return member
    }

    private static func isFormer(
        _ user: String, tenant: String, in transaction: Transaction
    ) throws(StoreError) -> Bool {
        var isFormer = false
        try transaction.execute(
            "SELECT 1 FROM former_member WHERE tenant = $1 AND user = $2", [.text(tenant), .text(user)]
        ) { _ in
            isFormer = true
            return false
        }
        return isFormer
    }

    private static func adminCount(tenant: String, in transaction: Transaction) throws(StoreError) -> Int64 {
        var count: Int64 = 0
        try transaction.execute(
            "SELECT count(*) FROM member WHERE tenant = $1 AND role = 'admin'", [.text(tenant)]
        ) { row in
            count = row.integer(0)
            return false
        }
        return count
    }

    private static func member(_ row: borrowing Row) -> MemberRecord {
        MemberRecord(
            user: row.string(0), email: row.string(1), role: Role(rawValue: row.string(2)) ?? .user,
            joinedAtMilliseconds: row.integer(3))
    }
}

extension HostDirectory: MemberStorage {
    func memberships() throws -> [Membership] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var memberships: [Membership] = []
            try transaction.execute("SELECT tenant, user, origin, role, joined_at FROM member WHERE given = 1") { row in
                memberships.append(
                    Membership(
                        tenant: row.string(0), user: row.string(1), origin: row.string(2),
                        role: Role(rawValue: row.string(3)) ?? .user, joinedAtMilliseconds: row.integer(4)))
                return true
            }
            return memberships
        }
    }

    func removedUsers() throws -> [(tenant: String, user: String, atMilliseconds: Int64)] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var removed: [(tenant: String, user: String, atMilliseconds: Int64)] = []
            try transaction.execute("SELECT tenant, user, removed_at FROM former_member") { row in
                removed.append((row.string(0), row.string(1), row.integer(2)))
                return true
            }
            return removed
        }
    }

    func record(_ users: [SeenUser]) throws {
        let changed = try database.read(as: .host) { transaction throws(StoreError) in
            var changed: [SeenUser] = []
            for user in users where try Self.isNews(user, in: transaction) { changed.append(user) }
            return changed
        }
        // Most have come before, and nothing is written for them.
        if changed.isEmpty { return }
        try database.write(as: .host) { transaction throws(StoreError) in
            for user in changed {
                try transaction.execute(
                    """
                    INSERT INTO member (tenant, user, origin, email, role, given, joined_at)
                    SELECT $1, $2, $3, $4, $5, 0, $6 WHERE EXISTS (SELECT 1 FROM tenant WHERE id = $1)
                      AND NOT EXISTS (SELECT 1 FROM former_member WHERE tenant = $1 AND user = $2)
                    ON CONFLICT (tenant, user) DO UPDATE SET role = CASE WHEN given = 1 THEN role ELSE $5 END,
                      email = CASE WHEN $4 = '' THEN email ELSE $4 END
                    """,
                    [
                        .text(user.tenant), .text(user.user), .text(user.origin), .text(user.email),
                        .text(user.role.rawValue), .integer(user.seenAtMilliseconds),
                    ])
            }
        }
    }

    private static func isNews(_ user: SeenUser, in transaction: Transaction) throws(StoreError) -> Bool {
        guard let known = try member(user.user, tenant: user.tenant, in: transaction) else { return true }
        return known.role != user.role || (!user.email.isEmpty && known.email != user.email)
    }
}
