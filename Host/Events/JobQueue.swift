public import GantryStore

/// A job that is about to be queued. Its bytes are borrowed until `enqueue` returns.
public struct JobDraft {
    /// What the job is known by.
    public var id: UniqueIdentifier
    /// Which of the module's jobs it is, UTF-8.
    public var name: UnsafeRawBufferPointer
    /// Jobs of one name and key run one after the other; empty when there is no order to keep.
    public var key: UnsafeRawBufferPointer
    /// What the job is to do, JSON.
    public var payload: UnsafeRawBufferPointer
    /// When it was queued, in milliseconds since 1970.
    public var timeMilliseconds: Int64
    /// When it may run first, in milliseconds since 1970; 0 for at once.
    public var notBeforeMilliseconds: Int64
    /// The trace in which it was queued.
    public var trace: TraceContext?

    /// A job with all that it has.
    public init(
        id: UniqueIdentifier,
        name: UnsafeRawBufferPointer,
        key: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer,
        timeMilliseconds: Int64,
        notBeforeMilliseconds: Int64 = 0,
        trace: TraceContext? = nil
    ) {
        self.id = id
        self.name = name
        self.key = key
        self.payload = payload
        self.timeMilliseconds = timeMilliseconds
        self.notBeforeMilliseconds = notBeforeMilliseconds
        self.trace = trace
    }
}

/// The jobs of one database.
public enum JobQueue {
    /// Where a job stands.
    public enum State: Int64, Sendable {
        /// It waits for its turn.
        case waiting = 0
        /// It runs, or ran when the process ended.
        case running = 1
        /// It was given up.
        case failed = 2
    }

    /// A job, for operators.
    public struct Entry: Sendable, Equatable {
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

    /// Queues a job with the transaction: it exists exactly when the transaction is committed.
    ///
    /// The database needs the table of `HostTables.installJobs`.
    public static func enqueue(_ draft: JobDraft, in transaction: Transaction) throws(StoreError) {
        let sql: StaticString = """
            INSERT INTO gantry_job(id, name, key, payload, trace, queued_ms, not_before_ms, attempt, state, last_error)
            VALUES($1, $2, $3, $4, $5, $6, $7, 0, 0, '')
            """
        let text = UnsafeRawBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount)
        try draft.id.bytes.withBorrowed { id throws(StoreError) in
            try (draft.trace?.bytes ?? []).withBorrowed { trace throws(StoreError) in
                let values: [SQLValue] = [
                    .blob(id), .text(draft.name), .text(draft.key), .blob(draft.payload),
                    trace.isEmpty ? .null : .blob(trace), .integer(draft.timeMilliseconds),
                    .integer(draft.notBeforeMilliseconds),
                ]
                try values.withUnsafeBufferPointer { values throws(StoreError) in
                    _ = try transaction.execute(text, values, privilege: .host, onRow: Transaction.ignoreRows)
                }
            }
        }
        transaction.signal(.jobs)
    }

    /// Jobs that wait, run or were given up, in the order of their queueing.
    /// - Parameter state: only those that stand there; nil for all.
    public static func list(
        in database: Database,
        state: State? = nil,
        limit: Int = 100
    ) throws(StoreError) -> [Entry] {
        try HostTables.list(from: "gantry_job", in: database) { transaction throws(StoreError) in
            var entries: [Entry] = []
            try transaction.execute(
                """
                SELECT id, name, key, state, attempt, queued_ms, not_before_ms, last_error FROM gantry_job
                WHERE $1 IS NULL OR state = $1 ORDER BY sequence LIMIT $2
                """,
                [state.map { .integer($0.rawValue) } ?? .null, .integer(Int64(limit))]
            ) { row throws(StoreError) in
                let entry = Entry(
                    id: UniqueIdentifier(bytes: row.bytes(0)) ?? UniqueIdentifier(high: 0, low: 0),
                    name: row.string(1),
                    key: row.string(2),
                    state: State(rawValue: row.integer(3)) ?? .failed,
                    attempt: UInt32(row.integer(4)),
                    queuedMilliseconds: row.integer(5),
                    notBeforeMilliseconds: row.integer(6),
                    lastError: row.string(7)
                )
                entries.append(entry)
                return true
            }
            return entries
        }
    }

    /// Queues a job again that was given up, with all its attempts.
    /// - Returns: false when there is no such job.
    public static func retry(_ id: UniqueIdentifier, in database: Database) throws(StoreError) -> Bool {
        try database.write(as: .host) { transaction throws(StoreError) in
            transaction.signal(.jobs)
            return try transaction.execute(
                "UPDATE gantry_job SET state = 0, attempt = 0, not_before_ms = 0 WHERE id = $1 AND state = 2",
                [.blob(id.bytes)]
            ) == 1
        }
    }
}
