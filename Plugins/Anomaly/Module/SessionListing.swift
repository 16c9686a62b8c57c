import GantryKit

extension AnomalyModule {
    /// Pages through sessions, newest first.
    static func listSessions(_ request: borrowing Request) throws -> Response {
        let page = try PageRequest(request.query)
        let filter = try SessionFilter(request.query)
        return try request.database.read { tx in
            try page.response(totalCount: try filter.count(tx)) { writer in
                try filter.select(page, tx) { try writeSummary($0, to: &writer) }
            }
        }
    }

    private static func writeSummary(_ row: borrowing Row, to writer: inout JSONWriter) throws {
        writer.beginObject()
        writer.key("sessionId")
        try writer.text(row, 0)
        writer.key("chargingStationId")
        try writer.text(row, 1)
        writer.key("isAnomaly")
        try writer.flag(row, 2)
        writer.key("anomalyScore")
        writer.double(try row.column(3).real)
        writer.key("anomalyCount")
        writer.int(try row.get(4, as: Int64.self))
        writer.key("status")
        try writer.text(row, 5)
        writer.key("createdAt")
        try writer.timestamp(row, 6)
        writer.key("lastAnalyzedAt")
        try writer.timestamp(row, 7)
        writer.endObject()
    }
}

/// Which sessions a list shows.
struct SessionFilter {
    private let stationId: String?
    private let evseId: String?
    private let isAnomaly: Bool?
    private let leastScore: Double?
    private let leastConfidence: Double?
    private let from: Int64?
    private let to: Int64?

    /// Reads the filters of `listSessions`.
    init(_ query: Fields) throws {
        stationId = query["chargingStationId"]
        evseId = query["evseId"]
        isAnomaly = try query.bool("isAnomaly")
        leastScore = try query.double("minScore")
        leastConfidence = try query.double("minConfidence")
        from = try query.timestampMilliseconds("dateFrom")
        to = try query.timestampMilliseconds("dateTo")
    }

    /// The number of matching sessions.
    func count(_ tx: borrowing Transaction) throws -> Int64 {
        if evseId == nil, isAnomaly == nil, leastScore == nil, leastConfidence == nil, from == nil, to == nil {
            // Kept by connector, so that the most common lists need not count what they do not show.
            let condition = stationId == nil ? "CAST($1 AS TEXT) IS NULL" : "station_id = $1"
            return try tx.first(
                "SELECT CAST(COALESCE(SUM(stored_sessions), 0) AS BIGINT) FROM connectors WHERE \(condition)", stationId
            ) { try $0[0] } ?? 0
        }
        return try tx.first(
            "SELECT COUNT(*) FROM sessions WHERE \(condition)", stationId, evseId, leastScore, leastConfidence, from, to
        ) { try $0[0] } ?? 0
    }

    /// Hands the rows of one page to `row`.
    func select(
        _ page: PageRequest, _ tx: borrowing Transaction, row: (borrowing Row) throws -> Void
    ) throws {
        try tx.query(
            """
            SELECT session_id, station_id, is_anomaly, anomaly_score, anomaly_count, status, created_at, analyzed_at \
            FROM sessions WHERE \(condition) ORDER BY created_at DESC, session_id LIMIT $7 OFFSET $8
            """, stationId, evseId, leastScore, leastConfidence, from, to, page.size, page.offset, row: row)
    }

    /// The condition over the parameters $1 to $6. It names each of them, also those that are not used, and says as
    /// much as it can in a form that an index serves.
    private var condition: String {
        var terms = [
            stationId == nil ? "CAST($1 AS TEXT) IS NULL" : "station_id = $1",
            evseId == nil ? "CAST($2 AS TEXT) IS NULL" : "evse_id = $2 AND evse_id <> ''",
            leastScore == nil ? "CAST($3 AS TEXT) IS NULL" : "anomaly_score >= $3",
            leastConfidence == nil ? "CAST($4 AS TEXT) IS NULL" : "anomaly_confidence >= $4",
            from == nil ? "CAST($5 AS TEXT) IS NULL" : "created_at >= $5",
            to == nil ? "CAST($6 AS TEXT) IS NULL" : "created_at < $6",
        ]
        // A score of 0.5 or more and a reported category go together.
        if let verdict = isAnomaly ?? (leastScore.map { $0 >= 0.5 } == true ? true : nil) {
            // The plus keeps planners from the index by verdict where the one by station or EVSE leaves fewer rows.
            let column = stationId == nil && evseId == nil ? "is_anomaly" : "+is_anomaly"
            terms.append("\(column) = \(verdict ? 1 : 0)")
        }
        return terms.joined(separator: " AND ")
    }
}
