public import GantryStore

/// Looks at the jobs of a database, and changes what becomes of them; for operators.
public enum JobList {
    /// Where a job stands.
    public enum State: Int64, Sendable {
        /// It waits for its time or its turn.
        case waiting = 0
        /// It runs, or ran when the process ended.
        case running = 1
        /// It was given up.
        case failed = 2
    }

    /// A job.
    public struct Entry: Sendable, Equatable {
        /// Its place among all jobs of the database.
        public let sequence: Int64
        /// Its id.
        public let id: UniqueIdentifier
        /// Which of the module's jobs it is.
        public let name: String
        /// Its key.
        public let key: String
        /// Where it stands.
        public let state: State
        /// Attempts so far.
        public let attempt: UInt32
        /// When it was queued, in milliseconds since 1970.
        public let queuedMilliseconds: Int64
        /// When it may run next, in milliseconds since 1970.
        public let notBeforeMilliseconds: Int64
        /// Why the last attempt failed.
        public let lastError: String
    }

    /// Which jobs are wanted.
    public struct Filter: Sendable {
        /// Only those that stand there.
        public var state: State?
        /// Only those of this name.
        public var name: String?
        /// Only those that were queued after the one at this place.
        public var afterSequence: Int64 = 0

        /// All jobs.
        public init(state: State? = nil, name: String? = nil, afterSequence: Int64 = 0) {
            self.state = state
            self.name = name
            self.afterSequence = afterSequence
        }
    }

    /// What became of an operator's wish.
    public enum Change: Sendable, Equatable {
        /// It is done.
        case done
        /// There is no such job.
        case missing
        /// The job stands where this cannot be done.
        case refused(State)
    }

    /// Jobs that wait, run or were given up, in the order of their queueing.
    public static func entries(
        in database: Database, _ filter: Filter = Filter(), limit: Int = 100
    ) throws(StoreError) -> [Entry] {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return [] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var entries: [Entry] = []
            try transaction.execute(
                """
                SELECT sequence, id, name, key, state, attempt, queued_ms, not_before_ms, last_error FROM gantry_job
                WHERE sequence > $1 AND ($2 IS NULL OR state = $2) AND ($3 IS NULL OR name = $3)
                ORDER BY sequence LIMIT $4
                """,
                [
                    .integer(filter.afterSequence), filter.state.map { .integer($0.rawValue) } ?? .null,
                    filter.name.map { .text($0) } ?? .null, .integer(Int64(limit)),
                ]
            ) { row throws(StoreError) in
                entries.append(entry(row))
                return true
            }
            return entries
        }
    }

    /// A job with what it is to do; nil when there is none.
    public static func job(
        _ id: UniqueIdentifier, in database: Database
    ) throws(StoreError) -> (entry: Entry, payload: [UInt8])? {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return nil }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var job: (Entry, [UInt8])?
            try transaction.execute(
                """
                SELECT sequence, id, name, key, state, attempt, queued_ms, not_before_ms, last_error, payload
                FROM gantry_job WHERE id = $1
                """,
                [.blob(id.bytes)]
            ) { row throws(StoreError) in
                job = (entry(row), Array(row.bytes(9)))
                return false
            }
            return job
        }
    }

    /// Queues a job again that was given up, with all its attempts. One that waits for its next attempt runs at once.
    public static func retry(_ id: UniqueIdentifier, in database: Database) throws(StoreError) -> Change {
        try change(id, in: database, isPossible: { $0 != .running }) { transaction throws(StoreError) in
            transaction.signal(.jobs)
            try transaction.execute(
                "UPDATE gantry_job SET state = 0, attempt = 0, not_before_ms = 0 WHERE id = $1", [.blob(id.bytes)])
        }
    }

    /// Queues all jobs again that were given up, with all their attempts.
    /// - Parameter name: only those of this name; nil for all.
    /// - Returns: how many.
    public static func retryFailed(name: String?, in database: Database) throws(StoreError) -> Int {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return 0 }
        return try database.write(as: .host) { transaction throws(StoreError) in
            transaction.signal(.jobs)
            return try transaction.execute(
                """
                UPDATE gantry_job SET state = 0, attempt = 0, not_before_ms = 0
                WHERE state = 2 AND ($1 IS NULL OR name = $1)
                """,
                [name.map { .text($0) } ?? .null])
        }
    }

    /// Removes a job that waits or was given up. One that runs cannot be taken back.
    public static func cancel(_ id: UniqueIdentifier, in database: Database) throws(StoreError) -> Change {
        try change(id, in: database, isPossible: { $0 != .running }) { transaction throws(StoreError) in
            // The next one of its key may have its turn now.
            transaction.signal(.jobs)
            try transaction.execute("DELETE FROM gantry_job WHERE id = $1", [.blob(id.bytes)])
        }
    }

    private static func change(
        _ id: UniqueIdentifier, in database: Database, isPossible: (State) -> Bool,
        _ body: (Transaction) throws(StoreError) -> Void
    ) throws(StoreError) -> Change {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return .missing }
        return try database.write(as: .host) { transaction throws(StoreError) in
            var state: State?
            try transaction.execute("SELECT state FROM gantry_job WHERE id = $1", [.blob(id.bytes)]) {
                row throws(StoreError) in
                state = State(rawValue: row.integer(0)) ?? .failed
                return false
            }
            guard let state else { return .missing }
            guard isPossible(state) else { return .refused(state) }
            try body(transaction)
            return .done
        }
    }

    private static func entry(_ row: borrowing Row) -> Entry {
        Entry(
            sequence: row.integer(0),
            id: UniqueIdentifier(bytes: row.bytes(1)) ?? UniqueIdentifier(high: 0, low: 0),
            name: row.string(2),
            key: row.string(3),
            state: State(rawValue: row.integer(4)) ?? .failed,
            attempt: UInt32(row.integer(5)),
            queuedMilliseconds: row.integer(6),
            notBeforeMilliseconds: row.integer(7),
            lastError: row.string(8)
        )
    }
}
