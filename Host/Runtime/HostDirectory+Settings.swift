import GantryStore

extension HostDirectory {
    static let tenantSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS tenant_setting (tenant TEXT NOT NULL REFERENCES tenant (id), name TEXT NOT NULL,
          value TEXT NOT NULL, PRIMARY KEY (tenant, name)) WITHOUT ROWID
        """
    ]

    /// The settings of the tenants that have some, by tenant and name.
    static func tenantSettings(in transaction: Transaction) throws(StoreError) -> [String: [String: String]] {
        var settings: [String: [String: String]] = [:]
        try transaction.execute("SELECT tenant, name, value FROM tenant_setting") { row in
            settings[row.string(0), default: [:]][row.string(1)] = row.string(2)
            return true
        }
        return settings
    }

    static func tenantSettings(of tenant: String, in transaction: Transaction) throws(StoreError) -> [String: String] {
        var settings: [String: String] = [:]
        try transaction.execute("SELECT name, value FROM tenant_setting WHERE tenant = $1", [.text(tenant)]) { row in
            settings[row.string(0)] = row.string(1)
            return true
        }
        return settings
    }

    /// Puts these settings in the place of all that the tenant has.
    func setSettings(_ settings: [String: String], tenant: String) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try Self.setSettings(settings, tenant: tenant, in: transaction)
        }
    }

    static func setSettings(
        _ settings: [String: String], tenant: String, in transaction: Transaction
    ) throws(StoreError) {
        try transaction.execute("DELETE FROM tenant_setting WHERE tenant = $1", [.text(tenant)])
        for (name, value) in settings {
            try transaction.execute(
                "INSERT INTO tenant_setting (tenant, name, value) VALUES ($1, $2, $3)",
                [.text(tenant), .text(name), .text(value)])
        }
    }
}
