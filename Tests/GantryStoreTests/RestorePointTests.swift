import GantryStore
import GantryThreads
import Glibc
import TestCommands
import Testing

@Suite("Restore points, rebuilds and the lock")
struct RestorePointTests {
    let folder = TemporaryFolder()
    let pool = ThreadPool(name: "test", threadCount: 1)
    let path: String

    init() throws {
        path = "\(folder.path)/tenant/module.db"
        folder.write(
            """
            CREATE TABLE parent (id TEXT NOT NULL PRIMARY KEY, spare TEXT);
            CREATE TABLE child (parent TEXT NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
            """, to: "migrations/0001_tables.sql")
    }

    private func migrate(_ database: Database, patience: Duration = .zero) throws -> [Int] {
        try Migrator(
            database: database, migrations: MigrationFolder.load("\(folder.path)/migrations"),
            digest: { bytes in String(bytes.reduce(UInt64(17)) { $0 &* 31 &+ UInt64($1) }) }, patience: patience
        ).apply().map(\.version)
    }

    private func fill(_ database: Database) throws {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("INSERT INTO parent (id, spare) VALUES ('p', 's')")
            try transaction.execute("INSERT INTO child (parent) VALUES ('p')")
        }
    }

    private let dropping = "ALTER TABLE parent DROP COLUMN spare;"

    @Test("a copy is made before what is destructive, and only then; it can be put back")
    func restores() throws {
        let database = Database(path: path, pool: pool)
        let points = RestorePoints(databasePath: path)
        folder.write("CREATE INDEX by_parent ON child (parent);", to: "migrations/0002_index.sql")
        #expect(try migrate(database) == [1, 2])
        try fill(database)
        #expect(points.list().isEmpty)
        folder.write(dropping, to: "migrations/0003_drop.sql")
        #expect(try migrate(database) == [3])
        let point = try #require(points.list().first)
        #expect(point.version == 2 && point.reason.contains("drops the column spare"))
        database.close()

        let kept = try points.restore(point.name, pool: pool)
        #expect(kept?.version == 3)
        let restored = Database(path: path, pool: pool)
        defer { restored.close() }
        var spare = ""
        try restored.read(as: .host) { transaction throws(StoreError) in
            try transaction.execute("SELECT spare FROM parent") { row in
                spare = row.string(0)
                return false
            }
        }
        #expect(spare == "s")
        #expect(try restored.rowCounts() == ["parent": 1, "child": 1])
        #expect(try migrate(restored) == [3], "what was undone can be done again")
    }

    @Test("a new database needs none, and no more than five are kept")
    func caps() throws {
        folder.write(dropping, to: "migrations/0002_drop.sql")
        let database = Database(path: path, pool: pool)
        defer { database.close() }
        #expect(try migrate(database) == [1, 2])
        let points = RestorePoints(databasePath: path)
        #expect(points.list().isEmpty)
        let times = Monitor<Int64>(1_000_000)
        let made = RestorePoints(databasePath: path) {
            times.withLock {
                $0 += 1; return $0
            }
        }
        for number in 0..<8 { try made.create(of: database, version: 2, reason: "\(number)") }
        #expect(points.list().map(\.reason) == ["7", "6", "5", "4", "3"])
    }

    @Test("a damaged point, and one that does not exist, is refused and changes nothing")
    func refusesDamage() throws {
        let database = Database(path: path, pool: pool)
        #expect(try migrate(database) == [1])
        try fill(database)
        let points = RestorePoints(databasePath: path)
        let point = try points.create(of: database, version: 1, reason: "test")
        database.close()
        let file = "\(folder.path)/tenant/restore/\(point.name).db"
        // The page of a table's rows, not that of the schema, which listing reads.
        let pages = Int(point.bytes / 4096)
        let descriptor = open(file, O_WRONLY)
        for page in 1..<pages - 2 { pwrite(descriptor, [UInt8](repeating: 0xAA, count: 64), 64, off_t(page * 4096)) }
        close(descriptor)
        for name in [point.name, "0009-20260101T000000000Z", "../x"] {
            let error = #expect(throws: StoreError.self) { try points.restore(name, pool: pool) }
            #expect(error?.code == .migration(.restorePoint), "\(String(describing: error))")
        }
        let after = Database(path: path, pool: pool)
        defer { after.close() }
        #expect(try after.rowCounts() == ["parent": 1, "child": 1])
    }

    @Test("a rebuild of a table that others refer to keeps their rows; one that loses rows they need is undone")
    func rebuilds() throws {
        let database = Database(path: path, pool: pool)
        defer { database.close() }
        #expect(try migrate(database) == [1])
        try fill(database)
        let rebuild = """
            CREATE TABLE new_parent (id TEXT NOT NULL PRIMARY KEY);
            INSERT INTO new_parent SELECT id FROM parent WHERE id <> 'p';
            DROP TABLE parent;
            ALTER TABLE new_parent RENAME TO parent;
            """
        folder.write(rebuild, to: "migrations/0002_rebuild.sqlite.sql")
        let error = #expect(throws: StoreError.self) { try migrate(database) }
        #expect(error?.code == .migration(.foreignKeys))
        #expect(error?.message.contains("`child` that point to no row of `parent`, 1 in all") == true)
        folder.write(rebuild.replacing("<>", with: "="), to: "migrations/0002_rebuild.sqlite.sql")
        #expect(try migrate(database) == [2])
        #expect(try database.rowCounts() == ["parent": 1, "child": 1])
        let orphan = #expect(throws: StoreError.self) {
            try database.write { transaction throws(StoreError) in
                try transaction.execute("INSERT INTO child (parent) VALUES ('nobody')")
            }
        }
        #expect(orphan?.code == .conflict, "foreign keys are checked again afterwards")
    }

    @Test("whoever holds the lock is named, and the lock ends with its file")
    func locks() throws {
        let database = Database(path: path, pool: pool)
        defer { database.close() }
        try database.write(as: .host) { transaction throws(StoreError) in try transaction.execute("SELECT 1") }
        #expect(MigrationLock.holder(ofDatabase: path) == nil)
        let descriptor = open("\(path)-migration", O_RDWR | O_CREAT, 0o600)
        let text = "4711 1700000000000\n"
        write(descriptor, text, text.utf8.count)
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        // The lock of another open file, as another process would hold it.
        #expect(fcntl(descriptor, 37, &range) == 0)
        #expect(
            MigrationLock.holder(ofDatabase: path)
                == MigrationLock.Holder(processID: 4711, sinceMilliseconds: 1_700_000_000_000))
        let error = #expect(throws: StoreError.self) { try migrate(database) }
        #expect(error?.code == .migration(.locked))
        #expect(error?.message.contains("the process 4711 runs") == true)
        #expect(error?.message.contains("2023-11-14T22:13:20Z") == true)
        close(descriptor)
        #expect(MigrationLock.holder(ofDatabase: path) == nil)
        #expect(try migrate(database) == [1])
    }

    @Test("files for one engine are chosen by it; a lone one, a misspelt one and a doubled one are refused")
    func engines() throws {
        let place = "\(folder.path)/migrations"
        folder.write("SELECT 1;", to: "migrations/0002_two.postgresql.sql")
        #expect(
            throws: StoreError(
                .migration(.engine),
                "\(place)/0002_two.postgresql.sql has no counterpart for sqlite: "
                    + "add 0002_two.sqlite.sql, or one file for both engines")
        ) { try MigrationFolder.load(place) }
        folder.write("SELECT 2;", to: "migrations/0002_two.sqlite.sql")
        #expect(try MigrationFolder.load(place).map(\.engine) == [.common, .sqlite])
        #expect(try MigrationFolder.load(place, for: .postgresql).map(\.engine) == [.common, .postgresql])
        folder.write("SELECT 3;", to: "migrations/0002_two.sql")
        let twice = #expect(throws: StoreError.self) { try MigrationFolder.load(place) }
        #expect(twice?.code == .migration(.duplicate))
        folder.write("SELECT 3;", to: "other/0001_two.sqlit.sql")
        let misspelt = #expect(throws: StoreError.self) { try MigrationFolder.load("\(folder.path)/other") }
        #expect(misspelt?.code == .migration(.file))
    }
}
