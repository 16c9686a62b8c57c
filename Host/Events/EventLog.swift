public import GantryStore

/// Looks at the events of a publisher's database, for operators.
public enum EventLog {
    /// How far an event has come.
    public enum State: Int64, Sendable {
        /// Everybody who wants it has got it.
        case delivered = 0
        /// Somebody who wants it has not been tried yet.
        case pending = 1
        /// Somebody waits for another attempt, or for one of an earlier event of the same key.
        case retrying = 2
        /// For somebody it was given up.
        case dead = 3
    }

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
        /// How far it has come.
        public let state: State
    }

    /// Which events are wanted.
    public struct Filter: Sendable {
        /// Only those that have come so far.
        public var state: State?
        /// Only those of this type.
        public var type: String?
        /// Only those that were published before the one at this place.
        public var beforeSequence: Int64 = .max

        /// All events.
        public init(state: State? = nil, type: String? = nil, beforeSequence: Int64 = .max) {
            self.state = state
            self.type = type
            self.beforeSequence = beforeSequence
        }
    }

    /// A delivery that waits or was given up.
    public struct Delivery: Sendable, Equatable {
        /// Who should get the event.
        public let subscriber: String
        /// The event's place.
        public let sequence: Int64
        /// Attempts so far; 0 when it waits behind an earlier event of its key, or for a replay.
        public let attempt: UInt32
        /// When it is tried next, in milliseconds since 1970.
        public let notBeforeMilliseconds: Int64
        /// Whether it is a dead letter.
        public let isDead: Bool
        /// Why the last attempt failed.
        public let lastError: String
    }

    /// Somebody who gets events of the publisher.
    public struct Subscriber: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// The types that it wants.
        public let types: [String]
        /// All events up to here are delivered to it, or wait, or were given up.
        public let sequence: Int64
    }

    /// Events, the youngest first.
    public static func entries(
        in database: Database, _ filter: Filter = Filter(), limit: Int = 100
    ) throws(StoreError) -> [Entry] {
        guard try HostTables.exists(HostTables.events, in: database) else { return [] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var entries: [Entry] = []
            try transaction.execute(
                """
                SELECT * FROM (
                    SELECT sequence, id, type, key, time_ms, CASE
                        WHEN EXISTS (SELECT 1 FROM gantry_delivery d WHERE d.sequence = o.sequence AND d.state = 1)
                        THEN 3
                        WHEN EXISTS (SELECT 1 FROM gantry_delivery d WHERE d.sequence = o.sequence) THEN 2
                        WHEN EXISTS (
                            SELECT 1 FROM gantry_subscriber s WHERE s.sequence < o.sequence
                                AND instr(s.types, char(10) || o.type || char(10)) > 0) THEN 1
                        ELSE 0 END AS state
                    FROM gantry_outbox o WHERE sequence < $1 AND ($2 IS NULL OR type = $2))
                WHERE $3 IS NULL OR state = $3 ORDER BY sequence DESC LIMIT $4
                """,
                [
                    .integer(filter.beforeSequence), filter.type.map { .text($0) } ?? .null,
                    filter.state.map { .integer($0.rawValue) } ?? .null, .integer(Int64(limit)),
                ]
            ) { row throws(StoreError) in
                entries.append(
                    Entry(
                        sequence: row.integer(0),
                        id: UniqueIdentifier(bytes: row.bytes(1)) ?? UniqueIdentifier(high: 0, low: 0),
                        type: row.string(2),
                        key: row.string(3),
                        timeMilliseconds: row.integer(4),
                        state: State(rawValue: row.integer(5)) ?? .pending
                    ))
                return true
            }
            return entries
        }
    }

    /// An event with its data; nil when there is none.
    public static func event(
        _ id: UniqueIdentifier, in database: Database
    ) throws(StoreError) -> (entry: Entry, data: [UInt8])? {
        guard try HostTables.exists(HostTables.events, in: database) else { return nil }
        let found = try database.read(as: .host) { transaction throws(StoreError) in
            var found: (sequence: Int64, data: [UInt8])?
            try transaction.execute("SELECT sequence, data FROM gantry_outbox WHERE id = $1", [.blob(id.bytes)]) {
                row throws(StoreError) in
                found = (row.integer(0), Array(row.bytes(1)))
                return false
            }
            return found
        }
        guard let found else { return nil }
        let filter = Filter(beforeSequence: found.sequence + 1)
        // Nil when it was removed in this moment.
        guard let entry = try entries(in: database, filter, limit: 1).first, entry.id == id else { return nil }
        return (entry, found.data)
    }

    /// Deliveries that wait or were given up, in the order of their events.
    /// - Parameter sequence: only those of the event at this place; nil for all.
    public static func deliveries(
        in database: Database, of sequence: Int64? = nil, limit: Int = 100
    ) throws(StoreError) -> [Delivery] {
        guard try HostTables.exists(HostTables.events, in: database) else { return [] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var deliveries: [Delivery] = []
            try transaction.execute(
                """
                SELECT subscriber, sequence, attempt, not_before_ms, state, last_error FROM gantry_delivery
                WHERE $1 IS NULL OR sequence = $1 ORDER BY sequence, subscriber LIMIT $2
                """,
                [sequence.map { .integer($0) } ?? .null, .integer(Int64(limit))]
            ) { row throws(StoreError) in
                deliveries.append(
                    Delivery(
                        subscriber: row.string(0),
                        sequence: row.integer(1),
                        attempt: UInt32(row.integer(2)),
                        notBeforeMilliseconds: row.integer(3),
                        isDead: row.integer(4) == 1,
                        lastError: row.string(5)
                    ))
                return true
            }
            return deliveries
        }
    }

    /// Those who get events of the publisher, by name.
    public static func subscribers(in database: Database) throws(StoreError) -> [Subscriber] {
        guard try HostTables.exists(HostTables.events, in: database) else { return [] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var subscribers: [Subscriber] = []
            try transaction.execute("SELECT name, types, sequence FROM gantry_subscriber ORDER BY name") {
                row throws(StoreError) in
                let types = row.string(1).split(separator: "\n").map { String($0) }
                subscribers.append(Subscriber(name: row.string(0), types: types, sequence: row.integer(2)))
                return true
            }
            return subscribers
        }
    }
}
