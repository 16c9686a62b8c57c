import GantryCore
import GantryStore

/// The jobs' table, as the runner uses it.
struct JobStore: Sendable {
    let database: Database
    /// For how long jobs that ended well are remembered, in milliseconds; nil for not at all.
    var historyMilliseconds: Int64?

    /// Queues jobs again whose run was cut off, and gives those up that had their last attempt.
    /// - Parameters:
    ///   - reason: What cut them off.
    ///   - isCutOff: Says by its sequence whether a job that is noted to run does not run any more.
    func recover(
        because reason: StaticString = "The run was cut off by the end of the process.",
        where isCutOff: (Int64) -> Bool = { _ in true }, _ policy: (String) -> RetryPolicy
    ) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            var jobs: [(sequence: Int64, name: String)] = []
            try transaction.execute("SELECT sequence, name FROM gantry_job WHERE state = 1") { row throws(StoreError) in
                jobs.append((row.integer(0), row.string(1)))
                return true
            }
            for job in jobs where isCutOff(job.sequence) {
                try transaction.execute(
                    """
                    UPDATE gantry_job
                    SET state = CASE WHEN attempt >= MAX($1, granted) THEN 2 ELSE 0 END, last_error = $3
                    WHERE sequence = $2
                    """,
                    [
                        .integer(Int64(policy(job.name).maximumAttempts)), .integer(job.sequence),
                        .text("\(reason)"),
                    ]
                )
            }
            transaction.signal([.jobs])
        }
    }

    /// Lets whoever runs the database's jobs now look again.
    func announce() throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in transaction.signal([.jobs]) }
    }

    /// How many jobs stand where.
    func counts() throws(StoreError) -> JobCounts {
        try database.read(as: .host) { transaction throws(StoreError) in
            var counts = JobCounts()
            try transaction.execute("SELECT state, count(*) FROM gantry_job GROUP BY state") { row throws(StoreError) in
                switch JobList.State(rawValue: row.integer(0)) {
                case .waiting: counts.waiting = row.integer(1)
                case .running: counts.running = row.integer(1)
                case .failed, nil: counts.failed = row.integer(1)
                }
                return true
            }
            return counts
        }
    }

    /// Takes jobs that are due and have no earlier one of their name and key before them. From now on they run: also
    /// if the process ends now, the attempt counts.
    func claim(limit: Int, atMilliseconds now: Int64) throws(StoreError) -> [JobRun] {
        try database.write(as: .host) { transaction throws(StoreError) in
            var jobs: [JobRun] = []
            try transaction.execute(
                """
                SELECT j.sequence, j.id, j.name, j.key, j.payload, j.trace, j.attempt, j.granted FROM gantry_job j
                WHERE j.state = 0 AND j.not_before_ms <= $1 AND (j.key = '' OR NOT EXISTS (
                    SELECT 1 FROM gantry_job e
                    WHERE e.name = j.name AND e.key = j.key AND e.sequence < j.sequence AND e.state < 2))
                ORDER BY j.not_before_ms, j.sequence LIMIT $2
                """,
                [.integer(now), .integer(Int64(limit))]
            ) { row throws(StoreError) in
                let job = JobRun(
                    sequence: row.integer(0),
                    id: UniqueIdentifier(bytes: row.bytes(1)) ?? UniqueIdentifier(high: 0, low: 0),
                    name: row.string(2),
                    key: row.string(3),
                    payload: Array(row.bytes(4)),
                    trace: TraceContext(bytes: row.bytes(5)),
                    attempt: UInt32(row.integer(6)) + 1,
                    granted: UInt32(row.integer(7))
                )
                jobs.append(job)
                return true
            }
            for job in jobs {
                try transaction.execute(
                    """
                    UPDATE gantry_job SET state = 1, attempt = $2, started_ms = $3, ended_ms = NULL
                    WHERE sequence = $1
                    """,
                    [.integer(job.sequence), .integer(Int64(job.attempt)), .integer(now)]
                )
            }
            return jobs
        }
    }

    /// When the next job that has its turn is due, in milliseconds since 1970; nil when there is none.
    func nextDueMilliseconds() throws(StoreError) -> Int64? {
        try database.read(as: .host) { transaction throws(StoreError) in
            var next: Int64?
            try transaction.execute(
                """
                SELECT j.not_before_ms FROM gantry_job j
                WHERE j.state = 0 AND (j.key = '' OR NOT EXISTS (
                    SELECT 1 FROM gantry_job e
                    WHERE e.name = j.name AND e.key = j.key AND e.sequence < j.sequence AND e.state < 2))
                ORDER BY j.not_before_ms, j.sequence LIMIT 1
                """
            ) { row throws(StoreError) in
                next = row.integer(0)
                return false
            }
            return next
        }
    }

    /// A job is done and gone.
    func remove(_ job: JobRun, atMilliseconds now: Int64) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            if let historyMilliseconds {
                try transaction.execute(
                    """
                    INSERT INTO gantry_job_done (sequence, id, name, queued_ms, started_ms, ended_ms, attempt, granted)
                    SELECT sequence, id, name, queued_ms, started_ms, $3, attempt, granted FROM gantry_job
                    WHERE sequence = $1 AND attempt = $2
                    """, [.integer(job.sequence), .integer(Int64(job.attempt)), .integer(now)])
                try transaction.execute(
                    "DELETE FROM gantry_job_done WHERE ended_ms < $1", [.integer(now - historyMilliseconds)])
            }
            // A run that was given up for lost says nothing of the one that took its place.
            try transaction.execute(
                "DELETE FROM gantry_job WHERE sequence = $1 AND attempt = $2",
                [.integer(job.sequence), .integer(Int64(job.attempt))])
        }
    }

    /// A job is to run again later.
    func postpone(_ job: JobRun, untilMilliseconds time: Int64, reason: String) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                UPDATE gantry_job SET state = 0, not_before_ms = $2, last_error = $3
                WHERE sequence = $1 AND attempt = $4 AND state = 1
                """,
                [
                    .integer(job.sequence), .integer(time), .text(reason.shortened), .integer(Int64(job.attempt)),
                ]
            )
        }
    }

    /// A job is given up.
    func giveUp(_ job: JobRun, reason: String, atMilliseconds now: Int64) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                UPDATE gantry_job SET state = 2, last_error = $2, ended_ms = $4
                WHERE sequence = $1 AND attempt = $3 AND state = 1
                """,
                [
                    .integer(job.sequence), .text(reason.shortened), .integer(Int64(job.attempt)), .integer(now),
                ]
            )
        }
    }
}

/// How many jobs of a database stand where.
public struct JobCounts: Sendable, Equatable {
    /// Those that wait for their time or their turn.
    public var waiting: Int64 = 0
    /// Those that run.
    public var running: Int64 = 0
    /// Those that were given up.
    public var failed: Int64 = 0

    /// So many of each.
    public init(waiting: Int64 = 0, running: Int64 = 0, failed: Int64 = 0) {
        self.waiting = waiting
        self.running = running
        self.failed = failed
    }
}
