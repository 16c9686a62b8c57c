import GantryStore
import Testing

@Suite("Destructive statements")
struct DestructiveStatementTests {
    private func found(_ sql: String, engine: MigrationEngine = .sqlite) -> [String] {
        DestructiveStatement.find(
            in: Migration(version: 2, name: "x", file: "0002_x.sql", engine: engine, sql: Array(sql.utf8))
        ).map(\.description)
    }

    @Test(
        "each is named with its place",
        arguments: [
            ("SELECT 1;\nDROP TABLE IF EXISTS item;", "0002_x.sql:2: drops the table `item`"),
            ("ALTER TABLE item DROP COLUMN name", "0002_x.sql:1: drops the column `name`"),
            ("ALTER TABLE item DROP name", "0002_x.sql:1: drops the column `name`"),
            ("ALTER TABLE item RENAME TO thing", "0002_x.sql:1: renames the table `item`"),
            ("ALTER TABLE item RENAME COLUMN a TO b", "0002_x.sql:1: renames the column `a`"),
            ("DROP INDEX by_name", "0002_x.sql:1: drops the index `by_name`"),
            ("DELETE FROM item", "0002_x.sql:1: deletes all rows of `item`"),
            ("UPDATE item SET a = 1", "0002_x.sql:1: changes all rows of `item`"),
            ("WITH x AS (SELECT 1 WHERE 1) UPDATE item SET a = 1", "0002_x.sql:1: changes all rows of `item`"),
            ("REPLACE INTO item VALUES (1)", "0002_x.sql:1: replaces rows of `item`"),
            ("INSERT OR REPLACE INTO item VALUES (1)", "0002_x.sql:1: replaces rows of `item`"),
        ])
    func named(sql: String, description: String) {
        #expect(found(sql) == [description])
    }

    @Test("a rebuild is called one, and changes of a type and several at once are seen for PostgreSQL")
    func rebuild() {
        let rebuild = """
            CREATE TABLE new_item (a TEXT NOT NULL);
            INSERT INTO new_item SELECT a FROM item;
            DROP TABLE item;
            ALTER TABLE new_item RENAME TO item;
            """
        #expect(
            found(rebuild) == [
                "0002_x.sql:3: rebuilds the table `item`", "0002_x.sql:4: renames the table `new_item`",
            ])
        let several = "ALTER TABLE item ALTER COLUMN a TYPE BIGINT, DROP COLUMN b, ADD COLUMN c TEXT"
        #expect(
            found(several, engine: .postgresql) == [
                "0002_x.sql:1: changes the type of `a`", "0002_x.sql:1: drops the column `b`",
            ])
        #expect(found("TRUNCATE TABLE item", engine: .postgresql) == ["0002_x.sql:1: deletes all rows of `item`"])
    }

    @Test(
        "what takes nothing away is not named",
        arguments: [
            "CREATE TABLE item (a TEXT)", "DELETE FROM item WHERE a = 1", "UPDATE item SET a = 1 WHERE a = 2",
            "INSERT INTO item VALUES (1)", "ALTER TABLE item ADD COLUMN drop_at BIGINT", "DROP VIEW v",
            "SELECT 'DROP TABLE item' -- DROP TABLE item", "CREATE INDEX i ON item (a)",
        ])
    func harmless(sql: String) {
        #expect(found(sql) == [])
    }
}
