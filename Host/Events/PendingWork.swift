public import GantryStore

/// What a database would have to do by itself, for whoever decides when an instance that rests is woken.
public enum PendingWork {
    /// When something is due in the database: a job, a schedule, an event that was not delivered, or the next attempt
    /// of one. In milliseconds since 1970; a moment that has passed, also 0, means at once, nil that it may rest until
    /// something is written to it.
    ///
    /// Where there is no file none is made. What is due may grow with each commit and shrinks only by work that is
    /// done, so the answer is good until the next commit.
    public static func nextDueMilliseconds(in database: Database) throws(StoreError) -> Int64? {
        var times: [Int64] = []
        if try HostTables.exists(HostTables.jobs, in: database) {
            let store = JobStore(database: database)
            if try store.counts().running > 0 { return 0 }
            if let job = try store.nextDueMilliseconds() { times.append(job) }
            times += try ScheduleList.entries(in: database).map(\.dueMilliseconds)
        }
        if try HostTables.exists(HostTables.events, in: database) { times += try deliveries(in: database) }
        return times.min()
    }

    private static func deliveries(in database: Database) throws(StoreError) -> [Int64] {
        try database.read(as: .host) { transaction throws(StoreError) in
            let isPending = try transaction.hasRow(
                """
                SELECT 1 FROM gantry_subscriber s JOIN gantry_outbox o ON o.sequence > s.sequence
                WHERE instr(s.types, char(10) || o.type || char(10)) > 0 LIMIT 1
                """, [])
            if isPending { return [0] }
            var times: [Int64] = []
            try transaction.execute(
                "SELECT min(not_before_ms) FROM gantry_delivery WHERE state = 0 AND (key = '' OR attempt > 0)"
            ) { row throws(StoreError) in
                if !row.isNull(0) { times.append(row.integer(0)) }
                return false
            }
            return times
        }
    }
}
