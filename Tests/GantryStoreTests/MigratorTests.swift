import GantryStore
import GantryThreads
import TestCommands
import Testing

@Suite("Migrations")
struct MigratorTests {
    let folder = TemporaryFolder()
    let pool = ThreadPool(name: "test", threadCount: 1)
    let database: Database

    init() {
        database = Database(path: "\(folder.path)/data.db", pool: pool)
        folder.write("CREATE TABLE item(id INTEGER PRIMARY KEY);\n", to: "migrations/0001_item.sql")
        folder.write(
            """
            -- Two statements, and a trigger that holds semicolons itself.
            CREATE TABLE log(text TEXT);
            CREATE TRIGGER note AFTER INSERT ON item BEGIN
                INSERT INTO log VALUES('one'); INSERT INTO log VALUES('two');
            END;
            """,
            to: "migrations/0002_log.sql"
        )
        folder.write("not a migration", to: "migrations/README.md")
    }

    /// Any function of the bytes will do as a digest here.
    private func migrator() throws -> Migrator {
        let migrations = try MigrationFolder.load("\(folder.path)/migrations")
        return Migrator(
            database: database,
            migrations: migrations,
            digest: { bytes in String(bytes.reduce(UInt64(17)) { $0 &* 31 &+ UInt64($1) }, radix: 16) },
            clock: { 1_700_000_000_000 }
        )
    }

    private func migrationError(_ body: () throws -> Void) -> StoreError? {
        do {
            try body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test("pending migrations run once, in order, and stand in the ledger")
    func applies() throws {
        #expect(try migrator().status().map { $0.state } == [.pending, .pending])
        #expect(!database.fileExists)
        #expect(try migrator().apply().map { $0.version } == [1, 2])
        #expect(try migrator().apply().isEmpty)
        let statuses = try migrator().status()
        #expect(statuses.map { $0.name } == ["item", "log"])
        for status in statuses {
            guard case .applied(1_700_000_000_000, let duration) = status.state else {
                Issue.record("\(status) is not applied")
                continue
            }
            #expect(duration >= 0)
        }
        try database.write { transaction throws(StoreError) in
            try transaction.execute("INSERT INTO item VALUES(1)")
        }
        let logged = try database.read { transaction throws(StoreError) in
            var count = 0
            try transaction.execute("SELECT text FROM log") { _ throws(StoreError) in
                count += 1
                return true
            }
            return count
        }
        #expect(logged == 2)
    }

    @Test("a file that was changed after it ran is named with both checksums")
    func findsDrift() throws {
        try migrator().apply()
        folder.write("CREATE TABLE item(id INTEGER PRIMARY KEY, more TEXT);\n", to: "migrations/0001_item.sql")
        let status = try migrator().status()
        guard case .drifted(let applied, let found) = status[0].state else {
            Issue.record("\(status[0]) is no drift")
            return
        }
        #expect(applied != found)
        let error = migrationError { try migrator().apply() }
        #expect(error?.code == .migration(.drift))
        for part in ["0001_item.sql", applied, found] { #expect(error?.message.contains(part) == true) }
    }

    @Test("a migration that fails leaves nothing of itself and everything before it")
    func failsWhole() throws {
        folder.write("CREATE TABLE third(id);\nINSERT INTO nowhere VALUES(1);\n", to: "migrations/0003_third.sql")
        let error = migrationError { try migrator().apply() }
        #expect(error?.code == .syntax)
        #expect(error?.message.contains("0003_third.sql:2:") == true)
        #expect(error?.message.contains("nowhere") == true)
        #expect(try migrator().pending().map { $0.version } == [3])
        folder.write("CREATE TABLE third(id);\n", to: "migrations/0003_third.sql")
        #expect(try migrator().apply().map { $0.version } == [3])
    }

    @Test("statements that a migration may not use are refused with the file's name")
    func refuses() throws {
        folder.write("PRAGMA foreign_keys=OFF;", to: "migrations/0003_pragma.sql")
        let error = migrationError { try migrator().apply() }
        #expect(error?.code == .denied)
        #expect(error?.message.contains("0003_pragma.sql") == true)
    }

    @Test("gaps, twins, bad names and missing files are errors")
    func checksNumbers() throws {
        folder.write("CREATE TABLE d(id);", to: "migrations/0004_later.sql")
        #expect(migrationError { _ = try migrator() }?.code == .migration(.gap))
        folder.write("CREATE TABLE c(id);", to: "migrations/0003_c.sql")
        #expect(try migrator().apply().count == 4)
        folder.write("CREATE TABLE e(id);", to: "migrations/0004_twin.sql")
        #expect(migrationError { _ = try migrator() }?.code == .migration(.duplicate))
        let fewer = Migrator(
            database: database,
            migrations: [Migration(version: 1, name: "item", file: "0001_item.sql", sql: [])],
            digest: { _ in "" }
        )
        #expect(try fewer.status().last?.state == .missing)
        let ahead = Migrator(
            database: database, migrations: try Array(MigrationFolder.load("\(folder.path)/first").prefix(1)),
            digest: { _ in "" })
        #expect(migrationError { try ahead.apply() }?.code == .migration(.ahead))
        let tolerant = { (version: Int) in
            Migrator(
                database: database, migrations: try Array(MigrationFolder.load("\(folder.path)/first").prefix(1)),
                digest: { _ in "" }, toleratedVersion: version)
        }
        #expect(migrationError { try tolerant(3).apply() }?.code == .migration(.ahead))
        #expect(try tolerant(4).apply().isEmpty)
        folder.write("", to: "bad/1_short.sql")
        #expect(migrationError { _ = try MigrationFolder.load("\(folder.path)/bad") }?.code == .migration(.file))
        #expect(try MigrationFolder.load("\(folder.path)/nowhere").isEmpty)
    }

    @Test("a number below the highest that ran is out of order")
    func checksOrder() throws {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                CREATE TABLE gantry_migration(version INTEGER PRIMARY KEY, name TEXT, checksum TEXT,
                    applied_at INTEGER, duration_ms INTEGER)
                """
            )
            try transaction.execute("INSERT INTO gantry_migration VALUES(2, 'log', $1, 0, 0)", [.text("x")])
        }
        let migrations = try MigrationFolder.load("\(folder.path)/migrations")
        let migrator = Migrator(database: database, migrations: migrations, digest: { _ in "x" })
        let error = migrationError { try migrator.apply() }
        #expect(error?.code == .migration(.order))
        #expect(error?.message.contains("0001_item.sql") == true)
    }

    @Test("a script with NUL in it is refused, an empty one and one of comments only are not")
    func oddScripts() throws {
        folder.write("CREATE TABLE c(id);\u{0}DROP TABLE item;", to: "migrations/0003_nul.sql")
        #expect(migrationError { try migrator().apply() }?.message.contains("NUL") == true)
        folder.write("", to: "migrations/0003_nul.sql")
        folder.write("-- nothing to do here\n", to: "migrations/0004_comment.sql")
        let large = (0..<20_000).map { "INSERT INTO item(id) VALUES(\($0)); /* \($0) */\n" }.joined()
        folder.write(large, to: "migrations/0005_large.sql")
        #expect(try migrator().apply().map { $0.version } == [3, 4, 5])
    }

    @Test("two migrators at the same time do the work once")
    func runsConcurrently() throws {
        let migrations = try MigrationFolder.load("\(folder.path)/migrations")
        let counts = Monitor<[Int]>([])
        let callers = ThreadPool(name: "caller", threadCount: 4)
        for _ in 0..<4 {
            // Each with a connection of its own, as two processes would have.
            let other = Database(path: database.path, pool: pool)
            _ = callers.submit {
                let migrator = Migrator(database: other, migrations: migrations, digest: { _ in "x" })
                let count = (try? migrator.apply().count) ?? -1
                counts.withLock { $0.append(count) }
            }
        }
        #expect(callers.drain())
        let all = counts.withLock { $0 }
        #expect(all.allSatisfy { $0 >= 0 })
        #expect(all.reduce(0, +) == 2)
    }
}
