import GantryStore
import GantryThreads
import Glibc

/// Runs what is pending on a copy of a database, which is thrown away.
struct MigrationRehearsal {
    /// What became of the copy.
    struct Result {
        struct Run {
            var version: Int
            var name: String
            var milliseconds: Int64
        }

        struct Table {
            var name: String
            /// Nil when the table was not there.
            var before: Int64?
            var after: Int64?
        }

        var migrations: [Run] = []
        /// The tables whose rows were counted before and after, by name.
        var tables: [Table] = []
    }

    let inspection: MigrationInspection

    /// Copies the database, migrates the copy and removes it.
    /// - Parameter source: the database where this process has it open.
    func run(source: Database?) throws -> Result {
        let copy = "\(inspection.databasePath)-rehearsal"
        defer { Self.remove(copy) }
        Self.remove(copy)
        if let source {
            try source.copy(to: copy)
        } else if access(inspection.databasePath, F_OK) == 0 {
            try inspection.withDatabase { try $0.copy(to: copy) }
        }
        let database = Database(path: copy, pool: inspection.pool)
        defer { database.close() }
        return try Self.migrate(database, inspection.definition)
    }

    /// Runs all migrations of a module on an empty database, to see that they can be run at all.
    static func runFromNothing(_ migrations: [Migration]) throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(base)/gantry-rehearsal-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw HostError(
                .dataFolder, "No temporary folder can be made in \(base): \(String(cString: strerror(errno))).")
        }
        let folder = String(cString: made)
        defer {
            remove("\(folder)/module.db")
            rmdir(folder)
        }
        let pool = ThreadPool(name: "rehearsal", threadCount: 1)
        let database = Database(path: "\(folder)/module.db", pool: pool)
        defer {
            database.close()
            pool.stop()
        }
        try Migrator(database: database, migrations: migrations, digest: { _ in "" }).apply()
    }

    private static func migrate(_ database: Database, _ definition: ModuleDefinition) throws -> Result {
        let before = database.fileExists ? try database.rowCounts() : [:]
        var result = Result()
        try MigrationInspection.migrator(database, definition).apply(makesRestorePoints: false) { progress in
            guard case .finished(let migration, let milliseconds) = progress else { return }
            result.migrations.append(
                Result.Run(version: migration.version, name: migration.name, milliseconds: milliseconds))
        }
        let after = database.fileExists ? try database.rowCounts() : [:]
        result.tables = Set(before.keys).union(after.keys).sorted().map { name in
            Result.Table(name: name, before: before[name], after: after[name])
        }
        return result
    }

    private static func remove(_ path: String) {
        for ending in ["", "-wal", "-shm", "-migration"] { unlink(path + ending) }
    }
}
