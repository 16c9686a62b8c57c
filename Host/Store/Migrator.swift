public import GantryThreads

/// Brings a database's schema to where a module's migrations want it, and keeps the ledger `gantry_migration`.
public struct Migrator: Sendable {
    /// Gives the SHA-256 of bytes in hexadecimal.
    public typealias Digest = @Sendable (UnsafeRawBufferPointer) -> String

    /// What happens while migrations are applied.
    public enum Progress: Sendable {
        /// A copy was made before a migration that is destructive.
        case restorePoint(RestorePoint)
        /// A migration begins.
        case began(Migration)
        /// A migration is durable.
        case finished(Migration, durationMilliseconds: Int64)
    }

    let database: Database
    let migrations: [Migration]
    private let digest: Digest
    private let clock: WallClock
    /// Up to this number migrations may have run that this build does not know.
    let toleratedVersion: Int
    /// How long another one may run the migrations of the same database before that is an error.
    private let patience: Duration

    /// A migrator of one database.
    /// - Parameters:
    ///   - database: what is migrated.
    ///   - migrations: all of the module's migrations, in order.
    ///   - digest: gives the checksums that tell whether a file was changed after it ran.
    ///   - clock: the time that the ledger notes.
    ///   - toleratedVersion: up to this number migrations may have run that are not among these: a newer build brought
    ///     them, and an older one can work with what they left.
    ///   - patience: how long to wait while another process runs the migrations of this database.
    public init(
        database: Database,
        migrations: [Migration],
        digest: @escaping Digest,
        clock: @escaping WallClock = systemWallClock,
        toleratedVersion: Int = 0,
        patience: Duration = .seconds(10)
    ) {
        self.database = database
        self.migrations = migrations
        self.digest = digest
        self.clock = clock
        self.toleratedVersion = toleratedVersion
        self.patience = patience
    }

    /// Runs what is pending, each migration in a transaction of its own together with its line in the ledger.
    ///
    /// It stops at the first failure, which names file and line; what ran before stays, and the next call goes on from
    /// there. Two hosts may do this at the same time: the second waits, and finds the work done. Before a migration
    /// with destructive statements the database is copied, unless nothing ran in it yet.
    /// - Parameters:
    ///   - deadline: when writing must have begun.
    ///   - makesRestorePoints: whether to copy the database before destructive migrations.
    ///   - onProgress: called on the calling thread.
    /// - Returns: the migrations that this call ran.
    @discardableResult
    public func apply(
        deadline: Deadline = .never, makesRestorePoints: Bool = true, onProgress: (Progress) -> Void = { _ in }
    ) throws(StoreError) -> [Migration] {
        guard try !pending().isEmpty else { return [] }
        // A new database has no folder yet to keep the lock in.
        _ = try database.write(as: .host, deadline: deadline, isAlone: true) { transaction throws(StoreError) in
            try transaction.execute(Self.createLedger)
        }
        let lock = try MigrationLock(databasePath: database.path, deadline: .after(patience), clock: clock)
        defer { withExtendedLifetime(lock) {} }
        var applied: [Migration] = []
        // Asked again: whoever had the lock before may have done it all.
        let pending = try pending()
        let isNew = pending.first?.version == 1
        for migration in pending {
            if makesRestorePoints, !isNew,
                let first = DestructiveStatement.find(in: migration).first
            {
                let points = RestorePoints(databasePath: database.path, clock: clock)
                let reason = "migration \(migration.version) \(migration.name), which \(first.action) \(first.subject)"
                onProgress(
                    .restorePoint(try points.create(of: database, version: migration.version - 1, reason: reason)))
            }
            onProgress(.began(migration))
            let duration = try apply(migration, deadline: deadline)
            applied.append(migration)
            onProgress(.finished(migration, durationMilliseconds: duration))
        }
        return applied
    }

    private func apply(_ migration: Migration, deadline: Deadline) throws(StoreError) -> Int64 {
        let script = SQLScript(migration.sql, engine: migration.engine)
        let rebuilds = script.statements.contains { $0.has("DROP", "TABLE", at: 0) }
        var offset = 0
        do throws(StoreError) {
            return try database.write(
                as: .migration, deadline: deadline, isAlone: true, suspendsForeignKeys: rebuilds
            ) { transaction throws(StoreError) in
                try run(migration, in: transaction, offset: &offset, checksForeignKeys: rebuilds)
            }
        } catch {
            guard error.code != .cancelled else { throw error }
            let line = script.place(of: offset).line
            throw StoreError(
                error.code, "\(migration.file):\(line): \(error.message)", extendedCode: error.extendedCode)
        }
    }

    /// The migrations that `apply` would run. Throws what `apply` would refuse before it runs anything.
    public func pending() throws(StoreError) -> [Migration] {
        try MigrationFolder.check(migrations)
        let ledger = try ledger()
        for status in compare(with: ledger) { try refuse(status) }
        let highest = ledger.keys.max() ?? 0
        let pending = migrations.filter { ledger[$0.version] == nil }
        if let late = pending.first, late.version < highest {
            throw StoreError(
                .migration(.order), "\(late.file) is out of order: migration \(highest) ran before it")
        }
        return pending
    }

    /// Where each migration stands, in order; drift and missing files are states here, not errors.
    public func status() throws(StoreError) -> [MigrationStatus] {
        compare(with: try ledger())
    }

    /// - Returns: how long it took, in milliseconds.
    private func run(
        _ migration: Migration, in transaction: Transaction, offset: inout Int, checksForeignKeys: Bool
    ) throws(StoreError) -> Int64 {
        let start = Deadline.now
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: migration.sql.count + 1, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: migration.sql)
        bytes[migration.sql.count] = 0
        try transaction.executeScript(UnsafeRawBufferPointer(bytes), offset: &offset)
        if checksForeignKeys { try Self.checkForeignKeys(in: transaction) }
        CrashPoint.beforeLedger.pass()
        let duration = (Deadline.now.monotonicNanoseconds - start.monotonicNanoseconds) / 1_000_000
        try transaction.execute(
            """
            INSERT INTO gantry_migration(version, name, checksum, applied_at, duration_ms)
            VALUES($1, $2, $3, $4, $5)
            """,
            [
                .integer(Int64(migration.version)), .text(migration.name), .text(checksum(of: migration)),
                .integer(clock()), .integer(duration),
            ],
            privilege: .host
        )
        return duration
    }

    private static func checkForeignKeys(in transaction: Transaction) throws(StoreError) {
        var violation: String?
        var count = 0
        try transaction.execute("PRAGMA foreign_key_check", privilege: .host) { row in
            count += 1
            if violation == nil { violation = "`\(row.string(0))` that point to no row of `\(row.string(2))`" }
            return true
        }
        if let violation {
            throw StoreError(.migration(.foreignKeys), "the migration leaves rows of \(violation), \(count) in all")
        }
    }

    func checksum(of migration: Migration) -> String {
        migration.sql.withUnsafeBytes { digest($0) }
    }
}
