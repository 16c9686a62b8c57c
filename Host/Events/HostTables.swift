public import GantryStore

/// The tables that events and jobs need in a module's database.
public enum HostTables {
    /// Makes the tables of the outbox and its deliveries where they do not exist.
    public static func installEvents(in database: Database) throws(StoreError) {
        try install(part: "events", statements: eventStatements, in: database)
    }

    /// Makes the table of jobs where it does not exist.
    public static func installJobs(in database: Database) throws(StoreError) {
        try install(part: "jobs", statements: jobStatements, in: database)
    }

    /// Reads from tables of the host, for operators: without the file or the table there is nothing to see.
    static func list<Entry>(
        from table: String,
        in database: Database,
        _ body: (Transaction) throws(StoreError) -> [Entry]
    ) throws(StoreError) -> [Entry] {
        guard database.fileExists else { return [] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var exists = false
            try transaction.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", [.text(table)]) {
                _ throws(StoreError) in
                exists = true
                return false
            }
            return exists ? try body(transaction) : []
        }
    }

    private static func install(
        part: String,
        statements: [StaticString],
        in database: Database
    ) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "CREATE TABLE IF NOT EXISTS gantry_schema(part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"
            )
            let isNew = try transaction.execute(
                "INSERT INTO gantry_schema(part, version) VALUES($1, 1) ON CONFLICT DO NOTHING",
                [.text(part)]
            )
            guard isNew == 1 else { return }
            for statement in statements { try transaction.execute(statement) }
        }
    }

    private static let eventStatements: [StaticString] = [
        // Sequences are never used again, since subscribers remember how far they are.
        """
        CREATE TABLE gantry_outbox(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL,
            type TEXT NOT NULL,
            key TEXT NOT NULL,
            data BLOB NOT NULL,
            time_ms INTEGER NOT NULL,
            trace BLOB
        ) STRICT
        """,
        // All events up to the sequence are delivered or stand in gantry_delivery.
        """
        CREATE TABLE gantry_subscriber(
            name TEXT PRIMARY KEY,
            sequence INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        // Deliveries that did not succeed at once. State: 0 waits, 1 given up.
        """
        CREATE TABLE gantry_delivery(
            subscriber TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            key TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            not_before_ms INTEGER NOT NULL,
            state INTEGER NOT NULL,
            last_error TEXT NOT NULL,
            PRIMARY KEY(subscriber, sequence)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX gantry_delivery_key ON gantry_delivery(subscriber, key, sequence) WHERE state = 0",
    ]

    private static let jobStatements: [StaticString] = [
        // State: 0 waits, 1 runs, 2 given up. Those that are done are gone.
        """
        CREATE TABLE gantry_job(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL,
            name TEXT NOT NULL,
            key TEXT NOT NULL,
            payload BLOB NOT NULL,
            trace BLOB,
            queued_ms INTEGER NOT NULL,
            not_before_ms INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            state INTEGER NOT NULL,
            last_error TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX gantry_job_due ON gantry_job(state, not_before_ms, sequence)",
        "CREATE INDEX gantry_job_key ON gantry_job(name, key, sequence) WHERE state < 2",
    ]
}
