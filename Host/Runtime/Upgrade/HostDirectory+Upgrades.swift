import GantryStore

extension HostDirectory {
    /// Which version of a module a tenant is on. It changes in the moment in which the tenant is served by another.
    struct Pin: Sendable, Equatable {
        var version: String
        /// Up to this number migrations of a newer version may have run in the database: they left it as this version
        /// can work with it. 0 for none.
        var toleratedVersion = 0
    }

    /// An upgrade of a module as it is kept, so that it goes on after whatever interrupted it.
    struct UpgradeRecord: Sendable, Equatable {
        var module: String
        /// The version that tenants are moved to.
        var version: String
        /// Whom it moves and how it watches, in the words of the command.
        var settings: String
        /// `running`, `done`, `failed`, `rolled-back` or `stopped`.
        var state: String
        /// What ended it; empty for nothing.
        var message: String
    }

    static let upgradeSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS module_pin (tenant TEXT NOT NULL REFERENCES tenant (id), module TEXT NOT NULL,
          version TEXT NOT NULL, tolerated INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant, module)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS module_upgrade (module TEXT PRIMARY KEY, version TEXT NOT NULL,
          settings TEXT NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL)
        """,
    ]

    /// The version that a tenant is on; nil before the module was first started.
    func pin(_ place: Place) throws(StoreError) -> Pin? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var pin: Pin?
            try transaction.execute(
                "SELECT version, tolerated FROM module_pin WHERE tenant = $1 AND module = $2",
                [.text(place.tenant), .text(place.module)]
            ) { row in
                pin = Pin(version: row.string(0), toleratedVersion: Int(row.integer(1)))
                return false
            }
            return pin
        }
    }

    /// The versions that tenants are on where it is another one than this.
    func pins(of module: String, otherThan version: String) throws(StoreError) -> [Place: String] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var pins: [Place: String] = [:]
            try transaction.execute(
                "SELECT tenant, version FROM module_pin WHERE module = $1 AND version <> $2",
                [.text(module), .text(version)]
            ) { row in
                pins[Place(tenant: row.string(0), module: module)] = row.string(1)
                return true
            }
            return pins
        }
    }

    /// Puts a tenant on a version.
    func setPin(_ pin: Pin, _ place: Place) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO module_pin (tenant, module, version, tolerated) VALUES ($1, $2, $3, $4)
                ON CONFLICT (tenant, module) DO UPDATE SET version = $3, tolerated = $4
                """,
                [
                    .text(place.tenant), .text(place.module), .text(pin.version),
                    .integer(Int64(pin.toleratedVersion)),
                ])
        }
    }

    /// Puts all tenants that are on one version on another.
    func movePins(of module: String, from former: String, to version: String) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "UPDATE module_pin SET version = $3, tolerated = 0 WHERE module = $1 AND version = $2",
                [.text(module), .text(former), .text(version)])
        }
    }

    /// Puts each on its version that is on none yet, in one write.
    func pinUnlessPinned(_ pins: [(place: Place, version: String)]) throws(StoreError) {
        if pins.isEmpty { return }
        try database.write(as: .host) { transaction throws(StoreError) in
            for pin in pins {
                try transaction.execute(
                    "INSERT INTO module_pin (tenant, module, version) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    [.text(pin.place.tenant), .text(pin.place.module), .text(pin.version)])
            }
        }
    }

    /// Puts those on a version that are on none, of all tenants that have the module enabled.
    func pinUnlessPinned(_ module: String, to version: String) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO module_pin (tenant, module, version) SELECT tenant, module, $2 FROM tenant_module m
                WHERE module = $1 AND enabled = 1
                  AND NOT EXISTS (SELECT 1 FROM module_pin p WHERE p.tenant = m.tenant AND p.module = m.module)
                """, [.text(module), .text(version)])
        }
    }

    /// The last upgrade of a module; nil when there was none.
    func upgrade(of module: String) throws(StoreError) -> UpgradeRecord? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var record: UpgradeRecord?
            try transaction.execute(
                "SELECT version, settings, state, message FROM module_upgrade WHERE module = $1", [.text(module)]
            ) { row in
                record = UpgradeRecord(
                    module: module, version: row.string(0), settings: row.string(1), state: row.string(2),
                    message: row.string(3))
                return false
            }
            return record
        }
    }

    /// Keeps how far an upgrade is.
    func save(_ record: UpgradeRecord) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO module_upgrade (module, version, settings, state, message) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (module) DO UPDATE SET version = $2, settings = $3, state = $4, message = $5
                """,
                [
                    .text(record.module), .text(record.version), .text(record.settings), .text(record.state),
                    .text(record.message),
                ])
        }
    }
}
