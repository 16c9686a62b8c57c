import GantryKit

/// How long sessions lasted in windows of time, and how long of that in anomalies of their newest verdicts.
///
/// The time covered until a moment is the sum over all beginnings before it of the distance to them, less that over all
/// ends: `uptime_hours` has those sums by the hour, and the hour in which the moment itself lies is looked at session
/// by session. So the figures are exact to the millisecond, and cost the same for any number of sessions.
struct Uptime {
    /// Milliseconds until a moment, summed up over all sessions.
    private struct Totals {
        var covered: Int64
        var anomalous: Int64
    }

    /// 30 days in milliseconds.
    private static let window: Int64 = 30 * 86_400_000

    /// Share of the time in the last 30 days that lies in no anomaly, in percent.
    let percentage: Double
    /// The same of the 30 days before.
    let formerPercentage: Double

    /// Computes both figures at a moment.
    init(nowMilliseconds now: Int64, _ tx: borrowing Transaction) throws {
        let totals = try [now - 2 * Self.window, now - Self.window, now].map { try Self.totals(until: $0, tx) }
        formerPercentage = Self.percentage(from: totals[0], to: totals[1])
        percentage = Self.percentage(from: totals[1], to: totals[2])
    }

    private static func percentage(from: Totals, to: Totals) -> Double {
        let covered = to.covered - from.covered
        let anomalous = to.anomalous - from.anomalous
        guard covered > 0 else { return 100 }
        return min(100, max(0, 100 * Double(covered - anomalous) / Double(covered)))
    }

    private static func totals(until time: Int64, _ tx: borrowing Transaction) throws -> Totals {
        let hour = time / SessionShare.hour
        let start = hour * SessionShare.hour
        let before: (covered: Int64, coveredAt: Int64, anomalous: Int64, anomalousAt: Int64) = try tx.one(
            """
            SELECT CAST(COALESCE(SUM(covered), 0) AS BIGINT), \
            CAST(COALESCE(SUM(covered * hour * \(SessionShare.hour) + covered_offset), 0) AS BIGINT), \
            CAST(COALESCE(SUM(anomalous), 0) AS BIGINT), \
            CAST(COALESCE(SUM(anomalous * hour * \(SessionShare.hour) + anomalous_offset), 0) AS BIGINT) \
            FROM uptime_hours WHERE hour < $1
            """, hour
        ) { (try $0[0], try $0[1], try $0[2], try $0[3]) }
        var totals = Totals(
            covered: before.covered * time - before.coveredAt, anomalous: before.anomalous * time - before.anomalousAt)
        guard start < time else { return totals }
        for (column, sign) in [("first_reading_at", Int64(1)), ("last_reading_at", -1)] {
            totals.covered +=
                try sign
                * tx.one(
                    """
                    SELECT CAST(COALESCE(SUM($2 - \(column)), 0) AS BIGINT) FROM sessions \
                    WHERE status <> 'invalid' AND \(column) >= $1 AND \(column) < $2
                    """, start, time
                ) { try $0.get(0, as: Int64.self) }
        }
        totals.anomalous += try anomalous(from: start, until: time, tx)
        return totals
    }

    /// What the beginnings and ends of anomalous stretches within one hour add until `time`.
    private static func anomalous(from start: Int64, until time: Int64, _ tx: borrowing Transaction) throws -> Int64 {
        var sessions: [String: [Range<Int64>]] = [:]
        try tx.query(
            """
            SELECT session_id, start_at, end_at FROM anomalies WHERE is_counted = 1 AND risk > 0 AND session_id IN \
            (SELECT session_id FROM anomalies WHERE is_counted = 1 AND risk > 0 AND start_at >= $1 AND start_at < $2 \
            UNION SELECT session_id FROM anomalies \
            WHERE is_counted = 1 AND risk > 0 AND end_at >= $1 AND end_at < $2)
            """, start, time
        ) { row in
            let stretch: (start: Int64, end: Int64) = (try row[1], try row[2])
            if stretch.start < stretch.end {
                sessions[try row[0], default: []].append(stretch.start..<stretch.end)
            }
        }
        var sum: Int64 = 0
        for stretch in sessions.values.lazy.flatMap(Stretches.union) {
            if stretch.lowerBound >= start, stretch.lowerBound < time { sum += time - stretch.lowerBound }
            if stretch.upperBound >= start, stretch.upperBound < time { sum -= time - stretch.upperBound }
        }
        return sum
    }
}
