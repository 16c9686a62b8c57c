import GantryStore
import Testing

@Suite("The linter of the common subset of SQL")
struct SQLLinterTests {
    private func rules(_ sql: String, engine: MigrationEngine = .common) -> [String] {
        var linter = SQLLinter()
        linter.lint(Array(sql.utf8), file: "0001_x.sql", engine: engine)
        return linter.findings.map(\.rule)
    }

    @Test(
        "what only one engine understands, or the two understand differently, is named",
        arguments: [
            ("CREATE TABLE t (id INTEGER PRIMARY KEY)", "integer-primary-key"),
            ("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY AUTOINCREMENT)", "autoincrement"),
            ("CREATE TABLE t (id TEXT PRIMARY KEY)", "nullable-key"),
            ("CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID", "without-rowid"),
            ("CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY) STRICT", "strict"),
            ("CREATE TABLE t (a)", "column-type"),
            ("CREATE TABLE t (a BLOB)", "type"),
            ("CREATE TABLE t (a BOOLEAN NOT NULL)", "type"),
            ("CREATE TABLE t (a VARCHAR(10))", "type"),
            ("CREATE TABLE t (user TEXT)", "reserved-name"),
            ("CREATE TABLE t (oid BIGINT)", "reserved-name"),
            ("CREATE TABLE t (a TEXT COLLATE NOCASE)", "collation"),
            ("CREATE TABLE t (a TEXT UNIQUE ON CONFLICT REPLACE)", "conflict-clause"),
            ("CREATE TABLE t (a BIGINT DEFAULT CURRENT_TIMESTAMP)", "current-time"),
            ("CREATE TABLE t (a BIGINT, b BIGINT GENERATED ALWAYS AS (a + 1))", "generated"),
            ("CREATE TABLE t (a TEXT REFERENCES later (id))", "reference"),
            ("CREATE TABLE t (a TEXT REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)", "deferrable"),
            ("ALTER TABLE t ADD COLUMN a TEXT, ADD COLUMN b TEXT", "alter-list"),
            ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", "add-constraint"),
            ("ALTER TABLE t ALTER COLUMN a TYPE BIGINT", "alter-column"),
            ("CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; SELECT 1; END", "trigger"),
            ("CREATE VIRTUAL TABLE t USING fts5 (a)", "virtual-table"),
            ("CREATE TEMP TABLE t (a TEXT)", "temporary"),
            ("INSERT OR IGNORE INTO t (a) VALUES (1)", "insert-or"),
            ("INSERT OR REPLACE INTO t (a) VALUES (1)", "insert-or"),
            ("INSERT OR ROLLBACK INTO t (a) VALUES (1)", "rollback"),
            ("REPLACE INTO t (a) VALUES (1)", "insert-or"),
            ("INSERT INTO t (a) VALUES (1) ON CONFLICT DO UPDATE SET a = 2", "upsert-target"),
            ("INSERT INTO t (a, n) VALUES (1, 1) ON CONFLICT (a) DO UPDATE SET n = n + 1", "upsert-column"),
            ("DELETE FROM t WHERE a = 1 LIMIT 5", "limited-change"),
            ("SELECT a FROM t LIMIT 5, 10", "limit"),
            ("SELECT a FROM t LIMIT -1", "limit"),
            ("SELECT datetime('now')", "function"),
            ("SELECT strftime('%s', a) FROM t", "function"),
            ("SELECT IFNULL(a, 1) FROM t", "function"),
            ("SELECT max(a, b) FROM t", "function"),
            ("SELECT json_extract(a, '$.b') FROM t", "function"),
            ("SELECT a ->> '$.b' FROM t", "json-operator"),
            ("SELECT a FROM t WHERE a == 1", "double-equals"),
            ("SELECT a FROM t WHERE a GLOB 'x*'", "match"),
            ("SELECT a FROM t WHERE a LIKE 'x%'", "like"),
            ("SELECT a FROM t WHERE a IS 1", "is"),
            ("SELECT a FROM t WHERE a", "condition"),
            ("SELECT a FROM t WHERE a > 1 AND NOT b", "condition"),
            ("UPDATE t SET a = TRUE", "boolean"),
            ("SELECT rowid FROM t", "rowid"),
            ("SELECT `a` FROM t", "quotes"),
            ("SELECT [a] FROM t", "quotes"),
            ("SELECT a FROM t WHERE b = \"Some text\"", "double-quotes"),
            ("SELECT x'00'", "blob-literal"),
            ("SELECT 0xFF", "hexadecimal"),
            ("SELECT a FROM t WHERE a = ?", "placeholder"),
            ("SELECT a FROM t WHERE a = :name", "placeholder"),
            ("SELECT a::TEXT FROM t", "cast-sign"),
            ("SELECT CAST(a AS NUMERIC) FROM t", "cast"),
            ("SELECT a FROM t INDEXED BY i", "indexed-by"),
            ("SELECT 1 /* one /* two */", "nested-comment"),
            ("PRAGMA user_version = 1", "pragma"),
            ("ATTACH 'x' AS y", "attach"),
            ("VACUUM", "vacuum"),
            ("BEGIN", "transaction"),
            ("SAVEPOINT s", "transaction"),
            ("EXPLAIN SELECT 1", "statement"),
            ("CREATE TABLE gantry_x (a TEXT)", "reserved-prefix"),
        ])
    func names(sql: String, rule: String) {
        #expect(rules(sql).contains(rule), "\(rules(sql))")
    }

    @Test(
        "what both engines understand alike passes",
        arguments: [
            "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0, d DOUBLE PRECISION, b BYTEA)",
            "CREATE TABLE t (a TEXT NOT NULL, b BIGINT, PRIMARY KEY (a, b), UNIQUE (b), CHECK (length(a) < 9))",
            "CREATE TABLE p (id TEXT NOT NULL PRIMARY KEY); CREATE TABLE c (p TEXT REFERENCES p ON DELETE CASCADE)",
            "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (lower(a), b DESC) WHERE b <> 0",
            "ALTER TABLE t ADD COLUMN c TEXT; ALTER TABLE t RENAME COLUMN c TO d; ALTER TABLE t DROP COLUMN d",
            """
            INSERT INTO t (a, n) VALUES ($1, $2)
            ON CONFLICT (a) DO UPDATE SET n = t.n + excluded.n WHERE t.n < 5 RETURNING n
            """,
            "INSERT INTO t (a) VALUES ($1) ON CONFLICT DO NOTHING",
            """
            WITH x (a) AS (SELECT a FROM t), y AS (SELECT 1 AS n)
            SELECT x.a, count(*) FROM x GROUP BY x.a HAVING count(*) > 1
            """,
            """
            SELECT a FROM t WHERE b BETWEEN 1 AND 5 AND (c IS NULL OR c IS NOT DISTINCT FROM $1)
            ORDER BY a LIMIT 5 OFFSET 10
            """,
            "SELECT a FROM t WHERE lower(a) LIKE $1 AND NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
            "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t WINDOW w AS (ORDER BY a)",
            """
            SELECT sum(n) FILTER (WHERE n > 0), coalesce(max(n), 0), CASE WHEN n = 1 THEN 'a' ELSE 'b' END
            FROM t GROUP BY n
            """,
            "UPDATE t SET a = u.a FROM u WHERE u.id = t.id",
            "SELECT CAST($1 AS BIGINT), CAST(n AS DOUBLE PRECISION) FROM t",
            "-- a comment with 'quotes' and \"PRAGMA\"\nSELECT 'PRAGMA; `x` == ?' /* AUTOINCREMENT */",
            "DROP INDEX IF EXISTS i; DROP TABLE IF EXISTS t",
            "VALUES (1), (2)",
        ])
    func passes(sql: String) {
        #expect(rules(sql) == [])
    }

    @Test("a finding says where it stands and what to write instead")
    func places() {
        var linter = SQLLinter()
        linter.lint(
            Array("-- one\nSELECT 1;\n  SELECT ifnull(a, 'ä;'),\n    b == 1 FROM t;".utf8), file: "f.sql",
            engine: .common)
        #expect(linter.findings.map(\.line) == [3, 4])
        #expect(linter.findings.map(\.column) == [10, 7])
        #expect(
            linter.findings.first?.description
                == "f.sql:3:10: error: `ifnull` is not a function that means the same to both engines. "
                + "Write coalesce(…). [function]")
    }

    @Test("a file for one engine may use what only that has, but not what the host refuses")
    func perEngine() {
        let own = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a BLOB) STRICT; SELECT datetime('now')"
        #expect(rules(own, engine: .sqlite) == [])
        #expect(rules("PRAGMA foreign_keys = OFF; COMMIT", engine: .sqlite) == ["pragma", "transaction"])
        let function =
            "CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN COMMIT; END; $body$ LANGUAGE plpgsql; SELECT now()"
        #expect(rules(function, engine: .postgresql) == [])
        #expect(rules("CREATE INDEX CONCURRENTLY i ON t (a)", engine: .postgresql) == ["concurrently"])
    }

    @Test("tables of earlier files, those of one engine too, may be referred to")
    func references() {
        let migrations = [
            Migration(
                version: 1, name: "p", file: "1", engine: .sqlite,
                sql: Array("CREATE TABLE p (id INTEGER PRIMARY KEY)".utf8)),
            Migration(version: 2, name: "c", file: "2", sql: Array("CREATE TABLE c (p BIGINT REFERENCES p (id))".utf8)),
        ]
        #expect(SQLLinter.findings(in: migrations).isEmpty)
        #expect(SQLLinter.findings(in: Array(migrations.dropFirst())).map(\.rule) == ["reference"])
    }

    @Test(
        "unfinished text is read to its end",
        arguments: ["'", "\"", "`", "[", "/*", "(", "CREATE TRIGGER BEGIN ;", "$", "x'", "1e"])
    func unfinished(sql: String) {
        _ = rules(sql)
        _ = rules(sql, engine: .postgresql)
    }
}
