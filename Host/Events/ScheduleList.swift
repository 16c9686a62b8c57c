public import GantryStore

/// Looks at the schedules of a database, for operators.
public enum ScheduleList {
    /// A schedule that was installed.
    public struct Entry: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// The job that it queues.
        public let job: String
        /// When, in the words of the manifest.
        public let timing: String
        /// When it is due next, in milliseconds since 1970.
        public let dueMilliseconds: Int64
        /// When it last queued its job, in milliseconds since 1970; nil when it never did.
        public let lastQueuedMilliseconds: Int64?
        /// How many occurrences were left out: nobody was there at their time, or the run before was not over.
        public let missedCount: Int64
    }

    /// The schedules by name.
    public static func entries(in database: Database) throws(StoreError) -> [Entry] {
        guard try HostTables.exists(HostTables.jobs, in: database) else { return [] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            var entries: [Entry] = []
            try transaction.execute(
                """
                SELECT name, job, timing, due_ms, missed,
                    (SELECT max(queued_ms) FROM gantry_schedule_run r WHERE r.schedule = s.name)
                FROM gantry_schedule s ORDER BY name
                """
            ) { row throws(StoreError) in
                entries.append(
                    Entry(
                        name: row.string(0), job: row.string(1), timing: row.string(2), dueMilliseconds: row.integer(3),
                        lastQueuedMilliseconds: row.isNull(5) ? nil : row.integer(5), missedCount: row.integer(4)))
                return true
            }
            return entries
        }
    }
}
