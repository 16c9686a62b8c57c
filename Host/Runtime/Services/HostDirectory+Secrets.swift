import GantryIdentity
import GantryStore

extension HostDirectory {
    /// Tables of secrets and of modules' tokens.
    static let serviceSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS secret (tenant TEXT NOT NULL REFERENCES tenant (id), module TEXT NOT NULL,
          name TEXT NOT NULL, value BLOB NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (tenant, module, name))
        """,
        """
        CREATE TABLE IF NOT EXISTS module_token (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, module TEXT NOT NULL,
          kind TEXT NOT NULL, subject TEXT NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER)
        """,
        """
        CREATE INDEX IF NOT EXISTS module_token_by_subject ON module_token (tenant, module, kind, subject)
        """,
        "CREATE INDEX IF NOT EXISTS module_token_by_expiry ON module_token (expires_at)",
        """
        CREATE TABLE IF NOT EXISTS module_token_use (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, idle INTEGER,
          used_at INTEGER NOT NULL)
        """,
    ]

    /// Whether any secret is kept.
    func hasSecrets() throws(StoreError) -> Bool {
        try database.read(as: .host) { transaction throws(StoreError) in
            var isAny = false
            try transaction.execute("SELECT 1 FROM secret LIMIT 1") { _ in
                isAny = true
                return false
            }
            return isAny
        }
    }

    /// The sealed secrets of a module for a tenant, by name.
    func secrets(tenant: String, module: String) throws(StoreError) -> [(name: String, sealed: [UInt8])] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var list: [(name: String, sealed: [UInt8])] = []
            try transaction.execute(
                "SELECT name, value FROM secret WHERE tenant = $1 AND module = $2 ORDER BY name",
                [.text(tenant), .text(module)]
            ) { row in
                list.append((row.string(0), Array(row.bytes(1))))
                return true
            }
            return list
        }
    }

    /// When each secret of a module for a tenant was set, in milliseconds since 1970.
    func secretTimes(tenant: String, module: String) throws(StoreError) -> [String: Int64] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var times: [String: Int64] = [:]
            try transaction.execute(
                "SELECT name, updated_at FROM secret WHERE tenant = $1 AND module = $2",
                [.text(tenant), .text(module)]
            ) { row in
                times[row.string(0)] = row.integer(1)
                return true
            }
            return times
        }
    }

    /// Keeps a sealed secret.
    func setSecret(
        _ name: String, _ sealed: [UInt8], tenant: String, module: String, atMilliseconds time: Int64
    ) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO secret (tenant, module, name, value, updated_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (tenant, module, name) DO UPDATE SET value = $4, updated_at = $5
                """,
                [.text(tenant), .text(module), .text(name), .blob(sealed), .integer(time)])
        }
    }

    /// Forgets a secret; false when there was none.
    func removeSecret(_ name: String, tenant: String, module: String) throws(StoreError) -> Bool {
        try audit.change(telling: { wasSet, _ in wasSet }) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM secret WHERE tenant = $1 AND module = $2 AND name = $3",
                [.text(tenant), .text(module), .text(name)]) > 0
        }
    }
}
