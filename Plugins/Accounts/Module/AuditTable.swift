import GantryKit
import PlatformParts

/// One act, as the audit trail tells of it.
struct AuditEntry {
    var number: Int64 = 0
    var actor: String
    var action: String
    var resourceType: String
    var resource: String?
    /// A JSON object.
    var details = "{}"
    var address: String?
    /// Milliseconds since 1970.
    var createdAt: Int64

    /// What answers call it.
    var id: String { "log_\(number)" }
}

/// The audit trail. Rows are added and never changed: the database itself refuses anything else.
enum AuditTable {
    /// What narrows a list; nil for whatever there is.
    struct Filter {
        var actor: String?
        var action: String?
        var resourceType: String?
    }

    private static let columns = "number, actor_id, action, resource_type, resource_id, details, ip_address, created_at"
    private static let condition = """
        ($1 IS NULL OR actor_id = $1) AND ($2 IS NULL OR action = $2) AND ($3 IS NULL OR resource_type = $3)
        """

    /// Adds an entry, which the host's own chain gets too.
    /// - Parameter source: The event that brought it; a second one of the same id adds nothing.
    static func append(_ entry: AuditEntry, source: String? = nil, _ tx: borrowing Transaction) throws {
        if let source {
            let known = try tx.first("SELECT number FROM audit_log WHERE source = $1", source) { row in
                try row[0] as Int64
            }
            if known != nil { return }
        }
        let number = try tx.one("SELECT COALESCE(MAX(number), 0) + 1 FROM audit_log") { row in try row[0] as Int64 }
        try tx.execute(
            "INSERT INTO audit_log (\(columns), source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            number, entry.actor, entry.action, entry.resourceType, entry.resource, entry.details, entry.address,
            entry.createdAt, source)
        try Settlement.mark(entry: number, tx)
    }

    /// Entries that the host is still to learn of, the oldest first.
    static func marked(_ tx: borrowing Transaction, _ limit: Int) throws -> [AuditEntry] {
        try tx.rows(
            """
            SELECT l.number, l.actor_id, l.action, l.resource_type, l.resource_id, l.details, l.ip_address,
                l.created_at
            FROM audit_marks m JOIN audit_log l ON l.number = m.number ORDER BY l.number LIMIT $1
            """, limit, map: entry)
    }

    /// How many there are, and a page of them, the newest first.
    static func page(
        _ filter: Filter, _ page: ListPage, _ tx: borrowing Transaction
    ) throws -> (total: Int, entries: [AuditEntry]) {
        let total = try tx.one(
            "SELECT COUNT(*) FROM audit_log WHERE \(condition)", filter.actor, filter.action, filter.resourceType
        ) { row in try row[0] as Int }
        let entries = try tx.rows(
            "SELECT \(columns) FROM audit_log WHERE \(condition) ORDER BY number DESC LIMIT $4 OFFSET $5",
            filter.actor, filter.action, filter.resourceType, page.limit, page.skip, map: entry)
        return (total, entries)
    }

    private static func entry(_ row: borrowing Row) throws -> AuditEntry {
        AuditEntry(
            number: try row[0], actor: try row[1], action: try row[2], resourceType: try row[3], resource: try row[4],
            details: try row[5], address: try row[6], createdAt: try row[7])
    }
}
