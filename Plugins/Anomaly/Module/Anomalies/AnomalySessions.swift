import AnomalyDetection
import GantryKit

/// The records of one session summed up.
private struct SessionSum {
    var id: String
    var records: Int64
    var detectedAt: Int64
    var updatedAt: Int64
    var risk: Double

    init(_ row: borrowing Row) throws {
        id = try row[0]
        records = try row[1]
        detectedAt = try row[2]
        updatedAt = try row[3]
        risk = try row[4]
    }
}

extension AnomalyModule {
    /// Pages through sessions with the sums of their records, invalid sessions included.
    static func listAnomalySessions(_ request: borrowing Request) throws -> Response {
        let page = try PageRequest(request.query)
        let sums = try AnomalySums(request.query, "chargingSessionId", column: "session_id")
        return try request.database.read { tx in
            let (total, items) = try sums.isUnfiltered ? allSums(sums, page, tx) : sessionSums(sums, page, tx)
            return try page.response(totalCount: total) { writer in
                for item in items { try write(item, sums, to: &writer, tx) }
            }
        }
    }

    /// A page of all sessions with records, from the sums that are kept of them.
    private static func allSums(
        _ sums: AnomalySums, _ page: PageRequest, _ tx: borrowing Transaction
    ) throws -> (Int64, [SessionSum]) {
        let total: Int64 = try tx.one("SELECT COUNT(*) FROM anomaly_sessions") { try $0[0] }
        let items = try tx.rows(
            """
            SELECT session_uid, records, detected_at, updated_at, risk FROM anomaly_sessions WHERE session_uid IN \
            (SELECT session_uid FROM anomaly_sessions ORDER BY \(sums.order), session_uid LIMIT $1 OFFSET $2) \
            ORDER BY \(sums.order), session_uid
            """, page.size, page.offset
        ) { try SessionSum($0) }
        return (total, items)
    }

    private static func sessionSums(
        _ sums: AnomalySums, _ page: PageRequest, _ tx: borrowing Transaction
    ) throws -> (Int64, [SessionSum]) {
        // A session has one record of a category, so that there is nothing to sum up where one is named.
        let isGrouped = sums.category == nil
        let columns =
            isGrouped
            ? """
            session_uid, COUNT(*) AS records, MIN(first_detected_at) AS detected_at, MAX(updated_at) AS updated_at, \
            MAX(risk) AS risk
            """ : "session_uid, 1 AS records, first_detected_at AS detected_at, updated_at, risk"
        let total: Int64 = try tx.one(
            "SELECT COUNT(\(isGrouped ? "DISTINCT session_uid" : "*")) FROM anomalies WHERE \(sums.condition)",
            sums.name, sums.category, sums.from, sums.to
        ) { try $0[0] }
        let items = try tx.rows(
            """
            SELECT \(columns) FROM anomalies WHERE \(sums.condition) \(isGrouped ? "GROUP BY session_uid" : "") \
            ORDER BY \(sums.order), session_uid LIMIT $5 OFFSET $6
            """, sums.name, sums.category, sums.from, sums.to, page.size, page.offset
        ) { try SessionSum($0) }
        return (total, items)
    }

    private static func write(
        _ item: SessionSum, _ sums: AnomalySums, to writer: inout JSONWriter, _ tx: borrowing Transaction
    ) throws {
        let types: [(sessionId: String, category: AnomalyCategory)] = try tx.rows(
            "SELECT session_id, category FROM anomalies WHERE \(sums.condition) AND session_uid = $5",
            sums.name, sums.category, sums.from, sums.to, item.id
        ) { (try $0[0], try AnomalyCategory($0, 1)) }
        writer.beginObject()
        writer.key("id")
        writer.string(item.id)
        writer.key("chargingSessionId")
        writer.string(types.first?.sessionId)
        writer.key("anomalyCount")
        writer.int(item.records)
        AnomalySums.write(detectedAt: item.detectedAt, updatedAt: item.updatedAt, to: &writer)
        writer.key("aiRiskScore")
        writer.double(item.risk)
        AnomalySums.write(types.map { ($0.category, 1) }, to: &writer)
        writer.endObject()
    }
}
