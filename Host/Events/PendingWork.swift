public import GantryStore

/// What a database would have to do by itself, for whoever decides when an instance that rests is woken.
public enum PendingWork {
    /// When something is due in the database: a job, a schedule, an event that was not delivered, or the next attempt
    /// of one. In milliseconds since 1970; a moment that has passed, also 0, means at once, nil that it may rest until
    /// something is written to it.
    ///
    /// Where there is no file none is made. What is due may grow with each commit and shrinks only by work that is
    /// done, so the answer is good until the next commit.
    ///
    /// - Parameter subscribers: those who are there to get events; nil for all. What others have missed waits until
    ///   they are there again, and nothing is due because of it.
    public static func nextDueMilliseconds(
        in database: Database, for subscribers: Set<String>? = nil
    ) throws(StoreError) -> Int64? {
        var times: [Int64] = []
        if try HostTables.exists(HostTables.jobs, in: database) {
            let store = JobStore(database: database)
            if try store.counts().running > 0 { return 0 }
            if let job = try store.nextDueMilliseconds() { times.append(job) }
            times += try ScheduleList.entries(in: database).map(\.dueMilliseconds)
        }
        if try HostTables.exists(HostTables.events, in: database) {
            times += try deliveries(in: database, for: subscribers)
        }
        if try HostTables.exists(HostTables.webhooks, in: database) {
            if let attempt = try webhookAttempt(in: database) { times.append(attempt) }
        }
        return times.min().map { max($0, 0) }
    }

    private static func webhookAttempt(in database: Database) throws(StoreError) -> Int64? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var next: Int64?
            try transaction.execute("SELECT min(not_before_ms) FROM gantry_webhook_delivery WHERE state = 0") {
                row throws(StoreError) in
                if !row.isNull(0) { next = row.integer(0) }
                return false
            }
            return next
        }
    }

    private static func deliveries(
        in database: Database, for subscribers: Set<String>?
    ) throws(StoreError) -> [Int64] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var times: [Int64] = []
            try transaction.execute(
                """
                SELECT name, 0 FROM gantry_subscriber s WHERE EXISTS (
                    SELECT 1 FROM gantry_outbox o
                    WHERE o.sequence > s.sequence AND instr(s.types, char(10) || o.type || char(10)) > 0)
                UNION ALL
                SELECT d.subscriber, min(d.not_before_ms) FROM gantry_delivery d
                WHERE d.state = 0 AND (d.key = '' OR NOT EXISTS (
                    SELECT 1 FROM gantry_delivery e
                    WHERE e.subscriber = d.subscriber AND e.key = d.key AND e.state = 0 AND e.sequence < d.sequence))
                GROUP BY d.subscriber
                """
            ) { row throws(StoreError) in
                if subscribers?.contains(row.string(0)) ?? true { times.append(row.integer(1)) }
                return true
            }
            return times
        }
    }
}
