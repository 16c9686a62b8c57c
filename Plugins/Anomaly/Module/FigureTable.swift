import GantryKit

/// Statements on the tenant's maintained sums.
enum FigureTable {
    /// A session's records that are counted, and those of them that are active.
    struct Tally {
        /// All records, also those of an invalid session.
        var stored: Int64 = 0
        /// Records of a session that is not invalid.
        var records: Int64 = 0
        /// Records with a risk and an open newest issue.
        var active: Int64 = 0
    }

    /// Reads all sums.
    static func all(_ tx: borrowing Transaction) throws -> [Figure: Amount] {
        var figures: [Figure: Amount] = [:]
        try tx.query("SELECT kind, whole, parts FROM figures") { row in
            guard let figure = Figure(rawValue: try row[0]) else { return }
            figures[figure] = Amount(whole: try row[1], parts: try row[2])
        }
        return figures
    }

    /// Replaces what a session contributed by what it contributes now.
    ///
    /// - Parameter old: The session before the change; nil when it did not exist.
    static func change(from old: StoredSession?, to new: StoredSession?, _ tx: borrowing Transaction)
        throws
    {
        let before = try old.flatMap { $0.isFigured ? try SessionShare($0) : nil } ?? SessionShare()
        let after = try new.map { try SessionShare($0) } ?? SessionShare()
        var sums: [(figure: Figure, amount: Amount)] = after.amounts
        for (figure, amount) in before.amounts {
            if let index = sums.firstIndex(where: { $0.figure == figure }) {
                sums[index].amount -= amount
            } else {
                sums.append((figure, Amount(whole: -amount.whole, parts: -amount.parts)))
            }
        }
        for (figure, amount) in sums.sorted(by: { $0.figure.rawValue < $1.figure.rawValue }) {
            try add(amount, to: figure, tx)
        }
        guard before.covered != after.covered || before.anomalous != after.anomalous else { return }
        var hours: [Int64: SessionShare.Hour] = [:]
        after.addHours(to: &hours, sign: 1)
        before.addHours(to: &hours, sign: -1)
        // In order, so that writers which come at the same time wait for one another instead of for each other.
        for (hour, share) in hours.sorted(by: { $0.key < $1.key }) where !share.isEmpty {
            try tx.execute(
                """
                INSERT INTO uptime_hours (hour, covered, covered_offset, anomalous, anomalous_offset) \
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hour) DO UPDATE SET \
                covered = uptime_hours.covered + excluded.covered, \
                covered_offset = uptime_hours.covered_offset + excluded.covered_offset, \
                anomalous = uptime_hours.anomalous + excluded.anomalous, \
                anomalous_offset = uptime_hours.anomalous_offset + excluded.anomalous_offset
                """, hour, share.covered, share.coveredOffset, share.anomalous, share.anomalousOffset)
        }
    }

    /// Counts a session's records.
    static func tally(_ sessionId: String, _ tx: borrowing Transaction) throws -> Tally {
        try tx.one(
            """
            SELECT COUNT(*), CAST(COALESCE(SUM(is_counted), 0) AS BIGINT), \
            CAST(COALESCE(SUM(is_active), 0) AS BIGINT) FROM anomalies WHERE session_id = $1
            """, sessionId
        ) { Tally(stored: try $0[0], records: try $0[1], active: try $0[2]) }
    }

    /// Brings everything up to date that sums up a session's records, after a change of those.
    ///
    /// - Parameter old: The session's tally before the change.
    static func recordsChanged(of sessionId: String, from old: Tally, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO anomaly_sessions \
            (session_uid, session_id, records, detected_at, updated_at, risk, first_start_at, last_start_at) \
            SELECT session_uid, session_id, COUNT(*), MIN(first_detected_at), MAX(updated_at), MAX(risk), \
            MIN(start_at), MAX(start_at) FROM anomalies WHERE session_id = $1 GROUP BY session_uid, session_id \
            ON CONFLICT (session_uid) DO UPDATE SET records = excluded.records, detected_at = excluded.detected_at, \
            updated_at = excluded.updated_at, risk = excluded.risk, first_start_at = excluded.first_start_at, \
            last_start_at = excluded.last_start_at
            """, sessionId)
        try change(from: old, to: try tally(sessionId, tx), tx)
    }

    /// Brings the sums of records up to date after a change of a session's records.
    static func change(from old: Tally, to new: Tally, _ tx: borrowing Transaction) throws {
        try add(Amount(whole: new.records - old.records, parts: 0), to: .records, tx)
        try add(Amount(whole: new.active - old.active, parts: 0), to: .activeRecords, tx)
    }

    private static func add(_ amount: Amount, to figure: Figure, _ tx: borrowing Transaction) throws {
        guard amount != .zero else { return }
        try tx.execute(
            "UPDATE figures SET whole = whole + $2, parts = parts + $3 WHERE kind = $1", figure.rawValue,
            amount.whole,
            amount.parts)
    }
}
