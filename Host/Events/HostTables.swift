public import GantryStore

/// The tables that events and jobs need in a module's database.
public enum HostTables {
    /// A part of the tables, with the steps that have made it over time. A step that was released is never changed.
    struct Part {
        let name: String
        let steps: [[StaticString]]
    }

    /// Makes the tables of the outbox and its deliveries, or brings them up to date.
    public static func installEvents(in database: Database) throws(StoreError) {
        try install(events, in: database)
    }

    /// Makes the tables of jobs and schedules, or brings them up to date.
    public static func installJobs(in database: Database) throws(StoreError) {
        try install(jobs, in: database)
    }

    /// Whether the part's tables exist; older ones are brought up to date. Where there is no file none is made.
    static func exists(_ part: Part, in database: Database) throws(StoreError) -> Bool {
        guard database.fileExists else { return false }
        let version = try database.read(as: .host) { transaction throws(StoreError) in
            try tableExists("gantry_schema", in: transaction) ? try Self.version(of: part, in: transaction) : 0
        }
        if version > 0 && version < part.steps.count { try install(part, in: database) }
        return version > 0
    }

    static func install(_ part: Part, in database: Database) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "CREATE TABLE IF NOT EXISTS gantry_schema(part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"
            )
            let version = try Self.version(of: part, in: transaction)
            guard version < part.steps.count else { return }
            for step in part.steps[version...] {
                for statement in step { try transaction.execute(statement) }
            }
            try transaction.execute(
                "INSERT INTO gantry_schema(part, version) VALUES($1, $2) ON CONFLICT(part) DO UPDATE SET version = $2",
                [.text(part.name), .integer(Int64(part.steps.count))]
            )
        }
    }

    private static func version(of part: Part, in transaction: Transaction) throws(StoreError) -> Int {
        var version = 0
        try transaction.execute("SELECT version FROM gantry_schema WHERE part = $1", [.text(part.name)]) {
            row throws(StoreError) in
            version = Int(row.integer(0))
            return false
        }
        return version
    }

    private static func tableExists(_ name: String, in transaction: Transaction) throws(StoreError) -> Bool {
        var exists = false
        try transaction.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", [.text(name)]) {
            _ throws(StoreError) in
            exists = true
            return false
        }
        return exists
    }
}

extension HostTables {
    static let events = Part(
        name: "events",
        steps: [
            [
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
            ],
            [
                // The types that it wants, each between two line feeds.
                "ALTER TABLE gantry_subscriber ADD COLUMN types TEXT NOT NULL DEFAULT ''",
                "CREATE INDEX gantry_delivery_sequence ON gantry_delivery(sequence)",
            ],
        ])

    static let jobs = Part(
        name: "jobs",
        steps: [
            [
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
            ],
            [
                // The next occurrence of each schedule, and when it is due (later than that by the jitter).
                """
                CREATE TABLE gantry_schedule(
                    name TEXT PRIMARY KEY,
                    job TEXT NOT NULL,
                    timing TEXT NOT NULL,
                    occurrence_ms INTEGER NOT NULL,
                    due_ms INTEGER NOT NULL,
                    missed INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID
                """,
                // The occurrences that have queued their job: each does so once.
                """
                CREATE TABLE gantry_schedule_run(
                    schedule TEXT NOT NULL,
                    occurrence_ms INTEGER NOT NULL,
                    job_id BLOB NOT NULL,
                    queued_ms INTEGER NOT NULL,
                    PRIMARY KEY(schedule, occurrence_ms)
                ) STRICT, WITHOUT ROWID
                """,
            ],
            [
                // When the last run began, when the job was given up, and attempts that somebody has granted besides.
                "ALTER TABLE gantry_job ADD COLUMN started_ms INTEGER",
                "ALTER TABLE gantry_job ADD COLUMN ended_ms INTEGER",
                "ALTER TABLE gantry_job ADD COLUMN granted INTEGER NOT NULL DEFAULT 0",
                // Jobs that ended well, where that is remembered for a while.
                """
                CREATE TABLE gantry_job_done(
                    sequence INTEGER PRIMARY KEY,
                    id BLOB NOT NULL,
                    name TEXT NOT NULL,
                    queued_ms INTEGER NOT NULL,
                    started_ms INTEGER,
                    ended_ms INTEGER NOT NULL,
                    attempt INTEGER NOT NULL,
                    granted INTEGER NOT NULL
                ) STRICT
                """,
                "CREATE INDEX gantry_job_done_end ON gantry_job_done(ended_ms)",
            ],
        ])
}
