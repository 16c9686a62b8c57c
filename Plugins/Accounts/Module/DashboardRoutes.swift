import GantryKit
import PlatformParts

extension AccountsModule {
    static var dashboardHandlers: [Handler<Self>] {
        [
            .operation("getDashboardStats") { _, request in try showFigures(request) },
            .operation("listAuditLogs") { _, request in try listAudit(request) },
        ]
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    private static let figures = """
        SELECT COUNT(*), SUM(is_active), SUM(CASE WHEN created_at > $1 THEN 1 ELSE 0 END),
            SUM(CASE WHEN created_at > $2 THEN 1 ELSE 0 END),
            SUM(CASE WHEN subscription_plan <> 'free' AND subscription_status IN ('active', 'trialing')
                THEN 1 ELSE 0 END),
            SUM(CASE WHEN subscription_plan = 'free' THEN 1 ELSE 0 END),
            SUM(CASE WHEN subscription_plan = 'pro' THEN 1 ELSE 0 END),
            SUM(CASE WHEN subscription_plan = 'enterprise' THEN 1 ELSE 0 END)
        FROM accounts WHERE removed_at IS NULL
        """

    private static func showFigures(_ request: borrowing Request) throws -> Response {
        _ = try Caller.account(request)
        let now = try request.clock.milliseconds()
        let (people, deliveries) = try request.database.read { tx in
            let people = try tx.one(figures, now - 7 * dayMilliseconds, now - 30 * dayMilliseconds) { row in
                try (0..<8).map { try row.get($0, as: Int64?.self) ?? 0 }
            }
            let deliveries = try tx.one(
                """
                SELECT COUNT(*), SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END),
                    SUM(CASE WHEN status = 'pending' THEN 1 ELSE 0 END)
                FROM inbox
                """
            ) { row in try (0..<3).map { try row.get($0, as: Int64?.self) ?? 0 } }
            return (people, deliveries)
        }
        let jobs = try JSONDocument(try request.services.call(PlatformServices.jobCounts)).withRoot { root in
            root.elements.compactMap(\.int64)
        }
        let isSecond = request.apiVersion == 2
        return .json(capacity: 512) { writer in
            writer.beginObject()
            writer.key("users")
            writer.figures(["total", "active", "new_last_7_days", "new_last_30_days"], people[0..<4])
            writer.key("subscriptions")
            writer.beginObject()
            writer.key("active")
            writer.int(people[4])
            writer.key("by_plan")
            writer.figures(["free", "pro", "enterprise"], people[5..<8])
            writer.endObject()
            writer.key("webhooks")
            writer.figures(["total", "failed", "pending"], deliveries[...])
            writer.key("jobs")
            writer.figures(["queued", "completed_last_24h", "failed_last_24h"], jobs[...])
            if isSecond {
                writer.key("active_user_rate")
                // Two decimals.
                writer.double(people[0] > 0 ? (Double(people[1]) * 10_000 / Double(people[0])).rounded() / 100 : 0)
            }
            writer.endObject()
        }
    }

    private static func listAudit(_ request: borrowing Request) throws -> Response {
        _ = try Caller.account(request)
        let page = try ListPage(request.query, limit: 50)
        let query = request.query
        let filter = AuditTable.Filter(
            actor: query["actor_id"], action: query["action"], resourceType: query["resource_type"])
        let (total, entries) = try request.database.read { tx in try AuditTable.page(filter, page, tx) }
        return page.response { writer in
            for entry in entries { writer.entry(entry) }
            return entries.count
        } count: {
            total
        }
    }
}

extension JSONWriter {
    /// Writes an object of whole numbers.
    fileprivate mutating func figures(_ names: [StaticString], _ values: ArraySlice<Int64>) {
        beginObject()
        for (name, value) in zip(names, values) {
            key(name)
            int(value)
        }
        endObject()
    }

    /// Writes an entry of the audit trail.
    fileprivate mutating func entry(_ entry: AuditEntry) {
        beginObject()
        let texts: [(StaticString, String?)] = [
            ("id", entry.id), ("actor_id", entry.actor), ("action", entry.action),
            ("resource_type", entry.resourceType), ("resource_id", entry.resource), ("ip_address", entry.address),
        ]
        for (name, text) in texts {
            key(name)
            string(text)
        }
        key("details")
        raw(Array(entry.details.utf8))
        time("created_at", entry.createdAt)
        endObject()
    }
}
