import GantryCryptography
import GantryStore
import GantryThreads
import Glibc

/// Looks at the migrations of one tenant's module.
struct MigrationInspection {
    let definition: ModuleDefinition
    let databasePath: String
    let pool: ThreadPool
    /// Up to this number migrations of a newer build may have run.
    var toleratedVersion = 0

    /// The outlook of a database that this process has open.
    func outlook(of database: Database) -> MigrationOutlook {
        let states: [MigrationStatus]
        let migrator = migrator(database)
        do { states = try migrator.status() } catch {
            return MigrationOutlook(state: .unreadable, message: error.message)
        }
        let versions = Set(states.filter { $0.state == .pending }.map(\.version))
        var outlook = MigrationOutlook(
            state: versions.isEmpty ? .current : .pending, appliedCount: states.count - versions.count,
            pending: definition.migrations.filter { versions.contains($0.version) },
            holder: MigrationLock.holder(ofDatabase: databasePath))
        do { _ = try migrator.pending() } catch {
            outlook.state = error.code == .migration(.ahead) ? .ahead : .altered
            outlook.message = error.message
        }
        return outlook
    }

    /// The outlook of a file that nobody has open; one that does not exist has everything pending.
    func outlook() -> MigrationOutlook {
        guard access(databasePath, F_OK) == 0 else {
            return MigrationOutlook(
                state: definition.migrations.isEmpty ? .current : .pending, pending: definition.migrations)
        }
        return withDatabase { outlook(of: $0) }
    }

    /// Opens the file for the time of the call.
    func withDatabase<Value>(_ body: (Database) throws -> Value) rethrows -> Value {
        let database = Database(path: databasePath, pool: pool)
        defer { database.close() }
        return try body(database)
    }

    func migrator(_ database: Database) -> Migrator {
        Self.migrator(database, definition, tolerating: toleratedVersion)
    }

    static func migrator(
        _ database: Database, _ definition: ModuleDefinition, tolerating toleratedVersion: Int = 0
    ) -> Migrator {
        Migrator(
            database: database, migrations: definition.migrations,
            digest: { Cryptography.sha256($0).hexadecimal }, toleratedVersion: toleratedVersion)
    }
}
