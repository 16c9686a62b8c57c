public import GantryStore

/// Delivers events again that a subscriber has got, or that were given up for it. They come with their old ids, so one
/// that dedupes by them does nothing twice; they keep their order with each other and with later events of their key.
public enum EventReplay {
    /// Which events are delivered again.
    public enum Selection: Sendable, Equatable {
        /// One.
        case event(UniqueIdentifier)
        /// All that happened from a time on and before another, in milliseconds since 1970.
        case time(Range<Int64>)
        /// All that were given up.
        case deadLetters
    }

    /// So many events are replayed at once.
    public static let maximumCount = 100_000

    /// Has events delivered again, with all their attempts. Types that the subscriber does not want are left out, and
    /// so is what it has not been tried with yet, since that will come anyway.
    /// - Parameters:
    ///   - type: only events of this type; nil for all.
    ///   - subscriber: who gets them; nil, with dead letters alone, for each the own ones.
    /// - Returns: how many deliveries are under way now.
    public static func replay(
        _ selection: Selection, type: String? = nil, to subscriber: String?, in database: Database
    ) throws(StoreError) -> Int {
        guard try HostTables.exists(HostTables.events, in: database) else { return 0 }
        // A time that has passed and that no other replay names: a delivery that is just under way leaves it as it is.
        let mark = -Int64.random(in: 1...1 << 52)
        return try database.write(as: .host) { transaction throws(StoreError) in
            transaction.signal(.events)
            let count =
                switch selection {
                case .deadLetters: try reviveDeadLetters(type, subscriber, mark, in: transaction)
                case .event(let id): try queue("o.id = $4", [.blob(id.bytes)], type, subscriber, mark, in: transaction)
                case .time(let range):
                    try queue(
                        "o.time_ms >= $4 AND o.time_ms < $5", [.integer(range.lowerBound), .integer(range.upperBound)],
                        type, subscriber, mark, in: transaction)
                }
            guard count <= maximumCount else {
                throw StoreError(.misuse, "These are more than \(maximumCount) events; choose a shorter time.")
            }
            return count
        }
    }

    private static func reviveDeadLetters(
        _ type: String?, _ subscriber: String?, _ mark: Int64, in transaction: Transaction
    ) throws(StoreError) -> Int {
        try transaction.execute(
            """
            UPDATE gantry_delivery SET state = 0, attempt = 0, not_before_ms = $3
            WHERE state = 1 AND ($1 IS NULL OR subscriber = $1) AND ($2 IS NULL OR EXISTS (
                SELECT 1 FROM gantry_outbox o WHERE o.sequence = gantry_delivery.sequence AND o.type = $2))
            """,
            [subscriber.map { .text($0) } ?? .null, type.map { .text($0) } ?? .null, .integer(mark)])
    }

    /// - Parameter condition: on the event, with placeholders from `$4` on.
    private static func queue(
        _ condition: String, _ arguments: [SQLArgument], _ type: String?, _ subscriber: String?,
        _ mark: Int64, in transaction: Transaction
    ) throws(StoreError) -> Int {
        try transaction.execute(
            text: """
                INSERT INTO gantry_delivery(subscriber, sequence, key, attempt, not_before_ms, state, last_error)
                SELECT s.name, o.sequence, o.key, 0, $3, 0, '' FROM gantry_outbox o JOIN gantry_subscriber s
                ON o.sequence <= s.sequence AND instr(s.types, char(10) || o.type || char(10)) > 0
                WHERE s.name = $1 AND ($2 IS NULL OR o.type = $2) AND \(condition)
                ORDER BY o.sequence LIMIT \(maximumCount + 1)
                ON CONFLICT(subscriber, sequence) DO UPDATE SET attempt = 0, not_before_ms = $3, state = 0
                """,
            [subscriber.map { .text($0) } ?? .null, type.map { .text($0) } ?? .null, .integer(mark)] + arguments)
    }
}
