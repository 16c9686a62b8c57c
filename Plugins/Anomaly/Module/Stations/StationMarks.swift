import GantryKit

/// Notes which stations the detector is to look at, and has the job run that does so.
///
/// A mark is made in the transaction that gives the reason, so none is lost; under a load that goes on most writes find
/// their station marked already. The first mark after a quiet time has the job run a few seconds later, when what
/// belongs together has mostly come; under a load that goes on each run is followed by a rest of five to forty seconds,
/// the longer the more it had to do, so that the work takes a few percent of a core and a change is judged within a
/// minute.
enum StationMarks {
    /// Why a station is to be looked at.
    enum Reason: Int {
        /// Its readings changed.
        case changed = 0
        /// As `changed`, and a run of the job has taken it up.
        case taken = 1
        /// A day has ended.
        case dayEnded = 2
    }

    /// The job that deals with the marks.
    static let job = "stations"
    /// From the beginning of a run to that of the next, in milliseconds.
    private static let rests: ClosedRange<Int64> = 5000...40_000
    /// From a mark to the run that deals with it, in milliseconds, at least.
    private static let delayMilliseconds: Int64 = 3000
    /// How much longer than a run the rest is.
    private static let restFactor: Int64 = 20
    /// A job that is further away than this, in either direction, does not count as queued.
    private static let patienceMilliseconds: Int64 = 60_000
    /// Changed stations that one transaction takes up, and how many such transactions a run has.
    private static let portion = 500
    private static let greatestPortions = 10

    /// Marks a station whose readings changed.
    static func changed(_ stationId: String, nowMilliseconds now: Int64, _ tx: borrowing Transaction) throws {
        let changes = try tx.execute(
            "INSERT INTO station_marks (reason, station_id) VALUES (0, $1) ON CONFLICT (reason, station_id) DO NOTHING",
            stationId)
        if changes > 0 { try wake(nowMilliseconds: now, tx) }
    }

    /// Marks the stations that the detector still follows and whose day `day` it has not closed.
    ///
    /// - Parameters:
    ///   - station: Only those behind this one in order of their identifiers.
    ///   - count: At most so many.
    /// - Returns: the last one, to go on behind it; nil when there is no more.
    static func dayEnded(
        _ day: Int, after station: String, count: Int, nowMilliseconds now: Int64, _ tx: borrowing Transaction
    ) throws -> String? {
        let stations: [String] = try tx.rows(
            """
            SELECT station_id FROM station_detection WHERE station_id > $1 AND closed_day <> $2 \
            AND last_read_day >= $3 ORDER BY station_id LIMIT $4
            """, station, day, day - StationFollowUp.silentDays, count
        ) { try $0[0] }
        guard let last = stations.last else { return nil }
        for station in stations {
            try tx.execute(
                """
                INSERT INTO station_marks (reason, station_id) VALUES (2, $1) \
                ON CONFLICT (reason, station_id) DO NOTHING
                """, station)
        }
        try wake(nowMilliseconds: now, tx)
        return last
    }

    /// Takes up the stations that changed, a portion at a time. Those that are too many have the job run again.
    static func take(nowMilliseconds now: Int64, from database: Database) throws {
        for number in 1...greatestPortions {
            let count = try database.write { tx in
                if number == 1 {
                    try tx.execute("UPDATE station_work SET due_at = NULL, begun_at = $1 WHERE id = 0", now)
                }
                let count = try takePortion(tx)
                if count == portion, number == greatestPortions { try wake(nowMilliseconds: now, rests: false, tx) }
                return count
            }
            guard count == portion else { return }
        }
    }

    private static func takePortion(_ tx: borrowing Transaction) throws -> Int {
        let stations: [String] = try tx.rows(
            "SELECT station_id FROM station_marks WHERE reason = 0 ORDER BY station_id LIMIT $1", portion
        ) { try $0[0] }
        for station in stations {
            try tx.execute(
                """
                INSERT INTO station_marks (reason, station_id) VALUES (1, $1) \
                ON CONFLICT (reason, station_id) DO NOTHING
                """, station)
            try tx.execute("DELETE FROM station_marks WHERE reason = 0 AND station_id = $1", station)
        }
        return stations.count
    }

    /// Notes how long a run took, and has another one follow at once where it has not dealt with all marks.
    static func ended(
        afterMilliseconds duration: Int64, isComplete: Bool, nowMilliseconds now: Int64, _ tx: borrowing Transaction
    ) throws {
        if !isComplete { try wake(nowMilliseconds: now, rests: false, tx) }
        let rest = min(max(duration * restFactor, rests.lowerBound), rests.upperBound)
        try tx.execute("UPDATE station_work SET rest_ms = $1 WHERE id = 0 AND rest_ms <> $1", rest)
    }

    /// Stations that are to be dealt with, in order of their identifiers, and whether their readings changed.
    static func open(
        after station: String, count: Int, _ tx: borrowing Transaction
    ) throws -> [(stationId: String, hasChanged: Bool)] {
        try tx.rows(
            """
            SELECT station_id, MIN(reason) FROM station_marks WHERE reason > 0 AND station_id > $1 \
            GROUP BY station_id ORDER BY station_id LIMIT $2
            """, station, count
        ) { row in
            (try row[0], try row.get(1, as: Int.self) == Reason.taken.rawValue)
        }
    }

    /// Removes the marks of a station that was dealt with; a change that came meanwhile stays marked.
    static func remove(_ stationId: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM station_marks WHERE reason = 1 AND station_id = $1", stationId)
        try tx.execute("DELETE FROM station_marks WHERE reason = 2 AND station_id = $1", stationId)
    }

    /// Queues the job unless it is queued.
    private static func wake(
        nowMilliseconds now: Int64, rests: Bool = true, _ tx: borrowing Transaction
    ) throws {
        let (queued, begun, rest): (Int64?, Int64, Int64) = try tx.one(
            "SELECT due_at, begun_at, rest_ms FROM station_work WHERE id = 0"
        ) { (try $0[0], try $0[1], try $0[2]) }
        // One that is due much later was queued before the clock was set back, one that is long overdue was given up.
        if let queued, abs(queued - now) <= patienceMilliseconds { return }
        let due = rests ? now + max(delayMilliseconds, begun > now ? 0 : begun + rest - now) : now
        try tx.execute("UPDATE station_work SET due_at = $1 WHERE id = 0", due)
        try tx.enqueue(job, key: job, notBeforeMilliseconds: due) { writer in
            writer.beginObject()
            writer.endObject()
        }
    }
}
