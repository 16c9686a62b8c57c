import GantryStore
import Testing

@Suite("What statements may do")
struct AuthorizerTests {
    @Test(
        "a module's statements are refused what reaches beyond its rows",
        arguments: [
            "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "ROLLBACK TO a",
            "PRAGMA synchronous=OFF", "PRAGMA defer_foreign_keys=ON", "SELECT * FROM pragma_table_info('item')",
            "ATTACH '/tmp/other.db' AS other", "DETACH main", "VACUUM", "VACUUM INTO '/tmp/copy.db'",
            "SELECT load_extension('evil')", "SELECT fts3_tokenizer('simple')",
            "SELECT writefile('/tmp/x', 'y')",
            "CREATE TABLE other(id)", "DROP TABLE item", "ALTER TABLE item ADD COLUMN more", "CREATE TEMP TABLE t(id)",
            "CREATE VIEW v AS SELECT 1", "CREATE INDEX i ON item(amount)", "ANALYZE", "REINDEX",
            "SELECT * FROM gantry_secret", "INSERT INTO gantry_secret VALUES(1)", "DELETE FROM 'gantry_secret'",
            "UPDATE \"GANTRY_SECRET\" SET id = 2", "WITH x AS (SELECT * FROM [gantry_secret]) SELECT * FROM x",
            "INSERT INTO sqlite_master VALUES(1, 2, 3, 4, 5)", "DELETE FROM sqlite_schema",
            "UPDATE sqlite_master SET sql = 'x'", "CREATE TABLE IF NOT EXISTS item(id)",
            "INSERT OR ROLLBACK INTO item(name) VALUES('a')", "UPDATE or /* hidden */ rollback item SET name = 'a'",
        ])
    func refusedToModules(sql: String) throws {
        let fixture = try Fixture()
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE gantry_secret(id)")
        }
        let error = fixture.failure(of: sql)
        // These fail in SQLite itself before anybody is asked.
        let isRefusedBefore = [
            "VACUUM", "writefile", "INTO sqlite_master", "FROM sqlite_schema", "UPDATE sqlite_master",
        ].contains {
            sql.contains($0)
        }
        #expect(error?.code == .denied || isRefusedBefore && error != nil, "\(error.debugDescription)")
        // What follows in the same database still works.
        try fixture.insert("after")
        #expect(try fixture.names() == ["after"])
    }

    @Test(
        "a migration is refused what would lose a neighbour's row or belongs to the host",
        arguments: [
            "CREATE TABLE a(id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK)",
            "CREATE TABLE a(id REFERENCES item(id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TRIGGER t BEFORE INSERT ON item BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
            "CREATE TRIGGER t BEFORE INSERT ON item BEGIN SELECT RAISE ( -- here\n rollback, 'no'); END",
            "CREATE TABLE gantry_mine(id)", "CREATE TABLE 'gantry_mine'(id)", "CREATE VIEW gantry_v AS SELECT 1",
            "ALTER TABLE item RENAME TO gantry_mine", "ALTER TABLE item RENAME TO 'gantry_mine'",
            "CREATE TABLE a(id REFERENCES gantry_secret(id))", "CREATE TABLE a(id REFERENCES 'gantry_secret'(id))",
            "DROP TABLE gantry_secret", "CREATE INDEX i ON gantry_secret(id)",
            "CREATE TEMP TABLE t(id)", "CREATE VIRTUAL TABLE d USING dbstat", "PRAGMA foreign_keys=OFF",
            "PRAGMA writable_schema=ON", "ATTACH ':memory:' AS m", "COMMIT",
        ])
    func refusedToMigrations(sql: String) throws {
        let fixture = try Fixture()
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE gantry_secret(id INTEGER PRIMARY KEY)")
        }
        let error = fixture.failure(of: sql, as: .migration)
        #expect(error?.code == .denied, "\(error.debugDescription)")
    }

    @Test(
        "a migration may shape its own schema",
        arguments: [
            "CREATE TABLE a(id INTEGER PRIMARY KEY, item REFERENCES item(id) NOT DEFERRABLE)",
            "CREATE TABLE a(note TEXT DEFAULT 'ROLLBACK; DEFERRABLE', \"rollback\" TEXT) -- DEFERRABLE",
            "CREATE TRIGGER t BEFORE INSERT ON item BEGIN SELECT RAISE(ABORT, 'no'); END",
            "CREATE VIEW v AS SELECT name FROM item", "CREATE UNIQUE INDEX i ON item(amount) WHERE amount > 0",
            "ALTER TABLE item RENAME COLUMN amount TO total", "ALTER TABLE item RENAME TO thing",
            "CREATE VIRTUAL TABLE search USING fts5(body)", "INSERT INTO item(name) SELECT 'seed'",
            "CREATE TABLE copy AS SELECT * FROM item", "DROP TABLE item",
        ])
    func allowedToMigrations(sql: String) throws {
        let fixture = try Fixture()
        let error = fixture.failure(of: sql, as: .migration)
        #expect(error == nil)
    }

    @Test("full-text search works with a module's rights")
    func fullTextSearch() throws {
        let fixture = try Fixture(schema: "CREATE VIRTUAL TABLE search USING fts5(body)")
        for text in ["the quick fox", "the lazy dog"] {
            try fixture.database.write { transaction throws(StoreError) in
                try transaction.execute("INSERT INTO search(body) VALUES($1)", [.text(text)])
            }
        }
        let found = try fixture.database.read { transaction throws(StoreError) in
            var found: [String] = []
            try transaction.execute("SELECT body FROM search WHERE search MATCH $1", [.text("lazy")]) {
                row throws(StoreError) in
                found.append(row.string(0))
                return true
            }
            return found
        }
        #expect(found == ["the lazy dog"])
    }

    @Test("a reading transaction changes nothing")
    func readersOnlyRead() throws {
        let fixture = try Fixture()
        let error = #expect(throws: StoreError.self) {
            try fixture.database.read { transaction throws(StoreError) in try Fixture.insert("a", in: transaction) }
        }
        #expect(error?.code == .denied)
        let asHost = #expect(throws: StoreError.self) {
            try fixture.database.read(as: .host) { transaction throws(StoreError) in
                try transaction.execute("CREATE TABLE a(id)")
            }
        }
        #expect(asHost?.code == .denied)
    }

    @Test("a statement that the host compiled is not found by a module")
    func privilegesDoNotMix() throws {
        let fixture = try Fixture()
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE gantry_secret(id)")
            try transaction.execute("INSERT INTO gantry_secret VALUES(1)")
        }
        let error = fixture.failure(of: "INSERT INTO gantry_secret VALUES(1)")
        #expect(error?.code == .denied)
        let mixed = fixture.failure { transaction throws(StoreError) in
            try transaction.execute("INSERT INTO gantry_secret VALUES(2)", privilege: .host)
            try transaction.execute("INSERT INTO gantry_secret VALUES(2)")
        }
        #expect(mixed?.code == .denied)
    }
}
