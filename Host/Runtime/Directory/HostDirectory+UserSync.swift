import GantryGateway
import GantryJSON
import GantryStore

extension HostDirectory {
    /// What the auth service has told: notices by their ids, kept for 120 days; the newest one of each person; and to
    /// which tenants a person belongs by it, also those that are not there yet.
    static let userSyncSchema: [StaticString] = [
        "CREATE TABLE IF NOT EXISTS user_notice (id TEXT PRIMARY KEY, received_at INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX IF NOT EXISTS user_notice_by_time ON user_notice (received_at)",
        "CREATE TABLE IF NOT EXISTS synced_user (id TEXT PRIMARY KEY, occurred_at INTEGER NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE IF NOT EXISTS synced_place (user TEXT NOT NULL, tenant TEXT NOT NULL,
          PRIMARY KEY (user, tenant)) WITHOUT ROWID
        """,
    ]

    private static let keptMilliseconds: Int64 = 120 * 86_400_000

    /// Takes a notice in: its id, what follows from it, and what modules are to be told, in one transaction.
    /// - Returns: what became of it, and the tenants whose modules are to be told something.
    func take(
        _ notice: UserNotice, defaultTenant: String, atMilliseconds now: Int64
    ) throws(StoreError) -> (NoticeOutcome, told: [String]) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM user_notice WHERE received_at < $1", [.integer(now - Self.keptMilliseconds)])
            let isNew = try transaction.execute(
                "INSERT INTO user_notice (id, received_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                [.text(notice.eventID), .integer(now)])
            guard isNew > 0 else { return (.duplicate, []) }
            let occurred = RFC3339.milliseconds(notice.occurredAt) ?? now
            let isNewest = try transaction.execute(
                """
                INSERT INTO synced_user (id, occurred_at) VALUES ($1, $2)
                ON CONFLICT (id) DO UPDATE SET occurred_at = $2 WHERE occurred_at <= $2
                """, [.text(notice.userID), .integer(occurred)])
            guard isNewest > 0 else { return (.ignored, []) }
            return (.processed, try Self.tell(notice, defaultTenant, now, in: transaction))
        }
    }

    /// Brings the person's places in line, and leaves an announcement for each tenant that is concerned.
    private static func tell(
        _ notice: UserNotice, _ defaultTenant: String, _ now: Int64, in transaction: Transaction
    ) throws(StoreError) -> [String] {
        let before = try places(notice.userID, in: transaction)
        let after = notice.tenants ?? before
        if notice.tenants != nil || notice.kind == .deleted {
            try transaction.execute("DELETE FROM synced_place WHERE user = $1", [.text(notice.userID)])
            for tenant in notice.kind == .deleted ? [] : after {
                try transaction.execute(
                    "INSERT INTO synced_place (user, tenant) VALUES ($1, $2)", [.text(notice.userID), .text(tenant)])
            }
        }
        var told: [String] = []
        for tenant in after.isEmpty ? [defaultTenant] : after {
            guard try isTenant(tenant, in: transaction) else { continue }
            try announce(notice, "identity." + notice.kind.rawValue, tenant, now, isDropped: false, in: transaction)
            told.append(tenant)
        }
        for tenant in before where !after.contains(tenant) {
            guard try isTenant(tenant, in: transaction) else { continue }
            try announce(notice, "identity.user.updated", tenant, now, isDropped: true, in: transaction)
            told.append(tenant)
        }
        return told
    }

    private static func places(_ user: String, in transaction: Transaction) throws(StoreError) -> [String] {
        var places: [String] = []
        try transaction.execute("SELECT tenant FROM synced_place WHERE user = $1 ORDER BY tenant", [.text(user)]) {
            row in
            places.append(row.string(0))
            return true
        }
        return places
    }

    private static func isTenant(_ id: String, in transaction: Transaction) throws(StoreError) -> Bool {
        var isTenant = false
        try transaction.execute("SELECT 1 FROM tenant WHERE id = $1", [.text(id)]) { _ in
            isTenant = true
            return false
        }
        return isTenant
    }

    /// - Parameter isDropped: Whether the tenant is told that the person does not belong to it any more.
    private static func announce(
        _ notice: UserNotice, _ type: String, _ tenant: String, _ now: Int64, isDropped: Bool,
        in transaction: Transaction
    ) throws(StoreError) {
        let announcement = Announcement(
            type, tenant: tenant, key: notice.userID, actor: nil, atMilliseconds: now
        ) { writer in
            writer.key("event_id")
            writer.string(notice.eventID)
            writer.key("occurred_at")
            writer.string(notice.occurredAt)
            writer.key("user")
            writer.beginObject()
            notice.user.withRoot { user in
                for member in user.members {
                    guard let name = member.name.string, name != "org_ids", !(isDropped && name == "is_active") else {
                        continue
                    }
                    writer.key(name)
                    writer.raw(member.value.jsonBytes)
                }
            }
            if isDropped {
                writer.key("is_active")
                writer.bool(false)
            }
            writer.endObject()
        }
        try announce(announcement, in: transaction)
    }
}
