public import GantryStore

/// Jobs of a database as a tenant's administrators see them: what waits, runs and was given up, and what has ended well
/// lately.
public enum JobHistory {
    /// For how long jobs that ended well are remembered, where they are.
    public static let keptMilliseconds: Int64 = 8 * 86_400_000

    /// Where a job stands.
    public enum State: String, Sendable, CaseIterable {
        case queued
        case running
        case failed
        case completed
    }

    /// A job. Times are milliseconds since 1970.
    public struct Entry: Sendable {
        /// Its id.
        public var id: UniqueIdentifier
        /// Which of the module's jobs it is.
        public var name: String
        /// Where it stands.
        public var state: State
        /// Attempts so far.
        public var attempts: UInt32
        /// Attempts that it has at least, whatever its module's policy says.
        public var granted: UInt32
        /// Why it was given up; empty for others.
        public var error: String
        /// When it was queued.
        public var queuedMilliseconds: Int64
        /// When its last run began; nil for none, and for one that waits.
        public var startedMilliseconds: Int64?
        /// When it ended, well or badly.
        public var endedMilliseconds: Int64?
    }

    /// How many jobs wait, and how many have ended well and badly since a moment.
    public struct Counts: Sendable, Equatable {
        /// Those that wait.
        public var queued: Int64 = 0
        /// Those that have ended well.
        public var completed: Int64 = 0
        /// Those that were given up.
        public var failed: Int64 = 0

        /// So many of each.
        public init(queued: Int64 = 0, completed: Int64 = 0, failed: Int64 = 0) {
            self.queued = queued
            self.completed = completed
            self.failed = failed
        }
    }

    private static let all: StaticString = """
        SELECT id, name, state, attempt, granted, CASE WHEN state = 2 THEN last_error ELSE '' END, queued_ms,
            CASE WHEN state = 0 THEN NULL ELSE started_ms END, CASE WHEN state = 2 THEN ended_ms END
        FROM gantry_job WHERE $1 IS NULL OR state = $1
        UNION ALL
        SELECT id, name, 3, attempt, granted, '', queued_ms, started_ms, ended_ms
        FROM gantry_job_done WHERE $1 IS NULL OR $1 = 3
        ORDER BY queued_ms DESC, id DESC LIMIT $2
        """
    private static let total: StaticString = """
        SELECT (SELECT count(*) FROM gantry_job WHERE $1 IS NULL OR state = $1)
            + (SELECT count(*) FROM gantry_job_done WHERE $1 IS NULL OR $1 = 3)
        """

    private static func number(_ state: State) -> Int64 {
        switch state {
        case .queued: 0
        case .running: 1
        case .failed: 2
        case .completed: 3
        }
    }

    /// The newest jobs, and how many there are in all.
    public static func newest(
        _ state: State?, limit: Int, in database: Database
    ) throws(StoreError) -> (total: Int64, entries: [Entry]) {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return (0, []) }
        let wanted = state.map { SQLArgument.integer(number($0)) } ?? .null
        return try database.read(as: .host) { transaction throws(StoreError) in
            var count: Int64 = 0
            try transaction.execute(total, [wanted]) { row throws(StoreError) in
                count = row.integer(0)
                return false
            }
            var entries: [Entry] = []
            try transaction.execute(all, [wanted, .integer(Int64(limit))]) { row throws(StoreError) in
                entries.append(entry(row))
                return true
            }
            return (count, entries)
        }
    }

    /// How many jobs stand where.
    /// - Parameter since: Of those that have ended, only those that did so later count; milliseconds since 1970.
    public static func counts(since: Int64, in database: Database) throws(StoreError) -> Counts {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return Counts() }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var counts = Counts()
            try transaction.execute(
                """
                SELECT (SELECT count(*) FROM gantry_job WHERE state = 0),
                    (SELECT count(*) FROM gantry_job_done WHERE ended_ms > $1),
                    (SELECT count(*) FROM gantry_job WHERE state = 2 AND ended_ms > $1)
                """, [.integer(since)]
            ) { row throws(StoreError) in
                counts = Counts(queued: row.integer(0), completed: row.integer(1), failed: row.integer(2))
                return false
            }
            return counts
        }
    }

    /// Queues a job again that was given up, with one attempt more if all were spent.
    /// - Returns: The job as it stands now and whether it was queued; nil when there is none.
    public static func retry(
        _ id: UniqueIdentifier, in database: Database
    ) throws(StoreError) -> (entry: Entry, isQueued: Bool)? {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return nil }
        return try database.write(as: .host) { transaction throws(StoreError) in
            guard let found = try find(id, in: transaction) else { return nil }
            guard found.state == .failed else { return (found, false) }
            transaction.signal(.jobs)
            try transaction.execute(
                """
                UPDATE gantry_job SET state = 0, not_before_ms = 0, granted = MAX(granted, attempt + 1),
                    started_ms = NULL, ended_ms = NULL
                WHERE id = $1
                """, [.blob(id.bytes)])
            return try find(id, in: transaction).map { ($0, true) }
        }
    }

    /// A job; nil when there is none, or none any more.
    public static func find(_ id: UniqueIdentifier, in database: Database) throws(StoreError) -> Entry? {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return nil }
        return try database.read(as: .host) { transaction throws(StoreError) in try find(id, in: transaction) }
    }

    private static func find(
        _ id: UniqueIdentifier, in transaction: Transaction
    ) throws(StoreError) -> Entry? {
        var found: Entry?
        try transaction.execute(
            """
            SELECT id, name, state, attempt, granted, CASE WHEN state = 2 THEN last_error ELSE '' END, queued_ms,
                CASE WHEN state = 0 THEN NULL ELSE started_ms END, CASE WHEN state = 2 THEN ended_ms END
            FROM gantry_job WHERE id = $1
            UNION ALL
            SELECT id, name, 3, attempt, granted, '', queued_ms, started_ms, ended_ms
            FROM gantry_job_done WHERE id = $1
            """, [.blob(id.bytes)]
        ) { row throws(StoreError) in
            found = entry(row)
            return false
        }
        return found
    }

    private static func entry(_ row: borrowing Row) -> Entry {
        let states: [State] = [.queued, .running, .failed, .completed]
        return Entry(
            id: UniqueIdentifier(bytes: row.bytes(0)) ?? UniqueIdentifier(high: 0, low: 0), name: row.string(1),
            state: states[Int(min(max(row.integer(2), 0), 3))], attempts: UInt32(clamping: row.integer(3)),
            granted: UInt32(clamping: row.integer(4)), error: row.string(5), queuedMilliseconds: row.integer(6),
            startedMilliseconds: row.isNull(7) ? nil : row.integer(7),
            endedMilliseconds: row.isNull(8) ? nil : row.integer(8))
    }
}
