extension Migrator {
    struct LedgerLine {
        let name: String
        let checksum: String
        let appliedAt: Int64
        let durationMilliseconds: Int64
    }

    static let createLedger: StaticString = """
        CREATE TABLE IF NOT EXISTS gantry_migration(
            version INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL
        ) STRICT
        """

    /// The highest migration that has run in a database; 0 when none has.
    static func highestVersion(in database: Database) throws(StoreError) -> Int {
        let migrator = Migrator(database: database, migrations: [], digest: { _ in "" })
        return try migrator.ledger().keys.max() ?? 0
    }

    func ledger() throws(StoreError) -> [Int: LedgerLine] {
        // Whoever only asks what is pending leaves no file behind.
        guard database.fileExists else { return [:] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var lines: [Int: LedgerLine] = [:]
            var hasLedger = false
            try transaction.execute("SELECT 1 FROM sqlite_master WHERE name = 'gantry_migration'") {
                _ throws(StoreError) in
                hasLedger = true
                return false
            }
            guard hasLedger else { return lines }
            try transaction.execute(
                "SELECT version, name, checksum, applied_at, duration_ms FROM gantry_migration"
            ) { row throws(StoreError) in
                lines[Int(row.integer(0))] = LedgerLine(
                    name: row.string(1),
                    checksum: row.string(2),
                    appliedAt: row.integer(3),
                    durationMilliseconds: row.integer(4)
                )
                return true
            }
            return lines
        }
    }

    func compare(with ledger: [Int: LedgerLine]) -> [MigrationStatus] {
        var statuses: [MigrationStatus] = migrations.map { migration in
            guard let line = ledger[migration.version] else {
                return MigrationStatus(version: migration.version, name: migration.name, state: .pending)
            }
            let checksum = checksum(of: migration)
            let state: MigrationStatus.State =
                checksum == line.checksum
                ? .applied(atMilliseconds: line.appliedAt, durationMilliseconds: line.durationMilliseconds)
                : .drifted(appliedChecksum: line.checksum, fileChecksum: checksum)
            return MigrationStatus(version: migration.version, name: migration.name, state: state)
        }
        let known = Set(migrations.map { $0.version })
        for (version, line) in ledger where !known.contains(version) {
            statuses.append(MigrationStatus(version: version, name: line.name, state: .missing))
        }
        return statuses.sorted { $0.version < $1.version }
    }

    /// Throws what keeps migrations from being run.
    func refuse(_ status: MigrationStatus) throws(StoreError) {
        switch status.state {
        case .pending, .applied:
            return
        case .missing:
            if status.version <= toleratedVersion { return }
            throw StoreError(
                .migration(.ahead),
                "the database is ahead: migration \(status.version) (\(status.name)) has run, and this build of the "
                    + "module ends with \(migrations.last?.version ?? 0). Install the newer build, or go back to a "
                    + "restore point"
            )
        case .drifted(let appliedChecksum, let fileChecksum):
            let file = migrations.first { $0.version == status.version }?.file ?? status.name
            throw StoreError(
                .migration(.drift),
                "\(file) was changed after it ran: its checksum is \(fileChecksum), it ran with \(appliedChecksum)"
            )
        }
    }
}
