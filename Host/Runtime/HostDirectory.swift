import GantryCryptography
import GantryIdentity
import GantryStore

/// `host.db`: the tenants, what they have enabled, the hashes of their keys and the host's own settings.
final class HostDirectory: Sendable {
    /// A tenant as it is kept.
    struct TenantRecord: Sendable {
        var id: String
        var name: String
        var status: String
        var hosts: [String]
        var createdAtMilliseconds: Int64
        /// Settings of its own, by name.
        var settings: [String: String] = [:]
    }

    /// A module of a tenant as it is kept; a disabled one keeps its row and its data.
    struct Enablement: Sendable, Equatable {
        var tenant: String
        var module: String
        var isEnabled: Bool
        /// A JSON object.
        var configuration: String
        /// Allowances by class, as a JSON object of texts like `600/minute`.
        var limits: String
        var mount: String
    }

    private static let schema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS tenant (id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL,
          created_at INTEGER NOT NULL)
        """,
        "CREATE TABLE IF NOT EXISTS tenant_host (host TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant (id))",
        """
        CREATE TABLE IF NOT EXISTS tenant_module (tenant TEXT NOT NULL REFERENCES tenant (id), module TEXT NOT NULL,
          enabled INTEGER NOT NULL, configuration TEXT NOT NULL, limits TEXT NOT NULL, mount TEXT NOT NULL,
          PRIMARY KEY (tenant, module))
        """,
        """
        CREATE TABLE IF NOT EXISTS api_key (id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant (id),
          name TEXT NOT NULL, prefix TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL,
          expires_at INTEGER, revoked_at INTEGER)
        """,
        """
        CREATE TABLE IF NOT EXISTS declared_module (tenant TEXT NOT NULL REFERENCES tenant (id), module TEXT NOT NULL,
          declaration TEXT NOT NULL, PRIMARY KEY (tenant, module))
        """,
        "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ]

    let database: Database
    /// Tells of what is changed here and elsewhere.
    let audit: AuditLog

    /// Opens the database and makes its tables. Throws `HostError`.
    init(database: Database) throws {
        self.database = database
        audit = AuditLog(database: database)
        do throws(StoreError) {
            try database.write(as: .host) { transaction throws(StoreError) in
                let statements =
                    Self.schema + Self.tenantSchema + Self.databaseSchema + Self.serviceSchema + Self.keySchema
                    + Self.organizationSchema + Self.memberSchema + Self.announcementSchema + Self.trustSchema
                    + Self.upgradeSchema + AuditLog.schema + Self.grantSchema + Self.accountSchema
                    + Self.userSyncSchema
                for statement in statements { try transaction.execute(statement) }
            }
        } catch {
            throw HostError(.store, "The host's database `\(database.path)` cannot be used: \(error.message)")
        }
    }

    /// All tenants by id.
    func tenants() throws(StoreError) -> [TenantRecord] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var hosts: [String: [String]] = [:]
            try transaction.execute("SELECT tenant, host FROM tenant_host ORDER BY host") { row in
                hosts[row.string(0), default: []].append(row.string(1))
                return true
            }
            let settings = try Self.tenantSettings(in: transaction)
            var tenants: [TenantRecord] = []
            try transaction.execute("SELECT id, name, status, created_at FROM tenant ORDER BY id") { row in
                tenants.append(
                    TenantRecord(
                        id: row.string(0), name: row.string(1), status: row.string(2),
                        hosts: hosts[row.string(0)] ?? [], createdAtMilliseconds: row.integer(3),
                        settings: settings[row.string(0)] ?? [:]))
                return true
            }
            return tenants
        }
    }

    /// One tenant; nil when there is none of that id.
    func tenant(_ id: String) throws(StoreError) -> TenantRecord? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var hosts: [String] = []
            try transaction.execute("SELECT host FROM tenant_host WHERE tenant = $1 ORDER BY host", [.text(id)]) {
                row in
                hosts.append(row.string(0))
                return true
            }
            let settings = try Self.tenantSettings(of: id, in: transaction)
            var tenant: TenantRecord?
            try transaction.execute("SELECT name, status, created_at FROM tenant WHERE id = $1", [.text(id)]) { row in
                tenant = TenantRecord(
                    id: id, name: row.string(0), status: row.string(1), hosts: hosts,
                    createdAtMilliseconds: row.integer(2), settings: settings)
                return false
            }
            return tenant
        }
    }

    /// Adds a tenant; answers false when there is one of that id.
    func insertTenant(id: String, name: String, atMilliseconds time: Int64) throws(StoreError) -> Bool {
        try audit.change(telling: { isNew, _ in isNew }) { transaction throws(StoreError) in
            try Self.insertTenant(id: id, name: name, atMilliseconds: time, in: transaction)
        }
    }

    static func insertTenant(
        id: String, name: String, atMilliseconds time: Int64, in transaction: Transaction
    ) throws(StoreError) -> Bool {
        try transaction.execute(
            """
            INSERT INTO tenant (id, name, status, created_at) VALUES ($1, $2, 'active', $3)
            ON CONFLICT (id) DO NOTHING
            """, [.text(id), .text(name), .integer(time)]) == 1
    }

    /// Makes the host names the tenant's own, taking them from others.
    func setHosts(_ hosts: [String], tenant: String) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try Self.setHosts(hosts, tenant: tenant, in: transaction)
        }
    }

    static func setHosts(_ hosts: [String], tenant: String, in transaction: Transaction) throws(StoreError) {
        try transaction.execute("DELETE FROM tenant_host WHERE tenant = $1", [.text(tenant)])
        for host in hosts {
            try transaction.execute(
                """
                INSERT INTO tenant_host (host, tenant) VALUES ($1, $2)
                ON CONFLICT (host) DO UPDATE SET tenant = $2
                """,
                [.text(host), .text(tenant)])
        }
    }

    /// The modules of one tenant, or of all, by tenant and id.
    func enablements(tenant: String? = nil) throws(StoreError) -> [Enablement] {
        try database.read(as: .host) { transaction throws(StoreError) in
            try Self.enablements(of: tenant, in: transaction)
        }
    }

    static func enablements(of tenant: String?, in transaction: Transaction) throws(StoreError) -> [Enablement] {
        var list: [Enablement] = []
        // Two statements: one for both would look through all rows for a single tenant.
        let all: StaticString =
            "SELECT tenant, module, enabled, configuration, limits, mount FROM tenant_module ORDER BY tenant, module"
        let one: StaticString = """
            SELECT tenant, module, enabled, configuration, limits, mount FROM tenant_module
            WHERE tenant = $1 ORDER BY module
            """
        try transaction.execute(tenant == nil ? all : one, tenant.map { [.text($0)] } ?? []) { row in
            list.append(
                Enablement(
                    tenant: row.string(0), module: row.string(1), isEnabled: row.integer(2) != 0,
                    configuration: row.string(3), limits: row.string(4), mount: row.string(5)))
            return true
        }
        return list
    }

    /// Keeps what a tenant has of a module.
    func save(_ enablement: Enablement) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try Self.save(enablement, in: transaction)
        }
    }

    static func save(_ enablement: Enablement, in transaction: Transaction) throws(StoreError) {
        if enablement.isEnabled {
            try markAll(exceptOf: Place(tenant: enablement.tenant, module: enablement.module), in: transaction)
        }
        try transaction.execute(
            """
            INSERT INTO tenant_module (tenant, module, enabled, configuration, limits, mount)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (tenant, module) DO UPDATE SET enabled = $3, configuration = $4, limits = $5, mount = $6
            """,
            [
                .text(enablement.tenant), .text(enablement.module), .integer(enablement.isEnabled ? 1 : 0),
                .text(enablement.configuration), .text(enablement.limits), .text(enablement.mount),
            ])
    }

    /// A setting of the host's own; nil when it was never made.
    func setting(_ name: String) throws(StoreError) -> String? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var value: String?
            try transaction.execute("SELECT value FROM setting WHERE name = $1", [.text(name)]) { row in
                value = row.string(0)
                return false
            }
            return value
        }
    }

    /// Keeps a setting.
    func setSetting(_ name: String, _ value: String) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
                [.text(name), .text(value)])
        }
    }

    /// The secret that signs development tokens: made once, 256 random bits.
    func tokenSecret() throws(StoreError) -> [UInt8] {
        if let kept = try setting("token_secret").flatMap({ Hexadecimal.bytes($0) }) { return kept }
        let secret = Cryptography.randomBytes(32)
        try setSetting("token_secret", Hexadecimal.text(secret))
        return secret
    }

    func close() { database.close() }
}
