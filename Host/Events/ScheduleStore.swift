import GantryCore
import GantryStore

/// The schedules of one database: which occurrence each comes to next, and which have queued their job.
struct ScheduleStore: Sendable {
    /// An occurrence that is later than this counts as missed.
    private static let graceMilliseconds: Int64 = 300_000
    /// So many occurrences of a schedule are remembered. Only a clock that is set back by more could run one twice.
    private static let rememberedCount: Int64 = 1000

    let database: Database
    let schedules: [Schedule]
    /// Names tenant and module; it spreads the jitter.
    let place: String

    private struct Entry {
        var timing: String
        var occurrence: Int64
        var due: Int64
    }

    /// Notes the schedules that there are now. One that is new or has another timing begins with its next occurrence.
    func install(atMilliseconds now: Int64) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            let known = try entries(in: transaction)
            for name in known.keys where !schedules.contains(where: { $0.name == name }) {
                try transaction.execute("DELETE FROM gantry_schedule WHERE name = $1", [.text(name)])
            }
            for schedule in schedules {
                let timing = text(schedule)
                if known[schedule.name]?.timing == timing {
                    try transaction.execute(
                        "UPDATE gantry_schedule SET job = $2 WHERE name = $1",
                        [.text(schedule.name), .text(schedule.job)])
                } else {
                    let occurrence = try nextOccurrence(of: schedule, afterDue: now, in: transaction)
                    try transaction.execute(
                        """
                        INSERT INTO gantry_schedule(name, job, timing, occurrence_ms, due_ms, missed)
                        VALUES($1, $2, $3, $4, $5, 0)
                        ON CONFLICT(name) DO UPDATE SET job = $2, timing = $3, occurrence_ms = $4, due_ms = $5
                        """,
                        [
                            .text(schedule.name), .text(schedule.job), .text(timing), .integer(occurrence),
                            .integer(due(occurrence, of: schedule)),
                        ])
                }
            }
        }
    }

    /// Queues the jobs of all schedules that are due, each occurrence once, and moves on to the next occurrences. A
    /// clock that was set back is taken as it is: what comes next by it and has not run is next.
    /// - Returns: when to do so again; nil when there is no schedule.
    func queueDue(atMilliseconds now: Int64) throws(StoreError) -> Int64? {
        try database.write(as: .host) { transaction throws(StoreError) in
            let entries = try entries(in: transaction)
            var next: Int64?
            for schedule in schedules {
                guard let entry = entries[schedule.name] else { continue }
                var occurrence = entry.occurrence
                if entry.due <= now {
                    let latest = max(occurrence, schedule.timing.last(atOrBefore: now - offset(of: schedule)))
                    let isQueued = try queue(latest, of: schedule, atMilliseconds: now, in: transaction)
                    let missed = Self.missed(from: entry.occurrence, to: latest, of: schedule) + (isQueued ? 0 : 1)
                    try transaction.execute(
                        "UPDATE gantry_schedule SET missed = missed + $2 WHERE name = $1",
                        [.text(schedule.name), .integer(missed)])
                }
                if entry.due <= now || entry.due > schedule.nextDueMilliseconds(after: now, at: place) {
                    occurrence = try nextOccurrence(of: schedule, afterDue: now, in: transaction)
                    try transaction.execute(
                        "UPDATE gantry_schedule SET occurrence_ms = $2, due_ms = $3 WHERE name = $1",
                        [
                            .text(schedule.name), .integer(occurrence), .integer(due(occurrence, of: schedule)),
                        ])
                }
                next = min(next ?? .max, due(occurrence, of: schedule))
            }
            return next
        }
    }

    /// Queues the job of one occurrence, unless that was done, comes too late, or an earlier run is not over: then
    /// another one would only pile up behind it.
    /// - Returns: whether the occurrence has its job.
    private func queue(
        _ occurrence: Int64, of schedule: Schedule, atMilliseconds now: Int64, in transaction: Transaction
    ) throws(StoreError) -> Bool {
        if try hasRun(occurrence, schedule, in: transaction) { return true }
        if schedule.missed == .skip && now - due(occurrence, of: schedule) > Self.graceMilliseconds { return false }
        let key = "schedule/\(schedule.name)"
        if try isUnderWay(schedule.job, key: key, in: transaction) { return false }
        let id = UniqueIdentifier(atMilliseconds: now)
        try transaction.execute(
            "INSERT INTO gantry_schedule_run(schedule, occurrence_ms, job_id, queued_ms) VALUES($1, $2, $3, $4)",
            [.text(schedule.name), .integer(occurrence), .blob(id.bytes), .integer(now)])
        try JobQueue.enqueue(
            id, name: schedule.job, key: key, payload: schedule.payload, timeMilliseconds: now, in: transaction)
        try transaction.execute(
            """
            DELETE FROM gantry_schedule_run WHERE schedule = $1 AND occurrence_ms < (
                SELECT occurrence_ms FROM gantry_schedule_run WHERE schedule = $1
                ORDER BY occurrence_ms DESC LIMIT 1 OFFSET $2)
            """,
            [.text(schedule.name), .integer(Self.rememberedCount - 1)])
        return true
    }

    /// The first occurrence that is due after a time and has not run.
    private func nextOccurrence(
        of schedule: Schedule, afterDue now: Int64, in transaction: Transaction
    ) throws(StoreError) -> Int64 {
        var occurrence = schedule.timing.next(after: now - offset(of: schedule))
        while try hasRun(occurrence, schedule, in: transaction) { occurrence = schedule.timing.next(after: occurrence) }
        return occurrence
    }

    private func hasRun(
        _ occurrence: Int64, _ schedule: Schedule, in transaction: Transaction
    ) throws(StoreError) -> Bool {
        try transaction.hasRow(
            "SELECT 1 FROM gantry_schedule_run WHERE schedule = $1 AND occurrence_ms = $2",
            [.text(schedule.name), .integer(occurrence)])
    }

    private func isUnderWay(_ job: String, key: String, in transaction: Transaction) throws(StoreError) -> Bool {
        try transaction.hasRow(
            "SELECT 1 FROM gantry_job WHERE name = $1 AND key = $2 AND state < 2", [.text(job), .text(key)])
    }

    /// How many occurrences there are from one on before another; at most a thousand are counted.
    private static func missed(from first: Int64, to last: Int64, of schedule: Schedule) -> Int64 {
        var (count, occurrence): (Int64, Int64) = (0, first)
        while occurrence < last && count < 1000 {
            count += 1
            occurrence = schedule.timing.next(after: occurrence)
        }
        return count
    }

    private func entries(in transaction: Transaction) throws(StoreError) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        try transaction.execute("SELECT name, timing, occurrence_ms, due_ms FROM gantry_schedule") {
            row throws(StoreError) in
            entries[row.string(0)] = Entry(timing: row.string(1), occurrence: row.integer(2), due: row.integer(3))
            return true
        }
        return entries
    }

    private func offset(of schedule: Schedule) -> Int64 { schedule.offsetMilliseconds(at: place) }

    private func due(_ occurrence: Int64, of schedule: Schedule) -> Int64 {
        occurrence == .max ? occurrence : occurrence + offset(of: schedule)
    }

    private func text(_ schedule: Schedule) -> String {
        let jitter = schedule.jitterMilliseconds
        return jitter == 0
            ? "\(schedule.timing)"
            : "\(schedule.timing) + \(DurationText.text(milliseconds: jitter))"
    }
}

extension Transaction {
    /// Whether a query has a result.
    func hasRow(_ sql: StaticString, _ arguments: [SQLArgument]) throws(StoreError) -> Bool {
        var hasRow = false
        try execute(sql, arguments) { _ throws(StoreError) in
            hasRow = true
            return false
        }
        return hasRow
    }
}
