public import GantryStore

/// Looks at the events of a publisher's database, for operators.
public enum EventLog {
    /// An event that was published.
    public struct Entry: Sendable, Equatable {
        /// Its place among all events of the publisher.
        public let sequence: Int64
        /// Its id.
        public let id: UniqueIdentifier
        /// Its type.
        public let type: String
        /// Its ordering key.
        public let key: String
        /// When it happened, in milliseconds since 1970.
        public let timeMilliseconds: Int64
    }

    /// A delivery that waits or was given up.
    public struct Delivery: Sendable, Equatable {
        /// Who should get the event.
        public let subscriber: String
        /// The event's place.
        public let sequence: Int64
        /// The event's id.
        public let id: UniqueIdentifier
        /// The event's type.
        public let type: String
        /// Attempts so far; 0 when it waits behind an earlier event of its key.
        public let attempt: UInt32
        /// When it is tried next, in milliseconds since 1970.
        public let notBeforeMilliseconds: Int64
        /// Whether it is a dead letter.
        public let isDead: Bool
        /// Why the last attempt failed.
        public let lastError: String
    }

    /// The latest events, the youngest first.
    public static func events(in database: Database, limit: Int = 100) throws(StoreError) -> [Entry] {
        try HostTables.list(from: "gantry_outbox", in: database) { transaction throws(StoreError) in
            var entries: [Entry] = []
            try transaction.execute(
                "SELECT sequence, id, type, key, time_ms FROM gantry_outbox ORDER BY sequence DESC LIMIT $1",
                [.integer(Int64(limit))]
            ) { row throws(StoreError) in
                let entry = Entry(
                    sequence: row.integer(0),
                    id: UniqueIdentifier(bytes: row.bytes(1)) ?? UniqueIdentifier(high: 0, low: 0),
                    type: row.string(2),
                    key: row.string(3),
                    timeMilliseconds: row.integer(4)
                )
                entries.append(entry)
                return true
            }
            return entries
        }
    }

    /// Deliveries that wait or were given up, in the order of their events.
    public static func deliveries(in database: Database, limit: Int = 100) throws(StoreError) -> [Delivery] {
        try HostTables.list(from: "gantry_outbox", in: database) { transaction throws(StoreError) in
            var deliveries: [Delivery] = []
            try transaction.execute(
                """
                SELECT d.subscriber, d.sequence, o.id, o.type, d.attempt, d.not_before_ms, d.state, d.last_error
                FROM gantry_delivery d JOIN gantry_outbox o ON o.sequence = d.sequence
                ORDER BY d.sequence, d.subscriber LIMIT $1
                """,
                [.integer(Int64(limit))]
            ) { row throws(StoreError) in
                let delivery = Delivery(
                    subscriber: row.string(0),
                    sequence: row.integer(1),
                    id: UniqueIdentifier(bytes: row.bytes(2)) ?? UniqueIdentifier(high: 0, low: 0),
                    type: row.string(3),
                    attempt: UInt32(row.integer(4)),
                    notBeforeMilliseconds: row.integer(5),
                    isDead: row.integer(6) == 1,
                    lastError: row.string(7)
                )
                deliveries.append(delivery)
                return true
            }
            return deliveries
        }
    }

    /// Tries a dead letter again, with all its attempts.
    /// - Returns: false when there is no such dead letter.
    public static func retry(
        subscriber: String,
        sequence: Int64,
        in database: Database
    ) throws(StoreError) -> Bool {
        try database.write(as: .host) { transaction throws(StoreError) in
            transaction.signal(.events)
            return try transaction.execute(
                """
                UPDATE gantry_delivery SET state = 0, attempt = 0, not_before_ms = 0
                WHERE subscriber = $1 AND sequence = $2 AND state = 1
                """,
                [.text(subscriber), .integer(sequence)]
            ) == 1
        }
    }

    /// Forgets a subscriber that will not come back, so that events no longer wait for it.
    public static func forget(subscriber: String, in database: Database) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("DELETE FROM gantry_subscriber WHERE name = $1", [.text(subscriber)])
            try transaction.execute("DELETE FROM gantry_delivery WHERE subscriber = $1", [.text(subscriber)])
        }
    }
}
