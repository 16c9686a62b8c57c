import GantryKit

/// Which sessions a list shows.
struct SessionFilter {
    /// Rows of a list by an index: those created in a window, without the first ones.
    struct Stretch {
        /// Created then or later, in milliseconds since 1970; nil for any time.
        var from: Int64?
        /// Created before; nil for any time.
        var to: Int64?
        /// Rows that are left out.
        var offset: Int
        /// Rows that are shown at most.
        var limit: Int
    }

    /// The station, if it has to be a certain one.
    let stationId: String?
    /// The EVSE, if it has to be a certain one.
    let evseId: String?
    /// The verdict, if it has to be a certain one.
    let isAnomaly: Bool?
    /// A verdict's score is not below this.
    let leastScore: Double?
    /// A verdict's confidence is not below this.
    let leastConfidence: Double?
    /// Created then or later, in milliseconds since 1970.
    let from: Int64?
    /// Created before.
    let to: Int64?

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

    /// Whether it asks for a station or an EVSE.
    var hasPlace: Bool { stationId != nil || evseId != nil }
    /// Whether it asks for a time.
    var hasWindow: Bool { from != nil || to != nil }
    /// What it asks of the verdict; nil when nothing.
    var verdictTest: VerdictTest? {
        guard isAnomaly != nil || leastScore != nil || leastConfidence != nil else { return nil }
        return VerdictTest(isAnomaly: isAnomaly, leastScore: leastScore, leastConfidence: leastConfidence)
    }

    /// The number of matching sessions that were created in a window, counted row by row.
    func count(from: Int64?, to: Int64?, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.one(
            "SELECT COUNT(*) FROM sessions WHERE \(condition(from, to))", stationId, evseId, isAnomaly, leastScore,
            leastConfidence, from, to
        ) { try $0[0] }
    }

    /// The number of sessions of the station or EVSE in the window, counted up to `greatest`.
    func countOfPlace(upTo greatest: Int, _ tx: borrowing Transaction) throws -> Int {
        let place = evseId == nil ? "station_id = $1" : "evse_id = $1 AND evse_id <> ''"
        return try tx.one(
            """
            SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE \(place) AND created_at >= $2 AND created_at < $3 \
            LIMIT $4) AS found
            """, evseId ?? stationId, from ?? .min, to ?? .max, greatest
        ) { try $0[0] }
    }

    /// Hands the rows of stretches to `row`: those of each newest first, ties by identifier.
    func select(
        _ stretches: [Stretch], _ tx: borrowing Transaction, row: (borrowing Row) throws -> Void
    ) throws {
        for stretch in stretches {
            try tx.query(
                """
                SELECT session_id, station_id, is_anomaly, anomaly_score, anomaly_count, status, created_at, \
                analyzed_at FROM sessions WHERE \(condition(stretch.from, stretch.to)) \
                ORDER BY created_at DESC, session_id LIMIT $8 OFFSET $9
                """, stationId, evseId, isAnomaly, leastScore, leastConfidence, stretch.from, stretch.to,
                stretch.limit, stretch.offset, row: row)
        }
    }

    /// The condition over the parameters $1 to $7. It names each of them, also those that are not used, and says as
    /// much as it can in a form that an index serves.
    private func condition(_ from: Int64?, _ to: Int64?) -> String {
        // The plus keeps planners from the index by station where the one by EVSE leaves fewer rows.
        let station = evseId == nil ? "station_id" : "+station_id"
        return [
            stationId == nil ? "CAST($1 AS TEXT) IS NULL" : "\(station) = $1",
            evseId == nil ? "CAST($2 AS TEXT) IS NULL" : "evse_id = $2 AND evse_id <> ''",
            isAnomaly == nil ? "CAST($3 AS TEXT) IS NULL" : "is_anomaly = $3",
            leastScore == nil ? "CAST($4 AS TEXT) IS NULL" : "anomaly_score >= $4",
            leastConfidence == nil ? "CAST($5 AS TEXT) IS NULL" : "anomaly_confidence >= $5",
            from == nil ? "CAST($6 AS TEXT) IS NULL" : "created_at >= $6",
            to == nil ? "CAST($7 AS TEXT) IS NULL" : "created_at < $7",
        ].joined(separator: " AND ")
    }
}
