import CSQLite
public import GantryThreads
import Glibc

/// A copy of a database from before something in it was changed for good.
public struct RestorePoint: Sendable, Equatable {
    /// How it is called, such as `0003-20261121T111542123Z`.
    public let name: String
    /// The highest migration that had run.
    public let version: Int
    /// When it was made, in milliseconds since 1970.
    public let createdAtMilliseconds: Int64
    /// What it was made before.
    public let reason: String
    /// Its size.
    public let bytes: Int64
}

/// The restore points of one database: whole databases in the folder `restore` beside it.
///
/// Each is a database by itself and can be opened by any SQLite. It holds the table `gantry_restore_point`, which says
/// what it is; so a database that was put back from one says which.
public struct RestorePoints: Sendable {
    /// How many are kept; the oldest goes when there are more.
    public static let keptCount = 5

    private let databasePath: String
    private let folder: String
    private let clock: WallClock

    /// The restore points of the database in a file.
    public init(databasePath: String, clock: @escaping WallClock = systemWallClock) {
        self.databasePath = databasePath
        folder = DurableFiles.parent(of: databasePath) + "/restore"
        self.clock = clock
    }

    /// The points, the newest first. One that cannot be read is left out.
    public func list() -> [RestorePoint] {
        names().compactMap { name in try? point(name) }
    }

    /// Copies the database as it is now: consistent, and durable when this returns.
    /// - Parameter version: the highest migration that has run.
    @discardableResult
    public func create(of database: Database, version: Int, reason: String) throws(StoreError) -> RestorePoint {
        try DurableFiles.makeFolder(folder)
        let now = clock()
        let digits = String(version)
        let name =
            String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)-"
            + UTCTime.fileName(milliseconds: now)
        let temporary = "\(folder)/.new"
        DurableFiles.remove(temporary)
        try database.copy(to: temporary)
        let label = try PlainDatabase(temporary)
        try label.run("PRAGMA journal_mode=DELETE")
        try label.run("DROP TABLE IF EXISTS gantry_restore_point")
        try label.run(
            """
            CREATE TABLE gantry_restore_point (
                name TEXT NOT NULL, version INTEGER NOT NULL, created_at INTEGER NOT NULL, reason TEXT NOT NULL
            ) STRICT
            """)
        try label.run(
            "INSERT INTO gantry_restore_point VALUES ($1, $2, $3, $4)", name, String(version), String(now), reason)
        label.close()
        try DurableFiles.sync(temporary)
        try DurableFiles.rename(temporary, to: path(name))
        for old in names().dropFirst(Self.keptCount) { DurableFiles.remove(path(old)) }
        return try point(name)
    }

    /// Puts a point back in place of the database, which nobody may have open. The database that was there becomes a
    /// restore point itself. A kill at any moment leaves one of the two whole.
    /// - Returns: the point that now holds what was there before; nil when there was nothing, or nothing readable.
    @discardableResult
    public func restore(_ name: String, pool: ThreadPool) throws(StoreError) -> RestorePoint? {
        let point = try point(name)
        try checkIntegrity(of: name)
        let next = "\(databasePath)-restoring"
        DurableFiles.remove(next)
        try DurableFiles.copy(path(name), to: next)
        var kept: RestorePoint?
        if access(databasePath, F_OK) == 0 { kept = try setAside(before: point, pool: pool) }
        // The log belongs to the former database. It was moved into that one, and must not meet the other.
        for ending in ["-wal", "-shm"] { DurableFiles.remove(databasePath + ending) }
        try DurableFiles.syncFolder(of: databasePath)
        try DurableFiles.rename(next, to: databasePath)
        return kept
    }

    private func setAside(before point: RestorePoint, pool: ThreadPool) throws(StoreError) -> RestorePoint? {
        let database = Database(path: databasePath, pool: pool)
        do throws(StoreError) {
            let version = try Migrator.highestVersion(in: database)
            let kept = try create(of: database, version: version, reason: "the restore of \(point.name)")
            try database.moveLogIntoFile()
            database.close()
            return kept
        } catch {
            database.close()
            guard error.code == .corrupt else { throw error }
            // What cannot be read is kept as it is, for whoever can.
            for ending in ["-wal", "-shm", ""] where access(databasePath + ending, F_OK) == 0 {
                try DurableFiles.rename(databasePath + ending, to: "\(folder)/damaged.db\(ending)")
            }
            return nil
        }
    }

    private func path(_ name: String) -> String { "\(folder)/\(name).db" }

    private func names() -> [String] {
        DurableFiles.names(in: folder).filter { $0.hasSuffix(".db") && $0.first?.isNumber == true }
            .map { String($0.dropLast(3)) }
            .sorted { $0.split(separator: "-").last ?? "" > $1.split(separator: "-").last ?? "" }
    }

    private func point(_ name: String) throws(StoreError) -> RestorePoint {
        var information = stat()
        guard !name.contains("/"), stat(path(name), &information) == 0 else {
            throw StoreError(.migration(.restorePoint), "there is no restore point `\(name)` in \(folder)")
        }
        let database = try PlainDatabase(path(name))
        defer { database.close() }
        let fields = try database.firstRow("SELECT version, created_at, reason FROM gantry_restore_point")
        guard fields.count == 3, let version = Int(fields[0]), let time = Int64(fields[1]) else {
            throw StoreError(.migration(.restorePoint), "\(path(name)) is not a restore point")
        }
        return RestorePoint(
            name: name, version: version, createdAtMilliseconds: time, reason: fields[2],
            bytes: Int64(information.st_size))
    }

    private func checkIntegrity(of name: String) throws(StoreError) {
        let database = try PlainDatabase(path(name))
        defer { database.close() }
        let found: [String]
        do throws(StoreError) { found = try database.firstRow("PRAGMA integrity_check") } catch {
            throw StoreError(.migration(.restorePoint), "the restore point \(path(name)) is damaged: \(error.message)")
        }
        guard found == ["ok"] else {
            throw StoreError(
                .migration(.restorePoint),
                "the restore point \(path(name)) is damaged: \(found.joined(separator: "; "))")
        }
    }
}
