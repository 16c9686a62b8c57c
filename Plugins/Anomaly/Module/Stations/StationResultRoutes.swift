import AnomalyDetection
import GantryKit

extension AnomalyModule {
    static var stationResultHandlers: [Handler<Self>] {
        [
            .operation("listStationAnomalies") { _, request in try listStationAnomalies(request) },
            .operation("getStationEnergy") { _, request in try getStationEnergy(request) },
            .operation("getStationInference") { _, request in try getStationInference(request) },
            .operation("getStationShadeOverview") { _, request in try getStationShadeOverview(request) },
            .job(StationMarks.job) { _, job, context in try StationJob(job).run(context) },
            .job(DayEndJob.job) { _, _, context in try DayEndJob().run(context) },
            .job(EnergyCountJob.job) { _, _, context in try EnergyCountJob().run(context) },
        ]
    }

    private static func listStationAnomalies(_ request: borrowing Request) throws -> Response {
        let stationId = request.parameters[0]
        let page = try PageRequest(request.query)
        return try request.database.read { tx in
            _ = try StationTable.metadata(stationId, tx)
            let total: Int64 = try tx.one("SELECT COUNT(*) FROM station_verdicts WHERE station_id = $1", stationId) {
                try $0[0]
            }
            return try page.response(totalCount: total) { writer in
                try tx.query(
                    """
                    SELECT inference_id, is_anomaly, score, details, analyzed_at FROM station_verdicts \
                    WHERE station_id = $1 ORDER BY position DESC LIMIT $2 OFFSET $3
                    """, stationId, page.size, page.offset
                ) { try writeResult($0, to: &writer) }
            }
        }
    }

    private static func writeResult(_ row: borrowing Row, to writer: inout JSONWriter) throws {
        writer.beginObject()
        writer.key("inferenceId")
        try writer.text(row, 0)
        writer.key("isAnomaly")
        try writer.flag(row, 1)
        writer.key("anomalyScore")
        writer.double(try row.get(2, as: Double.self))
        writer.key("detectionDetails")
        let details = try row.column(3)
        writer.raw(try details.require(details.text))
        writer.key("analyzedAt")
        try writer.timestamp(row, 4)
        writer.endObject()
    }

    private static func getStationInference(_ request: borrowing Request) throws -> Response {
        let stationId = request.parameters[0]
        return try request.database.read { tx in
            let newest = try newestResult(stationId, tx)
            return .json(capacity: newest.details.count + 256) { writer in
                StationJSON.inference(
                    stationId, isAnomaly: newest.isAnomaly, score: newest.score, details: newest.details,
                    analyzedAt: newest.analyzedAt, to: &writer)
            }
        }
    }

    private static func getStationShadeOverview(_ request: borrowing Request) throws -> Response {
        let stationId = request.parameters[0]
        let now = try request.clock.milliseconds()
        return try request.database.read { tx in
            let newest = try newestResult(stationId, tx)
            var energy = DayEnergy()
            try StationEnergyTable.forEach(stationId, newest.day...newest.day, tx) { _, _, part in energy.add(part) }
            return .json(capacity: newest.markers.count + 2048) { writer in
                writer.beginObject()
                writer.key("chargingStationId")
                writer.string(stationId)
                writer.key("dayScore")
                writer.double(newest.score)
                writer.key("isAnomaly")
                writer.bool(newest.isAnomaly)
                writer.key("energyTimeline")
                StationJSON.cumulative(energy, day: newest.day, nowMilliseconds: now, to: &writer)
                writer.key("anomalyMarkers")
                writer.raw(newest.markers)
                writer.key("analyzedAt")
                writer.timestamp(milliseconds: newest.analyzedAt)
                writer.endObject()
            }
        }
    }

    private static func newestResult(
        _ stationId: String, _ tx: borrowing Transaction
    ) throws -> StationVerdictTable.Newest {
        _ = try StationTable.metadata(stationId, tx)
        guard let newest = try StationVerdictTable.newest(stationId, tx) else {
            throw Failure(404, reason: "inference_not_found", "The station detector has not judged this station yet.")
        }
        return newest
    }

    private static func getStationEnergy(_ request: borrowing Request) throws -> Response {
        let stationId = request.parameters[0]
        return try request.database.read { tx in
            _ = try StationTable.metadata(stationId, tx)
            guard let day = try StationEnergyTable.lastReadDay(stationId, tx) else {
                return StationEnergyView(stationId).response
            }
            var view = StationEnergyView(stationId)
            for connector in try StationTable.connectors(stationId, tx)
            where !connector.id.isEmpty && connector.totalSessions > 0 {
                view.connectors.append((connector.id, DayEnergy()))
            }
            try StationEnergyTable.forEach(stationId, day...day, tx) { _, connectorId, energy in
                view.add(energy, of: connectorId)
            }
            view.day = day
            view.markers = try StationVerdictTable.markers(stationId, day: day, tx).map { try JSONDocument($0) }
            return view.response
        }
    }
}
