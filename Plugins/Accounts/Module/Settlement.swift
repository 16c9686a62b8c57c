import GantryKit

/// Brings the host up to date with what was committed here: who may do what, and what stands in the audit trail.
///
/// Each change leaves a mark in its own transaction. Whoever made it settles behind the commit, before the answer, so
/// that the next request is judged by it; a crash in between leaves the marks, and the delivery of the event that the
/// change has published settles them.
enum Settlement {
    /// Marks are settled in portions of so many.
    private static let portion = 100

    private struct Standing {
        var id: String
        var role: String
        var state: String
        var revision: Int64
    }

    /// The host is to learn of the account's role and state.
    static func mark(_ account: Account, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO standing_marks (account_id, revision) VALUES ($1, $2)
            ON CONFLICT (account_id) DO UPDATE SET revision = excluded.revision
            """, account.id, account.revision)
    }

    /// The host is to learn of an entry of the audit trail.
    static func mark(entry number: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute("INSERT INTO audit_marks (number) VALUES ($1)", number)
    }

    /// Tells the host whatever it is still to learn. What it has learned twice changes nothing.
    static func run(_ context: borrowing some BlockingServices & ~Copyable) throws {
        let database = context.database
        while true {
            let (standings, entries) = try database.read { tx in (try marked(tx), try AuditTable.marked(tx, portion)) }
            if standings.isEmpty && entries.isEmpty { return }
            for standing in standings {
                try context.services.call(
                    PlatformServices.setAccount, standing.id, standing.role, standing.state, standing.revision)
            }
            for entry in entries {
                try context.services.call(
                    PlatformServices.recordAct, entry.id, entry.actor, entry.action,
                    "\(entry.resourceType):\(entry.resource ?? "")", entry.details)
            }
            try database.write { tx in
                for standing in standings {
                    try tx.execute(
                        "DELETE FROM standing_marks WHERE account_id = $1 AND revision <= $2", standing.id,
                        standing.revision)
                }
                for entry in entries { try tx.execute("DELETE FROM audit_marks WHERE number = $1", entry.number) }
            }
        }
    }

    private static func marked(_ tx: borrowing Transaction) throws -> [Standing] {
        try tx.rows(
            """
            SELECT a.id, a.role, a.is_active, a.removed_at, a.revision FROM standing_marks m
            JOIN accounts a ON a.id = m.account_id ORDER BY a.id LIMIT $1
            """, portion
        ) { row in
            let isActive: Bool = try row[2]
            let isRemoved = try row.isNull(3) == false
            return Standing(
                id: try row[0], role: try row[1], state: isRemoved ? "removed" : isActive ? "active" : "inactive",
                revision: try row[4])
        }
    }
}
