import GantryCryptography
import GantryStore
import GantryThreads
import Glibc

/// Where one tenant's module stands with its migrations.
struct MigrationInspection {
    let definition: ModuleDefinition
    let databasePath: String
    let pool: ThreadPool

    /// The summary of a database that this process has open.
    func summary(of database: Database) -> (state: String, applied: Int, pending: [String], message: String?) {
        let states: [MigrationStatus]
        do { states = try Self.migrator(database, definition).status() } catch {
            return ("unreadable", 0, [], error.message)
        }
        let pending = states.filter { $0.state == .pending }.map { "\($0.version) \($0.name)" }
        let applied = states.count - pending.count
        for migration in states {
            switch migration.state {
            case .pending, .applied: continue
            case .drifted(let ran, let now):
                let message = "\(migration.version) \(migration.name) ran with checksum \(ran); its file has \(now) now"
                return ("altered", applied, pending, message)
            case .missing:
                return ("altered", applied, pending, "\(migration.version) \(migration.name) ran; its file is gone")
            }
        }
        return (pending.isEmpty ? "current" : "pending", applied, pending, nil)
    }

    /// The summary of a file that nobody has open; one that does not exist has everything pending.
    func summary() -> (state: String, applied: Int, pending: [String], message: String?) {
        guard access(databasePath, F_OK) == 0 else {
            let pending = definition.migrations.map { "\($0.version) \($0.name)" }
            return (pending.isEmpty ? "current" : "pending", 0, pending, nil)
        }
        let database = Database(path: databasePath, pool: pool)
        defer { database.close() }
        return summary(of: database)
    }

    static func migrator(_ database: Database, _ definition: ModuleDefinition) -> Migrator {
        Migrator(database: database, migrations: definition.migrations) { Cryptography.sha256($0).hexadecimal }
    }
}
