import GantryKit

/// Deletes a portion of what is old. Each function returns how much it found, 0 when there is nothing more.
enum Retention {
    private static let sessionsInPortion = 48
    private static let readingsInPortion = 256
    private static let rowsInPortion = 1000

    /// Deletes sessions that were created before a moment, as if they had never been stored: counts, sums and lists are
    /// those of the sessions that are left. The station's energy by the hour and the detector's results stay.
    static func removeSessions(before limit: Int64, _ tx: borrowing Transaction) throws -> Int {
        // Sessions of earlier versions are first counted into what stays.
        let isCounting = try tx.one("SELECT energy_counted_until IS NOT NULL FROM station_work WHERE id = 0") {
            try $0.get(0, as: Bool.self)
        }
        guard !isCounting else { return 0 }
        let ids = try oldest(before: limit, after: .min, count: sessionsInPortion, tx)
        guard let first = ids.first, let last = ids.last else { return 0 }
        var (clean, anomalous) = (0, 0)
        for (id, _) in ids {
            guard let session = try SessionTable.find(id, tx) else { continue }
            try remove(session, tx)
            switch session.verdict?.isAnomaly {
            case true: anomalous += 1
            case false: clean += 1
            case nil: break
            }
        }
        try SessionBlocks.removed(
            stored: ids.count, clean: clean, anomalous: anomalous, from: first.createdAt, until: last.createdAt, tx)
        return ids.count
    }

    /// Deletes the readings of sessions that were created before a moment. The sessions stay with their verdicts; what
    /// is added to one of them later is judged by itself.
    static func removeReadings(before limit: Int64, _ tx: borrowing Transaction) throws -> Int {
        let done = try mark(.readings, tx)
        let sessions = try oldest(before: limit, after: done, count: readingsInPortion, tx)
        guard let last = sessions.last else { return 0 }
        // Another of the same millisecond may stand behind the portion: all of them belong to it.
        for (id, _) in try oldest(before: last.createdAt + 1, after: done, count: .max, tx) {
            try tx.execute("DELETE FROM session_readings WHERE session_id = $1", id)
            try tx.execute(
                """
                UPDATE sessions SET reading_count = 0, revision = revision + 1 \
                WHERE session_id = $1 AND reading_count > 0
                """, id)
        }
        try setMark(.readings, last.createdAt, tx)
        return sessions.count
    }

    /// Deletes explanations that were written before a moment.
    static func removeExplanations(before limit: Int64, _ tx: borrowing Transaction) throws -> Int {
        let rows = try tx.rows(
            "SELECT session_id, lang FROM session_explanations WHERE created_at < $1 ORDER BY created_at LIMIT $2",
            limit,
            rowsInPortion
        ) { (id: try $0.get(0, as: String.self), language: try $0.get(1, as: String.self)) }
        for row in rows {
            try tx.execute(
                "DELETE FROM session_explanations WHERE session_id = $1 AND lang = $2", row.id, row.language)
        }
        return rows.count
    }

    /// Deletes batches that ended and were submitted before a moment.
    static func removeBatches(before limit: Int64, _ tx: borrowing Transaction) throws -> Int {
        let found = try tx.first(
            """
            SELECT batch_id FROM batches WHERE created_at < $1 AND completed_at IS NOT NULL ORDER BY created_at LIMIT 1
            """, limit
        ) { try $0.get(0, as: String.self) }
        guard let batchId = found else { return 0 }
        // The bodies of a batch that was given up lie there still.
        for table in ["batch_sessions", "batch_bodies", "batches"] {
            try tx.execute("DELETE FROM \(table) WHERE batch_id = $1", batchId)
        }
        return 1
    }

    private static func remove(_ session: StoredSession, _ tx: borrowing Transaction) throws {
        let id = session.sessionId
        try FigureTable.change(from: session, to: nil, tx)
        try FigureTable.change(from: try FigureTable.tally(id, tx), to: .init(), tx)
        try tx.execute("DELETE FROM anomaly_sessions WHERE session_uid = $1", session.internalId)
        try StationTable.remove(session, tx)
        for table in ["anomaly_history", "anomaly_issues"] {
            try tx.execute(
                "DELETE FROM \(table) WHERE anomaly_id IN (SELECT anomaly_id FROM anomalies WHERE session_id = $1)", id)
        }
        for table in ["anomalies", "session_explanations", "session_readings", "sessions"] {
            try tx.execute("DELETE FROM \(table) WHERE session_id = $1", id)
        }
    }

    /// The oldest sessions of a stretch of time, in order of their creation.
    private static func oldest(
        before limit: Int64, after time: Int64, count: Int, _ tx: borrowing Transaction
    ) throws -> [(id: String, createdAt: Int64)] {
        try tx.rows(
            """
            SELECT session_id, created_at FROM sessions WHERE created_at < $1 AND created_at > $2 \
            ORDER BY created_at, session_id DESC LIMIT $3
            """, limit, time, count
        ) { (id: try $0[0], createdAt: try $0[1]) }
    }

    /// How far a kind has been deleted already: nothing was created then or before.
    private static func mark(_ kind: RetentionPolicy.Kind, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.first("SELECT done_until FROM retention_marks WHERE kind = $1", kind.rawValue) { try $0[0] } ?? .min
    }

    private static func setMark(_ kind: RetentionPolicy.Kind, _ time: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO retention_marks (kind, done_until) VALUES ($1, $2) \
            ON CONFLICT (kind) DO UPDATE SET done_until = excluded.done_until
            """, kind.rawValue, time)
    }
}
