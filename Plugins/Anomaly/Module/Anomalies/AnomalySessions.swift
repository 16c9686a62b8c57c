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

extension AnomalySums {
    /// Whether a sum stands before another in the order that was asked for.
    fileprivate func places(_ one: SessionSum, before other: SessionSum) -> Bool {
        let (first, second) = (key(one), key(other))
        return first != second ? first < second : one.id < other.id
    }

    private func key(_ sum: SessionSum) -> Double {
        let key =
            switch order.prefix(while: { $0 != " " }) {
            case "risk": sum.risk
            case "records": Double(sum.records)
            case "detected_at": Double(sum.detectedAt)
            default: Double(sum.updatedAt)
            }
        return order.hasSuffix(" DESC") ? -key : key
    }
}

extension AnomalyModule {
    /// Pages through sessions with the sums of their records, invalid sessions included.
    static func listAnomalySessions(_ request: borrowing Request) throws -> Response {
        let page = try PageRequest(request.query)
        let sums = try AnomalySums(request.query, "chargingSessionId", column: "session_id")
        return try request.database.read { tx in
            let (total, items) = try sums.isOfWindow ? sumsOfWindow(sums, page, tx) : sessionSums(sums, page, tx)
            return try page.response(totalCount: total) { writer in
                for item in items { try write(item, sums, to: &writer, tx) }
            }
        }
    }

    /// A page of the sessions with records in a window of time, from the sums that are kept of them. Those that have
    /// records outside of the window too are few; they are summed up here and put between the others.
    private static func sumsOfWindow(
        _ sums: AnomalySums, _ page: PageRequest, _ tx: borrowing Transaction
    ) throws -> (Int64, [SessionSum]) {
        let from = sums.from ?? .min
        let to = sums.to ?? .max
        let isInside = "first_start_at >= $1 AND last_start_at < $2"
        let crossing = try sums.from == nil && sums.to == nil ? [] : crossingSums(from, to, tx)
        let inside: Int64 =
            try sums.from == nil && sums.to == nil
            ? tx.one("SELECT COUNT(*) FROM anomaly_sessions") { try $0[0] }
            : tx.one("SELECT COUNT(*) FROM anomaly_sessions WHERE \(isInside)", from, to) { try $0[0] }
        // What comes before these stands before the page, wherever the crossing ones belong.
        let skipped = max(0, page.offset - crossing.count)
        let found = try tx.rows(
            """
            SELECT session_uid, records, detected_at, updated_at, risk FROM anomaly_sessions WHERE session_uid IN \
            (SELECT session_uid FROM anomaly_sessions WHERE \(isInside) ORDER BY \(sums.order), session_uid \
            LIMIT $3 OFFSET $4) ORDER BY \(sums.order), session_uid
            """, from, to, page.offset - skipped + page.size, skipped
        ) { try SessionSum($0) }
        let items = crossing.isEmpty ? found : (found + crossing).sorted { sums.places($0, before: $1) }
        return (inside + Int64(crossing.count), Array(items.dropFirst(page.offset - skipped).prefix(page.size)))
    }

    /// The sums of sessions with records in the window and outside of it.
    private static func crossingSums(
        _ from: Int64, _ to: Int64, _ tx: borrowing Transaction
    ) throws -> [SessionSum] {
        try tx.rows(
            """
            SELECT session_uid, COUNT(*), MIN(first_detected_at), MAX(updated_at), MAX(risk) FROM anomalies \
            WHERE start_at >= $1 AND start_at < $2 AND session_uid IN (SELECT session_uid FROM anomaly_sessions \
            WHERE last_start_at >= $1 AND first_start_at < $2 AND NOT (first_start_at >= $1 AND last_start_at < $2)) \
            GROUP BY session_uid
            """, from, to
        ) { try SessionSum($0) }
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
