public import GantryStore

/// Removes events and deliveries that are of no more use.
public enum EventPurge {
    /// So many events are removed by one transaction.
    static let partSize = 10_000

    /// Removes events that happened before a time and that every subscriber has got. Dead letters and events that wait
    /// stay.
    /// - Parameter milliseconds: since 1970.
    /// - Returns: how many.
    public static func removeDelivered(before milliseconds: Int64, in database: Database) throws(StoreError) -> Int {
        guard try HostTables.exists(HostTables.events, in: database) else { return 0 }
        var total = 0
        while true {
            let count = try remove(before: milliseconds, in: database)
            total += count
            if count < partSize { return total }
        }
    }

    /// - Returns: whether there may be more to remove.
    static func removePart(before milliseconds: Int64, in database: Database) throws(StoreError) -> Bool {
        // Looked at first, since a write costs a sync also when there is nothing to remove.
        let isNeeded = try database.read(as: .host) { transaction throws(StoreError) in
            try transaction.hasRow(
                "SELECT 1 WHERE (SELECT time_ms FROM gantry_outbox ORDER BY sequence LIMIT 1) < $1",
                [.integer(milliseconds)])
        }
        guard isNeeded else { return false }
        return try remove(before: milliseconds, in: database) == partSize
    }

    /// Events lie in the order of their time but for changes of the clock, so the search ends at the first young one.
    private static func remove(before milliseconds: Int64, in database: Database) throws(StoreError) -> Int {
        let besides =
            try HostTables.exists(HostTables.webhooks, in: database)
            ? """
            AND NOT EXISTS (SELECT 1 FROM gantry_webhook_delivery w WHERE w.sequence = o.sequence AND w.state = 0)
            """ : ""
        return try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                text: """
                    DELETE FROM gantry_outbox WHERE sequence IN (
                        SELECT sequence FROM gantry_outbox o
                        WHERE sequence < coalesce(
                                (SELECT sequence FROM gantry_outbox WHERE time_ms >= $1 ORDER BY sequence LIMIT 1),
                                9223372036854775807)
                            AND sequence <= coalesce((SELECT min(sequence) FROM gantry_subscriber), 9223372036854775807)
                            AND NOT EXISTS (SELECT 1 FROM gantry_delivery d WHERE d.sequence = o.sequence)
                            \(besides)
                        ORDER BY sequence LIMIT $2)
                    """,
                [.integer(milliseconds), .integer(Int64(partSize))]
            )
        }
    }

    /// Removes dead letters.
    /// - Parameter subscriber: whose; nil for all.
    /// - Returns: how many.
    public static func removeDeadLetters(of subscriber: String?, in database: Database) throws(StoreError) -> Int {
        guard try HostTables.exists(HostTables.events, in: database) else { return 0 }
        return try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM gantry_delivery WHERE state = 1 AND ($1 IS NULL OR subscriber = $1)",
                [subscriber.map { .text($0) } ?? .null]
            )
        }
    }

    /// Forgets a subscriber that will not come back, so that events no longer wait for it.
    /// - Returns: false when there is no such subscriber.
    public static func forget(subscriber: String, in database: Database) throws(StoreError) -> Bool {
        guard try HostTables.exists(HostTables.events, in: database) else { return false }
        return try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("DELETE FROM gantry_delivery WHERE subscriber = $1", [.text(subscriber)])
            return try transaction.execute(
                "DELETE FROM gantry_subscriber WHERE name = $1", [.text(subscriber)]) == 1
        }
    }
}
