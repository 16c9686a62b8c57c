import GantryIdentity
import GantryStore

extension HostDirectory: ModuleTokenStorage {
    /// Keeps what is needed to revoke a token; the audit log tells of it in the same transaction.
    func insert(_ record: ModuleTokenRecord) throws {
        let act = AuditAct(
            tenant: record.tenant, actor: .module(record.module), action: "token.mint", target: record.id,
            details: [
                "kind": record.kind, "subject": record.subject,
                "seconds": "\((record.expiresAtMilliseconds - record.createdAtMilliseconds) / 1000)",
            ])
        try audit.write { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO module_token (id, tenant, module, kind, subject, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [
                    .text(record.id), .text(record.tenant), .text(record.module), .text(record.kind),
                    .text(record.subject), .integer(record.expiresAtMilliseconds),
                ])
            try transaction.execute(
                "INSERT INTO module_token_use (id, created_at, idle, used_at) VALUES ($1, $2, $3, $4)",
                [
                    .text(record.id), .integer(record.createdAtMilliseconds),
                    record.idleMilliseconds.map { .integer($0) } ?? .null, .integer(record.usedAtMilliseconds),
                ])
            return try audit.append(act, in: transaction)
        }
    }

    func revokeToken(id: String, tenant: String, module: String, atMilliseconds: Int64) throws -> Int64? {
        try audit.change(telling: { end, _ in end != nil }) { transaction throws(StoreError) in
            var end: Int64?
            try transaction.execute(
                """
                UPDATE module_token SET revoked_at = coalesce(revoked_at, $4)
                WHERE id = $1 AND tenant = $2 AND module = $3 RETURNING expires_at
                """, [.text(id), .text(tenant), .text(module), .integer(atMilliseconds)]
            ) { row in
                end = row.integer(0)
                return true
            }
            return end
        }
    }

    func revokeTokens(
        kind: String, subject: String, tenant: String, module: String, atMilliseconds: Int64
    ) throws -> [(id: String, expiresAtMilliseconds: Int64)] {
        try audit.change(telling: { ended, act in
            act.details["count"] = "\(ended.count)"
            return true
        }) { transaction throws(StoreError) in
            var revoked: [(id: String, expiresAtMilliseconds: Int64)] = []
            try transaction.execute(
                """
                UPDATE module_token SET revoked_at = $5
                WHERE tenant = $1 AND module = $2 AND kind = $3 AND subject = $4 AND revoked_at IS NULL
                  AND expires_at > $5 RETURNING id, expires_at
                """, [.text(tenant), .text(module), .text(kind), .text(subject), .integer(atMilliseconds)]
            ) { row in
                revoked.append((row.string(0), row.integer(1)))
                return true
            }
            return revoked
        }
    }

    func revokedTokens() throws -> [String: Int64] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var revoked: [String: Int64] = [:]
            try transaction.execute("SELECT id, expires_at FROM module_token WHERE revoked_at IS NOT NULL") { row in
                revoked[row.string(0)] = row.integer(1)
                return true
            }
            return revoked
        }
    }

    func tokens(tenant: String, module: String, subject: String?) throws -> [ModuleTokenRecord] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var records: [ModuleTokenRecord] = []
            try transaction.execute(
                """
                SELECT t.id, t.kind, t.subject, coalesce(u.created_at, 0), t.expires_at, u.idle, coalesce(u.used_at, 0)
                FROM module_token AS t LEFT JOIN module_token_use AS u ON u.id = t.id
                WHERE t.tenant = $1 AND t.module = $2 AND t.revoked_at IS NULL AND ($3 IS NULL OR t.subject = $3)
                ORDER BY 4 DESC, t.id
                """, [.text(tenant), .text(module), subject.map { .text($0) } ?? .null]
            ) { row in
                records.append(
                    ModuleTokenRecord(
                        id: row.string(0), tenant: tenant, module: module, kind: row.string(1), subject: row.string(2),
                        createdAtMilliseconds: row.integer(3), expiresAtMilliseconds: row.integer(4),
                        idleMilliseconds: row.isNull(5) ? nil : row.integer(5), usedAtMilliseconds: row.integer(6)))
                return true
            }
            return records
        }
    }

    func sessionUses() throws -> [SessionUse] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var uses: [SessionUse] = []
            try transaction.execute(
                """
                SELECT u.id, u.used_at, t.expires_at FROM module_token_use AS u JOIN module_token AS t ON t.id = u.id
                WHERE u.idle IS NOT NULL AND t.revoked_at IS NULL
                """
            ) { row in
                uses.append(
                    SessionUse(
                        id: row.string(0), usedAtMilliseconds: row.integer(1), expiresAtMilliseconds: row.integer(2)))
                return true
            }
            return uses
        }
    }

    func saveUses(_ uses: [SessionUse]) throws {
        try database.write(as: .host) { transaction throws(StoreError) in
            for use in uses {
                try transaction.execute(
                    "UPDATE module_token_use SET used_at = $2 WHERE id = $1",
                    [.text(use.id), .integer(use.usedAtMilliseconds)])
            }
        }
    }

    func removeExpiredTokens(beforeMilliseconds: Int64) throws {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM module_token_use WHERE id IN (SELECT id FROM module_token WHERE expires_at <= $1)",
                [.integer(beforeMilliseconds)])
            try transaction.execute(
                "DELETE FROM module_token WHERE expires_at <= $1", [.integer(beforeMilliseconds)])
        }
    }
}
