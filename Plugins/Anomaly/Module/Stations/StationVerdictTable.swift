import AnomalyDetection
import GantryKit

/// Statements on the results of the station detector.
enum StationVerdictTable {
    /// The newest result of a station.
    struct Newest {
        /// The day that was judged.
        var day: Int
        /// Whether it is anomalous.
        var isAnomaly: Bool
        /// Its score.
        var score: Double
        /// The details, the JSON object that is sent.
        var details: [UInt8]
        /// The markers, the JSON array that is sent.
        var markers: [UInt8]
        /// When it was judged, in milliseconds since 1970.
        var analyzedAt: Int64
    }

    /// What the detector knows of a station; nil before its first run.
    static func state(_ stationId: String, _ tx: borrowing Transaction) throws -> StationFollowUp.State? {
        try tx.first(
            "SELECT closed_day, last_read_day, results FROM station_detection WHERE station_id = $1", stationId
        ) { row in
            StationFollowUp.State(closedDay: try row[0], lastReadDay: try row[1], results: try row[2])
        }
    }

    /// Stores what a run found, and publishes an event for each day whose verdict turned anomalous. A new day is one
    /// that was not anomalous before.
    static func store(
        _ followUp: StationFollowUp, nowMilliseconds now: Int64, _ makeId: () throws -> String,
        _ tx: borrowing Transaction
    ) throws {
        let state = followUp.state
        try tx.execute(
            """
            INSERT INTO station_detection (station_id, closed_day, last_read_day, results) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (station_id) DO UPDATE SET closed_day = excluded.closed_day, \
            last_read_day = excluded.last_read_day, results = excluded.results
            """, followUp.stationId, state.closedDay, state.lastReadDay, state.results)
        var position = state.results - Int64(followUp.results.count)
        for result in followUp.results {
            position += 1
            let score = StationJSON.rounded(result.verdict.score)
            let isAnomaly = score >= StationVerdict.anomalousScore
            let details = StationJSON.details(result, isAnomaly: isAnomaly)
            let known = try tx.first(
                "SELECT is_anomaly FROM station_verdicts WHERE station_id = $1 AND day = $2", followUp.stationId,
                result.day
            ) { try $0.get(0, as: Bool.self) }
            try tx.execute(
                """
                INSERT INTO station_verdicts (station_id, day, position, inference_id, is_anomaly, score, details, \
                markers, analyzed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (station_id, day) \
                DO UPDATE SET position = excluded.position, is_anomaly = excluded.is_anomaly, \
                score = excluded.score, details = excluded.details, markers = excluded.markers, \
                analyzed_at = excluded.analyzed_at
                """, followUp.stationId, result.day, position, try makeId(), isAnomaly, score, SQLText(utf8: details),
                SQLText(utf8: StationJSON.markers(result)), now)
            guard isAnomaly, known != true else { continue }
            try tx.publish("station.anomaly.detected", key: followUp.stationId) { writer in
                StationJSON.inference(
                    followUp.stationId, isAnomaly: isAnomaly, score: score, details: details, analyzedAt: now,
                    to: &writer)
            }
        }
    }

    /// The newest result of a station; nil before the detector's first run.
    static func newest(_ stationId: String, _ tx: borrowing Transaction) throws -> Newest? {
        try tx.first(
            """
            SELECT day, is_anomaly, score, details, markers, analyzed_at FROM station_verdicts WHERE station_id = $1 \
            ORDER BY position DESC LIMIT 1
            """, stationId
        ) { row in
            Newest(
                day: try row[0], isAnomaly: try row[1], score: try row[2], details: try text(row, 3),
                markers: try text(row, 4), analyzedAt: try row[5])
        }
    }

    /// The markers of a day, the JSON array that is sent; nil when the day was not judged.
    static func markers(_ stationId: String, day: Int, _ tx: borrowing Transaction) throws -> [UInt8]? {
        try tx.first(
            "SELECT markers FROM station_verdicts WHERE station_id = $1 AND day = $2", stationId, day
        ) { try text($0, 0) }
    }

    private static func text(_ row: borrowing Row, _ index: Int) throws -> [UInt8] {
        let column = try row.column(index)
        return [UInt8](try column.require(column.text))
    }
}
