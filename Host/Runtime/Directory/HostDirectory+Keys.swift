import GantryCryptography
import GantryIdentity
import GantryStore

extension HostDirectory {
    /// What came to the table `api_key` later.
    static let keySchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS api_key_detail (id TEXT PRIMARY KEY REFERENCES api_key (id),
          description TEXT NOT NULL DEFAULT '', used_at INTEGER)
        """,
        "CREATE INDEX IF NOT EXISTS api_key_by_tenant ON api_key (tenant, created_at)",
    ]

    /// The keys of one tenant, newest first.
    func keys(tenant: String) throws(StoreError) -> [APIKeyRecord] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var records: [APIKeyRecord] = []
            try transaction.execute(
                """
                SELECT k.id, tenant, name, prefix, hash, created_at, expires_at, revoked_at, description, used_at
                FROM api_key AS k LEFT JOIN api_key_detail AS d ON d.id = k.id
                WHERE tenant = $1 ORDER BY created_at DESC, k.id
                """, [.text(tenant)]
            ) { row throws(StoreError) in
                records.append(try Self.key(row))
                return true
            }
            return records
        }
    }

    /// Adds a record, and what is to be told of it, unless the tenant has as many good keys as it may.
    /// - Parameter limit: Good keys that it may have; 0 for any number.
    /// - Returns: False when it has them already.
    func insert(
        _ record: APIKeyRecord, limit: Int, announcing announcement: Announcement?
    ) throws(StoreError) -> Bool {
        try audit.change(telling: { isNew, act in
            act.target = record.id
            return isNew
        }) { transaction throws(StoreError) in
            if limit > 0 {
                var count = 0
                try transaction.execute(
                    """
                    SELECT count(*) FROM api_key
                    WHERE tenant = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
                    """, [.text(record.tenant), .integer(record.createdAtMilliseconds)]
                ) { row in
                    count = Int(row.integer(0))
                    return false
                }
                guard count < limit else { return false }
            }
            try Self.insert(record, in: transaction)
            if let announcement { try Self.announce(announcement, in: transaction) }
            return true
        }
    }

    /// Ends a key of the tenant unless it has ended before.
    /// - Parameter announcement: What is to be told when it is the first time; gets the name of the key.
    /// - Returns: Since when it has ended; nil when there is no such key.
    func revokeKey(
        id: String, tenant: String, atMilliseconds time: Int64, announcing announcement: (String) -> Announcement
    ) throws(StoreError) -> Int64? {
        try audit.change(telling: { end, _ in end != nil }) { transaction throws(StoreError) in
            var found: (name: String, revokedAt: Int64?)?
            try transaction.execute(
                "SELECT name, revoked_at FROM api_key WHERE id = $1 AND tenant = $2", [.text(id), .text(tenant)]
            ) { row in
                found = (row.string(0), row.isNull(1) ? nil : row.integer(1))
                return false
            }
            guard let found else { return nil }
            if let revokedAt = found.revokedAt { return revokedAt }
            try transaction.execute("UPDATE api_key SET revoked_at = $2 WHERE id = $1", [.text(id), .integer(time)])
            try Self.announce(announcement(found.name), in: transaction)
            return time
        }
    }

    static func insert(_ record: APIKeyRecord, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO api_key (id, tenant, name, prefix, hash, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .text(record.id), .text(record.tenant), .text(record.name), .text(record.prefix),
                .blob(record.hash.bytes), .integer(record.createdAtMilliseconds),
                record.expiresAtMilliseconds.map { .integer($0) } ?? .null,
            ])
        if record.description.isEmpty { return }
        try transaction.execute(
            "INSERT INTO api_key_detail (id, description) VALUES ($1, $2)",
            [.text(record.id), .text(record.description)])
    }

    private static func key(_ row: borrowing Row) throws(StoreError) -> APIKeyRecord {
        guard let hash = Digest256(Array(row.bytes(4))) else {
            throw StoreError(.corrupt, "The hash of the key `\(row.string(0))` is damaged.")
        }
        var record = APIKeyRecord(
            id: row.string(0), tenant: row.string(1), name: row.string(2), prefix: row.string(3), hash: hash,
            createdAtMilliseconds: row.integer(5), expiresAtMilliseconds: row.isNull(6) ? nil : row.integer(6),
            revokedAtMilliseconds: row.isNull(7) ? nil : row.integer(7))
        record.description = row.isNull(8) ? "" : row.string(8)
        record.usedAtMilliseconds = row.isNull(9) ? nil : row.integer(9)
        return record
    }
}

extension HostDirectory: KeyStorage {
    func keys() throws -> [APIKeyRecord] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var records: [APIKeyRecord] = []
            try transaction.execute(
                """
                SELECT k.id, tenant, name, prefix, hash, created_at, expires_at, revoked_at, description, used_at
                FROM api_key AS k LEFT JOIN api_key_detail AS d ON d.id = k.id
                """
            ) { row throws(StoreError) in
                records.append(try Self.key(row))
                return true
            }
            return records
        }
    }

    func insert(_ record: APIKeyRecord) throws {
        try audit.change(telling: { _, act in
            act.target = record.id
            return true
        }) { transaction throws(StoreError) in
            try Self.insert(record, in: transaction)
        }
    }

    func replace(id: String, endingAtMilliseconds: Int64, by record: APIKeyRecord) throws {
        try audit.change(telling: { _, act in
            act.details["successor"] = record.id
            return true
        }) { transaction throws(StoreError) in
            try transaction.execute(
                "UPDATE api_key SET expires_at = $2 WHERE id = $1", [.text(id), .integer(endingAtMilliseconds)])
            try Self.insert(record, in: transaction)
        }
    }

    func revoke(id: String, atMilliseconds: Int64) throws {
        try audit.change { transaction throws(StoreError) in
            try transaction.execute(
                "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                [.text(id), .integer(atMilliseconds)])
        }
    }

    func saveKeyUses(_ uses: [(id: String, atMilliseconds: Int64)]) throws {
        try database.write(as: .host) { transaction throws(StoreError) in
            for use in uses {
                try transaction.execute(
                    """
                    INSERT INTO api_key_detail (id, used_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET used_at = $2
                    """, [.text(use.id), .integer(use.atMilliseconds)])
            }
        }
    }
}
