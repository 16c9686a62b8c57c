public import GantryCore
public import GantryStore

/// An event that is about to be published. Its bytes are borrowed until `publish` returns.
public struct EventDraft {
    /// What subscribers dedupe by.
    public var id: UniqueIdentifier
    /// The event's type, UTF-8.
    public var type: UnsafeRawBufferPointer
    /// Events of one key are delivered in their order; empty when there is no order to keep.
    public var key: UnsafeRawBufferPointer
    /// The event's data, JSON.
    public var data: UnsafeRawBufferPointer
    /// When it happened, in milliseconds since 1970.
    public var timeMilliseconds: Int64
    /// The trace in which it happened.
    public var trace: TraceContext

    /// An event with all that it has.
    public init(
        id: UniqueIdentifier,
        type: UnsafeRawBufferPointer,
        key: UnsafeRawBufferPointer,
        data: UnsafeRawBufferPointer,
        timeMilliseconds: Int64,
        trace: TraceContext = TraceContext()
    ) {
        self.id = id
        self.type = type
        self.key = key
        self.data = data
        self.timeMilliseconds = timeMilliseconds
        self.trace = trace
    }
}

/// The events of one database that wait for their delivery.
public enum Outbox {
    /// Publishes an event with the transaction: it exists exactly when the transaction is committed.
    ///
    /// The database needs the tables of `HostTables.installEvents`.
    /// - Parameter webhooks: where it is sent besides its subscribers; other than `none` needs the tables of
    ///   `HostTables.installWebhooks`.
    public static func publish(
        _ draft: EventDraft, in transaction: Transaction, webhooks: WebhookAudience = .none
    ) throws(StoreError) {
        let sql: StaticString =
            "INSERT INTO gantry_outbox(id, type, key, data, time_ms, trace) VALUES($1, $2, $3, $4, $5, $6)"
        let text = UnsafeRawBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount)
        try draft.id.bytes.withBorrowed { id throws(StoreError) in
            try draft.trace.bytes.withBorrowed { trace throws(StoreError) in
                let values: [SQLValue] = [
                    .blob(id), .text(draft.type), .text(draft.key), .blob(draft.data),
                    .integer(draft.timeMilliseconds), trace.isEmpty ? .null : .blob(trace),
                ]
                try values.withUnsafeBufferPointer { values throws(StoreError) in
                    _ = try transaction.execute(text, values, privilege: .host, onRow: Transaction.ignoreRows)
                }
            }
        }
        try webhooks.record(draft, in: transaction)
        transaction.signal(.events)
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` for a body that throws a typed error.
    func withBorrowed<Result>(
        _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try withUnsafeBufferPointer { bytes throws(StoreError) in try body(UnsafeRawBufferPointer(bytes)) }
    }
}
