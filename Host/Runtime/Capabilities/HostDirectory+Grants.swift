import GantryStore

extension HostDirectory {
    /// A decision of the operator's on a capability, or on a part of one.
    struct Grant: Sendable, Equatable {
        var module: String
        /// Empty for all tenants of which nothing else is said.
        var tenant: String
        /// `capability` or `capability:part`; empty in the row that says that the module is known.
        var right: String
        var isGranted: Bool
    }

    static let grantSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS capability_grant (module TEXT NOT NULL, tenant TEXT NOT NULL,
          capability TEXT NOT NULL, granted INTEGER NOT NULL, PRIMARY KEY (module, tenant, capability)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS declared_grant (module TEXT NOT NULL, tenant TEXT NOT NULL,
          declaration TEXT NOT NULL, PRIMARY KEY (module, tenant)) WITHOUT ROWID
        """,
        // Where they stood before there were decisions for tenants.
        """
        INSERT OR IGNORE INTO capability_grant (module, tenant, capability, granted)
        SELECT substr(name, 8), '', column1, 1 FROM setting, (VALUES ('database'), ('events'), ('jobs'), ('blobs'),
          ('cache'), ('secrets'), ('identity'), ('directory'), ('http_client'), ('webhooks'), (''))
        WHERE name LIKE 'grants/%' AND (column1 = '' OR instr(',' || value || ',', ',' || column1 || ',') > 0)
        """,
        "DELETE FROM setting WHERE name LIKE 'grants/%'",
    ]

    /// All decisions.
    func grants() throws(StoreError) -> [Grant] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var grants: [Grant] = []
            try transaction.execute("SELECT module, tenant, capability, granted FROM capability_grant") { row in
                grants.append(
                    Grant(
                        module: row.string(0), tenant: row.string(1), right: row.string(2),
                        isGranted: row.integer(3) != 0))
                return true
            }
            return grants
        }
    }

    /// Keeps decisions, and forgets others.
    func change(_ grants: [Grant], forgetting forgotten: [Grant] = []) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try Self.change(grants, forgetting: forgotten, in: transaction)
        }
    }

    private static func change(
        _ grants: [Grant], forgetting forgotten: [Grant], in transaction: Transaction
    ) throws(StoreError) {
        for grant in forgotten {
            try transaction.execute(
                "DELETE FROM capability_grant WHERE module = $1 AND tenant = $2 AND capability = $3",
                [.text(grant.module), .text(grant.tenant), .text(grant.right)])
        }
        for grant in grants {
            try transaction.execute(
                """
                INSERT INTO capability_grant (module, tenant, capability, granted) VALUES ($1, $2, $3, $4)
                ON CONFLICT (module, tenant, capability) DO UPDATE SET granted = $4
                """,
                [.text(grant.module), .text(grant.tenant), .text(grant.right), .integer(grant.isGranted ? 1 : 0)])
        }
    }

    /// What the deployment file said of a module, and of it for a tenant, when it was applied last.
    func declaredGrants() throws(StoreError) -> [InstanceKey: String] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var declared: [InstanceKey: String] = [:]
            try transaction.execute("SELECT module, tenant, declaration FROM declared_grant") { row in
                declared[InstanceKey(tenant: row.string(1), module: row.string(0))] = row.string(2)
                return true
            }
            return declared
        }
    }

    /// Keeps what the file says now, with what follows from it; nil when it says nothing any more.
    func declare(
        _ declaration: String?, for key: InstanceKey, _ grants: [Grant], forgetting forgotten: [Grant]
    ) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try Self.change(grants, forgetting: forgotten, in: transaction)
            try transaction.execute(
                "DELETE FROM declared_grant WHERE module = $1 AND tenant = $2", [.text(key.module), .text(key.tenant)])
            guard let declaration else { return }
            try transaction.execute(
                "INSERT INTO declared_grant (module, tenant, declaration) VALUES ($1, $2, $3)",
                [.text(key.module), .text(key.tenant), .text(declaration)])
        }
    }
}
