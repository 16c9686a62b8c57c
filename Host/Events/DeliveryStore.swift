import GantryCore
import GantryStore

/// What the publisher's database knows about one subscriber's deliveries.
struct DeliveryStore: Sendable {
    /// An attempt's result, as it is written down.
    struct Record: Sendable {
        enum Change: Sendable {
            /// Delivered at once: nothing is kept.
            case nothing
            /// Delivered after a retry: the row goes.
            case remove
            /// It waits for another attempt, or behind an earlier event of its key.
            case wait(attempt: UInt32, notBeforeMilliseconds: Int64, reason: String)
            case giveUp(attempt: UInt32, reason: String)
        }

        let sequence: Int64
        let key: String
        let change: Change
        /// What `Item.mark` says; when the row says something else by now, it was replayed meanwhile and stays.
        let mark: Int64?
    }

    /// Events to deliver next.
    struct Batch: Sendable {
        var events: [Item] = []
        /// How far the outbox was looked through; nil for retries.
        var scannedThrough: Int64?
    }

    struct Item: Sendable {
        let event: EventDelivery
        /// Whether an earlier event of its key waits.
        let isHeld: Bool
        /// The time that its row waits for, which every replay changes; nil when it has no row.
        var mark: Int64?
    }

    /// Why an attempt failed whose end is not known.
    static let cutOff = "The delivery was cut off by the end of the process."
    static let batchSize = 64
    private static let scanSize: Int64 = 512

    let database: Database
    let publisher: String
    let subscriber: String
    let types: Set<String>

    /// The types as the table holds them: each between two line feeds.
    private var typeList: String { types.sorted().reduce("\n") { "\($0)\($1)\n" } }

    /// Notes the subscriber, from the next event on, unless it is known.
    /// - Returns: the sequence up to which it has got everything, and that of the last event.
    func register() throws(StoreError) -> (sequence: Int64, last: Int64) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO gantry_subscriber(name, sequence, types)
                SELECT $1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'gantry_outbox'), 0), $2
                WHERE true ON CONFLICT(name) DO UPDATE SET types = $2
                """,
                [.text(subscriber), .text(typeList)]
            )
            var position: (Int64, Int64) = (0, 0)
            try transaction.execute(
                """
                SELECT sequence, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'gantry_outbox'), 0)
                FROM gantry_subscriber WHERE name = $1
                """,
                [.text(subscriber)]
            ) { row throws(StoreError) in
                position = (row.integer(0), row.integer(1))
                return false
            }
            return position
        }
    }

    /// Retries that are due, in their order. Behind a retry that is not due the later ones of its key wait.
    func dueRetries(atMilliseconds now: Int64) throws(StoreError) -> Batch {
        try database.read(as: .host) { transaction throws(StoreError) in
            var batch = Batch()
            try transaction.execute(
                """
                SELECT o.sequence, o.id, o.type, o.key, o.data, o.time_ms, o.trace, d.attempt, d.not_before_ms
                FROM gantry_delivery d JOIN gantry_outbox o ON o.sequence = d.sequence
                WHERE d.subscriber = $1 AND d.state = 0 AND d.not_before_ms <= $2 AND (d.key = '' OR NOT EXISTS (
                    SELECT 1 FROM gantry_delivery e
                    WHERE e.subscriber = d.subscriber AND e.key = d.key AND e.state = 0
                        AND e.sequence < d.sequence AND e.not_before_ms > $2))
                ORDER BY d.sequence LIMIT $3
                """,
                [.text(subscriber), .integer(now), .integer(Int64(Self.batchSize))]
            ) { row throws(StoreError) in
                let event = EventDelivery(row, publisher: publisher, attempt: UInt32(row.integer(7)) + 1)
                batch.events.append(Item(event: event, isHeld: false, mark: row.integer(8)))
                return true
            }
            return batch
        }
    }

    /// Events after a sequence, in their order.
    func newEvents(after sequence: Int64) throws(StoreError) -> Batch {
        try database.read(as: .host) { transaction throws(StoreError) in
            var batch = Batch(scannedThrough: sequence)
            try transaction.execute(
                """
                SELECT o.sequence, o.id, o.type, o.key, o.data, o.time_ms, o.trace,
                    o.key <> '' AND EXISTS (
                        SELECT 1 FROM gantry_delivery e
                        WHERE e.subscriber = $1 AND e.key = o.key AND e.state = 0)
                FROM gantry_outbox o WHERE o.sequence > $2 ORDER BY o.sequence LIMIT $3
                """,
                [.text(subscriber), .integer(sequence), .integer(Self.scanSize)]
            ) { row throws(StoreError) in
                batch.scannedThrough = row.integer(0)
                guard types.contains(row.string(2)) else { return true }
                let event = EventDelivery(row, publisher: publisher, attempt: 1)
                batch.events.append(Item(event: event, isHeld: row.integer(7) != 0, mark: nil))
                return batch.events.count < Self.batchSize
            }
            return batch
        }
    }

    /// When the next retry is due, in milliseconds since 1970; nil when none waits.
    func nextRetryMilliseconds() throws(StoreError) -> Int64? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var next: Int64?
            try transaction.execute(
                """
                SELECT min(d.not_before_ms) FROM gantry_delivery d
                WHERE d.subscriber = $1 AND d.state = 0 AND (d.key = '' OR NOT EXISTS (
                    SELECT 1 FROM gantry_delivery e
                    WHERE e.subscriber = d.subscriber AND e.key = d.key AND e.state = 0 AND e.sequence < d.sequence))
                """,
                [.text(subscriber)]
            ) { row throws(StoreError) in
                if !row.isNull(0) { next = row.integer(0) }
                return false
            }
            return next
        }
    }

    /// How many deliveries wait, and how many were given up.
    func counts() throws(StoreError) -> DeliveryCounts {
        try database.read(as: .host) { transaction throws(StoreError) in
            var counts = DeliveryCounts()
            try transaction.execute(
                """
                SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1)
                FROM gantry_delivery WHERE subscriber = $1
                """,
                [.text(subscriber)]
            ) { row throws(StoreError) in
                counts = DeliveryCounts(waiting: row.integer(0), dead: row.integer(1))
                return false
            }
            return counts
        }
    }

    /// Writes down what became of a batch.
    func save(_ records: [Record], through sequence: Int64?) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            for record in records { try save(record, in: transaction) }
            guard let sequence else { return }
            // Never backwards: a dispatcher that was stopped late must not undo what its successor has got to.
            try transaction.execute(
                "UPDATE gantry_subscriber SET sequence = max(sequence, $2) WHERE name = $1",
                [.text(subscriber), .integer(sequence)]
            )
        }
    }

    private func save(_ record: Record, in transaction: Transaction) throws(StoreError) {
        let (attempt, notBefore, state, reason): (UInt32, Int64, Int64, String)
        switch record.change {
        case .nothing:
            return
        case .remove:
            try transaction.execute(
                "DELETE FROM gantry_delivery WHERE subscriber = $1 AND sequence = $2 AND not_before_ms = $3",
                [.text(subscriber), .integer(record.sequence), .integer(record.mark ?? 0)]
            )
            return
        case .wait(let number, let milliseconds, let text):
            (attempt, notBefore, state, reason) = (number, milliseconds, 0, text.shortened)
        case .giveUp(let number, let text):
            (attempt, notBefore, state, reason) = (number, 0, 1, text.shortened)
        }
        try transaction.execute(
            """
            INSERT INTO gantry_delivery(subscriber, sequence, key, attempt, not_before_ms, state, last_error)
            VALUES($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT(subscriber, sequence) DO UPDATE SET
                attempt = $4, not_before_ms = $5, state = $6, last_error = $7
                WHERE $8 IS NULL OR not_before_ms = $8
            """,
            [
                .text(subscriber), .integer(record.sequence), .text(record.key), .integer(Int64(attempt)),
                .integer(notBefore), .integer(state), .text(reason), record.mark.map { .integer($0) } ?? .null,
            ]
        )
    }
}

/// How many deliveries of a subscriber are not done.
public struct DeliveryCounts: Sendable, Equatable {
    /// Those that wait for another attempt, or behind one that does.
    public var waiting: Int64 = 0
    /// Those that were given up.
    public var dead: Int64 = 0

    /// So many of each.
    public init(waiting: Int64 = 0, dead: Int64 = 0) {
        self.waiting = waiting
        self.dead = dead
    }
}

extension String {
    /// At most 1000 characters: a module's words about a failure are kept for each delivery and job.
    var shortened: String { String(prefix(1000)) }
}
