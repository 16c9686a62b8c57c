import GantryStore

extension HostDirectory {
    /// What `host.db` knows of one module's database without opening it.
    struct DatabaseRecord: Sendable, Equatable {
        /// The migrations that have run, in the words of `ModuleDefinition.schema`. Written after they ran, so it may
        /// be behind the file and is never ahead of it.
        var schema: String
        /// Names the mark that work waits in the database; 0 when there is none. Written before the first such work
        /// is committed, so it may stand there for nothing and is never missing.
        var mark: Int64
        /// From when on that work can be done, in milliseconds since 1970; 0 for at once.
        var dueMilliseconds: Int64
    }

    /// One module of one tenant.
    struct Place: Sendable, Hashable {
        var tenant: String
        var module: String
    }

    static let databaseSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS module_database (tenant TEXT NOT NULL REFERENCES tenant (id), module TEXT NOT NULL,
          schema TEXT NOT NULL, mark INTEGER NOT NULL, due_ms INTEGER NOT NULL, PRIMARY KEY (tenant, module))
          WITHOUT ROWID
        """,
        "CREATE INDEX IF NOT EXISTS module_database_mark ON module_database (due_ms) WHERE mark <> 0",
    ]

    /// What is known of a module's database; nil when there never was one.
    func databaseRecord(_ place: Place) throws(StoreError) -> DatabaseRecord? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var record: DatabaseRecord?
            try transaction.execute(
                "SELECT schema, mark, due_ms FROM module_database WHERE tenant = $1 AND module = $2",
                [.text(place.tenant), .text(place.module)]
            ) { row in
                record = DatabaseRecord(schema: row.string(0), mark: row.integer(1), dueMilliseconds: row.integer(2))
                return false
            }
            return record
        }
    }

    /// Notes how far the migrations of a database have run.
    func saveSchema(_ schema: String, _ place: Place) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO module_database (tenant, module, schema, mark, due_ms) VALUES ($1, $2, $3, 0, 0)
                ON CONFLICT (tenant, module) DO UPDATE SET schema = $3
                """, [.text(place.tenant), .text(place.module), .text(schema)])
        }
    }

    /// Forgets a database whose file is gone, so that the next start makes a new one.
    func forgetDatabase(_ place: Place) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM module_database WHERE tenant = $1 AND module = $2",
                [.text(place.tenant), .text(place.module)])
        }
    }

    /// Marks a database: work waits in it, or will in a moment. Durable when this returns.
    func mark(_ place: Place, number: Int64, dueMilliseconds: Int64) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            let count = try transaction.execute(
                "UPDATE module_database SET mark = $3, due_ms = $4 WHERE tenant = $1 AND module = $2",
                [.text(place.tenant), .text(place.module), .integer(number), .integer(dueMilliseconds)])
            if count != 1 {
                throw StoreError(.failed, "`host.db` knows no database of \(place.module) for \(place.tenant)")
            }
        }
    }

    /// Marks a database that has no mark; false when it has one.
    func markUnlessMarked(_ place: Place, number: Int64, dueMilliseconds: Int64) throws(StoreError) -> Bool {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                UPDATE module_database SET mark = $3, due_ms = $4 WHERE tenant = $1 AND module = $2 AND mark = 0
                """, [.text(place.tenant), .text(place.module), .integer(number), .integer(dueMilliseconds)]) == 1
        }
    }

    /// Takes a mark away, unless a later one stands in its place.
    func unmark(_ place: Place, number: Int64) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "UPDATE module_database SET mark = 0, due_ms = 0 WHERE tenant = $1 AND module = $2 AND mark = $3",
                [.text(place.tenant), .text(place.module), .integer(number)])
        }
    }

    /// Marks the databases of a tenant's other modules, since what they published may be for a module that was just
    /// enabled. A mark for nothing is taken away by the next start of the module.
    static func markAll(exceptOf place: Place, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            """
            UPDATE module_database SET mark = (SELECT max(mark) + 1 FROM module_database), due_ms = 0
            WHERE tenant = $1 AND module <> $2
            """, [.text(place.tenant), .text(place.module)])
    }

    /// The enabled databases, of one tenant or of all, in which work waits, with the time from when on, the earliest
    /// first.
    func markedDatabases(tenant: String? = nil) throws(StoreError) -> [(place: Place, dueMilliseconds: Int64)] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var list: [(place: Place, dueMilliseconds: Int64)] = []
            try transaction.execute(
                """
                SELECT d.tenant, d.module, d.due_ms FROM module_database d
                JOIN tenant_module m ON m.tenant = d.tenant AND m.module = d.module AND m.enabled = 1
                WHERE d.mark <> 0 AND ($1 IS NULL OR d.tenant = $1) ORDER BY d.due_ms
                """, [tenant.map { .text($0) } ?? .null]
            ) { row in
                list.append((Place(tenant: row.string(0), module: row.string(1)), row.integer(2)))
                return true
            }
            return list
        }
    }

    /// The enabled databases of a module whose migrations have not run as far as the schema says.
    func databasesBehind(module: String, schema: String) throws(StoreError) -> [Place] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var list: [Place] = []
            try transaction.execute(
                """
                SELECT d.tenant FROM module_database d
                JOIN tenant_module m ON m.tenant = d.tenant AND m.module = d.module AND m.enabled = 1
                WHERE d.module = $1 AND d.schema <> $2
                """, [.text(module), .text(schema)]
            ) { row in
                list.append(Place(tenant: row.string(0), module: module))
                return true
            }
            return list
        }
    }

    /// The highest number that a mark has.
    func highestMark() throws(StoreError) -> Int64 {
        try database.read(as: .host) { transaction throws(StoreError) in
            var highest: Int64 = 0
            try transaction.execute("SELECT coalesce(max(mark), 0) FROM module_database WHERE mark <> 0") { row in
                highest = row.integer(0)
                return false
            }
            return highest
        }
    }
}
