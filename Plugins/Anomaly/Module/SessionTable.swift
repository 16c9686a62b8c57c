import AnomalyDetection
import GantryKit

/// Statements on the tables of sessions and their readings.
enum SessionTable {
    /// Created so long before a session, others count for its recurrence: 30 days in milliseconds.
    private static let recurrenceSpan: Int64 = 30 * 86_400_000

    private static let columns = """
        station_id, connector_id, evse_id, status, metadata, created_at, reading_count, first_reading_at, \
        last_reading_at, analyzed_at, anomaly_score, anomaly_confidence, anomaly_count, category_mask, is_incident, \
        is_recurring, soc_reconstructed, delivered_kwh, findings, internal_id
        """

    private static let selectStatement = "SELECT \(columns), revision, is_figured FROM sessions WHERE session_id = $1"

    private static let insertStatement = """
        INSERT INTO sessions (session_id, \(columns), is_anomaly, is_figured, energy) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
        1, $23) ON CONFLICT (session_id) DO NOTHING
        """

    private static let updateStatement = """
        UPDATE sessions SET status = $2, metadata = $3, reading_count = $4, first_reading_at = $5, \
        last_reading_at = $6, analyzed_at = $7, anomaly_score = $8, anomaly_confidence = $9, anomaly_count = $10, \
        category_mask = $11, is_incident = $12, is_recurring = $13, soc_reconstructed = $14, delivered_kwh = $15, \
        findings = $16, is_anomaly = $17, energy = COALESCE($19, energy), revision = revision + 1, is_figured = 1 \
        WHERE session_id = $1 AND revision = $18
        """

    /// Reads a session without its readings; nil when there is none.
    static func find(_ sessionId: String, _ tx: borrowing Transaction) throws -> StoredSession? {
        try tx.first(selectStatement, sessionId) { try session(sessionId, $0) }
    }

    /// Stores a session for the first time; false when its identifier is taken, and then nothing has changed.
    static func insert(
        _ session: StoredSession, _ energy: SessionEnergy, _ tx: borrowing Transaction
    ) throws -> Bool {
        let verdict = session.verdict
        let changes = try tx.execute(
            insertStatement, session.sessionId, session.stationId, session.connectorId, session.evseId,
            session.status.rawValue, session.metadata.map(SQLText.init(utf8:)), session.createdAt,
            session.readingCount, session.firstReadingAt, session.lastReadingAt, verdict?.analyzedAt, verdict?.score,
            verdict?.confidence, verdict?.count ?? 0, verdict?.categoryMask ?? 0, verdict?.isIncident,
            verdict?.isRecurring, verdict?.isStateOfChargeReconstructed, session.deliveredKilowattHours,
            verdict.map { SQLText(utf8: $0.findings) }, session.internalId, verdict?.isAnomaly,
            energy.packed)
        guard changes == 1 else { return false }
        try SessionBlocks.added(session, tx)
        return true
    }

    /// Stores what changes in a session's life; false when somebody else changed it since it was read, and then nothing
    /// has changed.
    static func update(
        _ session: StoredSession, replacing old: StoredSession, energy: SessionEnergy? = nil,
        _ tx: borrowing Transaction
    ) throws -> Bool {
        let verdict = session.verdict
        let changes = try tx.execute(
            updateStatement, session.sessionId, session.status.rawValue, session.metadata.map(SQLText.init(utf8:)),
            session.readingCount, session.firstReadingAt, session.lastReadingAt, verdict?.analyzedAt, verdict?.score,
            verdict?.confidence, verdict?.count ?? 0, verdict?.categoryMask ?? 0, verdict?.isIncident,
            verdict?.isRecurring, verdict?.isStateOfChargeReconstructed, session.deliveredKilowattHours,
            verdict.map { SQLText(utf8: $0.findings) }, verdict?.isAnomaly, session.revision,
            energy?.packed)
        guard changes == 1 else { return false }
        try SessionBlocks.revised(from: old, to: session, tx)
        return true
    }

    /// Whether another session of the same station and connector, created in the 30 days before, has one of the
    /// categories in its newest verdict.
    static func isRecurring(_ session: StoredSession, mask: Int64, _ tx: borrowing Transaction) throws -> Bool {
        guard mask != 0 else { return false }
        // Of two sessions stored in one millisecond each comes before the other: better than overlooking the first.
        let found = try tx.first(
            """
            SELECT 1 FROM sessions WHERE station_id = $1 AND connector_id = $2 AND created_at >= $3 \
            AND created_at <= $4 AND category_mask <> 0 AND (category_mask & $5) <> 0 AND session_id <> $6 \
            AND status <> 'invalid' LIMIT 1
            """, session.stationId, session.connectorId, session.createdAt - recurrenceSpan, session.createdAt, mask,
            session.sessionId
        ) { _ in true }
        return found ?? false
    }

    /// Reads all readings of a session.
    static func readings(_ session: StoredSession, _ tx: borrowing Transaction) throws -> ReadingSeries {
        guard session.readingCount > 0 else { return .empty }
        var readings: [Reading] = []
        readings.reserveCapacity(session.readingCount)
        try forEachReading(session.sessionId, tx) { readings.append($0) }
        return ReadingSeries(sorted: readings)
    }

    /// Hands each reading of a session to `body`, in order of time.
    static func forEachReading(
        _ sessionId: String, _ tx: borrowing Transaction, _ body: (Reading) -> Void
    ) throws {
        try tx.query(
            "SELECT readings FROM session_readings WHERE session_id = $1 ORDER BY segment", sessionId
        ) { row in
            let column = try row.column(0)
            try PackedReadings.forEach(try column.require(column.blob), body)
        }
    }

    /// Stores the readings of a session; segments that are as they were stored are left alone.
    static func store(
        _ series: ReadingSeries, of sessionId: String, replacing stored: ReadingSeries, _ tx: borrowing Transaction
    ) throws {
        let count = PackedReadings.segments(series.readings.count)
        let storedCount = PackedReadings.segments(stored.readings.count)
        for segment in 0..<count {
            let bytes = PackedReadings.pack(series.readings, segment: segment)
            if segment < storedCount, bytes == PackedReadings.pack(stored.readings, segment: segment) { continue }
            try tx.execute(
                """
                INSERT INTO session_readings (session_id, segment, readings) VALUES ($1, $2, $3) \
                ON CONFLICT (session_id, segment) DO UPDATE SET readings = excluded.readings
                """, sessionId, segment, bytes)
        }
        if storedCount > count {
            try tx.execute("DELETE FROM session_readings WHERE session_id = $1 AND segment >= $2", sessionId, count)
        }
    }

    private static func session(_ sessionId: String, _ row: borrowing Row) throws -> StoredSession {
        var session = StoredSession(
            sessionId: sessionId, stationId: try row[0], connectorId: try row[1], evseId: try row[2],
            status: try row[3], metadata: try text(row, 4), createdAt: try row[5], readingCount: try row[6],
            firstReadingAt: try row[7], lastReadingAt: try row[8], deliveredKilowattHours: try row[17],
            internalId: try row[19], revision: try row[20], isFigured: try row[21])
        if try !row.isNull(9) {
            session.verdict = StoredVerdict(
                analyzedAt: try row[9], score: try row[10], confidence: try row[11], count: try row[12],
                categoryMask: try row[13], isIncident: try row[14], isRecurring: try row[15],
                isStateOfChargeReconstructed: try row[16], findings: try text(row, 18) ?? [])
        }
        return session
    }

    private static func text(_ row: borrowing Row, _ index: Int) throws -> [UInt8]? {
        try row.column(index).text.map { [UInt8]($0) }
    }
}
