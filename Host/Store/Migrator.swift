public import GantryThreads

/// Brings a database's schema to where a module's migrations want it, and keeps the ledger `gantry_migration`.
public struct Migrator: Sendable {
    /// Gives the SHA-256 of bytes in hexadecimal.
    public typealias Digest = @Sendable (UnsafeRawBufferPointer) -> String

    private let database: Database
    private let migrations: [Migration]
    private let digest: Digest
    private let clock: WallClock

    /// A migrator of one database.
    /// - Parameters:
    ///   - database: what is migrated.
    ///   - migrations: all of the module's migrations, in order.
    ///   - digest: gives the checksums that tell whether a file was changed after it ran.
    ///   - clock: the time that the ledger notes.
    public init(
        database: Database,
        migrations: [Migration],
        digest: @escaping Digest,
        clock: @escaping WallClock = systemWallClock
    ) {
        self.database = database
        self.migrations = migrations
        self.digest = digest
        self.clock = clock
    }

    /// Runs what is pending, each migration in a transaction of its own together with its line in the ledger.
    ///
    /// It stops at the first failure, which names the file; what ran before stays. Two hosts may do this at the same
    /// time: the second finds the work done.
    /// - Returns: the migrations that this call ran.
    @discardableResult
    public func apply(deadline: Deadline = .never) throws(StoreError) -> [Migration] {
        var applied: [Migration] = []
        guard try !pending().isEmpty else { return applied }
        _ = try database.write(as: .host, deadline: deadline, isAlone: true) { transaction throws(StoreError) in
            try transaction.execute(Self.createLedger)
        }
        for migration in migrations {
            do throws(StoreError) {
                let isNew = try database.write(as: .migration, deadline: deadline, isAlone: true) {
                    transaction throws(StoreError) in
                    try run(migration, in: transaction)
                }
                if isNew { applied.append(migration) }
            } catch {
                guard error.code != .misuse, error.code != .cancelled else { throw error }
                throw StoreError(error.code, "\(migration.file): \(error.message)", extendedCode: error.extendedCode)
            }
        }
        return applied
    }

    /// The migrations that `apply` would run. Throws what `apply` would refuse before it runs anything.
    public func pending() throws(StoreError) -> [Migration] {
        try MigrationFolder.check(migrations)
        let ledger = try ledger()
        for status in compare(with: ledger) { try Self.refuse(status, migrations: migrations) }
        let highest = ledger.keys.max() ?? 0
        let pending = migrations.filter { ledger[$0.version] == nil }
        if let late = pending.first, late.version < highest {
            throw StoreError(.misuse, "\(late.file) is out of order: migration \(highest) ran before it")
        }
        return pending
    }

    /// Where each migration stands, in order; drift and missing files are states here, not errors.
    public func status() throws(StoreError) -> [MigrationStatus] {
        compare(with: try ledger())
    }

    private func run(_ migration: Migration, in transaction: Transaction) throws(StoreError) -> Bool {
        var isDone = false
        try transaction.execute(
            "SELECT 1 FROM gantry_migration WHERE version = $1",
            [.integer(Int64(migration.version))],
            privilege: .host
        ) { _ throws(StoreError) in
            isDone = true
            return false
        }
        if isDone { return false }
        let start = Deadline.now
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: migration.sql.count + 1, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: migration.sql)
        bytes[migration.sql.count] = 0
        try transaction.executeScript(UnsafeRawBufferPointer(bytes))
        let durationNanoseconds = Deadline.now.monotonicNanoseconds - start.monotonicNanoseconds
        try transaction.execute(
            """
            INSERT INTO gantry_migration(version, name, checksum, applied_at, duration_ms)
            VALUES($1, $2, $3, $4, $5)
            """,
            [
                .integer(Int64(migration.version)), .text(migration.name), .text(checksum(of: migration)),
                .integer(clock()), .integer(durationNanoseconds / 1_000_000),
            ],
            privilege: .host
        )
        return true
    }

    private func checksum(of migration: Migration) -> String {
        migration.sql.withUnsafeBytes { digest($0) }
    }
}

extension Migrator {
    private struct LedgerLine {
        let name: String
        let checksum: String
        let appliedAt: Int64
        let durationMilliseconds: Int64
    }

    private static let createLedger: StaticString = """
        CREATE TABLE IF NOT EXISTS gantry_migration(
            version INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL
        ) STRICT
        """

    private func ledger() throws(StoreError) -> [Int: LedgerLine] {
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

    private func compare(with ledger: [Int: LedgerLine]) -> [MigrationStatus] {
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

    private static func refuse(_ status: MigrationStatus, migrations: [Migration]) throws(StoreError) {
        switch status.state {
        case .pending, .applied:
            return
        case .missing:
            throw StoreError(.misuse, "migration \(status.version) (\(status.name)) has run, but its file is gone")
        case .drifted(let appliedChecksum, let fileChecksum):
            let file = migrations.first { $0.version == status.version }?.file ?? status.name
            throw StoreError(
                .misuse,
                "\(file) was changed after it ran: its checksum is \(fileChecksum), it ran with \(appliedChecksum)"
            )
        }
    }
}
