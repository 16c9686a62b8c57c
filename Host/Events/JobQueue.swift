public import GantryCore
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
    public var trace: TraceContext

    /// A job with all that it has.
    public init(
        id: UniqueIdentifier,
        name: UnsafeRawBufferPointer,
        key: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer,
        timeMilliseconds: Int64,
        notBeforeMilliseconds: Int64 = 0,
        trace: TraceContext = TraceContext()
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
            try draft.trace.bytes.withBorrowed { trace throws(StoreError) in
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

    /// `enqueue` for the host's own jobs.
    static func enqueue(
        _ id: UniqueIdentifier, name: String, key: String, payload: String, timeMilliseconds: Int64,
        in transaction: Transaction
    ) throws(StoreError) {
        try Array(name.utf8).withBorrowed { name throws(StoreError) in
            try Array(key.utf8).withBorrowed { key throws(StoreError) in
                try Array(payload.utf8).withBorrowed { payload throws(StoreError) in
                    let draft = JobDraft(
                        id: id, name: name, key: key, payload: payload, timeMilliseconds: timeMilliseconds)
                    try enqueue(draft, in: transaction)
                }
            }
        }
    }
}
