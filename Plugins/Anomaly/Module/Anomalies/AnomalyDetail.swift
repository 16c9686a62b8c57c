import AnomalyDetection
import GantryKit

/// One category in one session, in full.
struct AnomalyDetail {
    /// The most points of a chart or a history.
    static let greatestPoints = 2000

    private let recordId: String
    private let category: AnomalyCategory
    private let session: StoredSession
    private let ocppId: String?
    private let risk: Double
    private let start: Int64
    private let end: Int64
    private let detectedAt: Int64
    private let updatedAt: Int64

    /// Finds the record; throws a `Failure` (404) when that category was never found in that session.
    init(_ sessionId: String, _ categoryId: String, _ tx: borrowing Transaction) throws {
        var categoryId = categoryId
        guard let category = categoryId.withUTF8({ AnomalyCategory(identifier: UnsafeRawBufferPointer($0)) }),
            let session = try SessionTable.find(sessionId, tx),
            let record = try tx.first(
                """
                SELECT a.anomaly_id, a.risk, a.start_at, a.end_at, a.first_detected_at, a.updated_at, \
                (SELECT s.ocpp_id FROM stations s WHERE s.station_id = a.station_id) \
                FROM anomalies a WHERE a.session_id = $1 AND a.category = $2
                """, sessionId, Int(category.rawValue),
                map: { row in
                    (
                        id: try row.get(0, as: String.self), risk: try row.get(1, as: Double.self),
                        start: try row.get(2, as: Int64.self), end: try row.get(3, as: Int64.self),
                        detectedAt: try row.get(4, as: Int64.self), updatedAt: try row.get(5, as: Int64.self),
                        ocppId: try row.get(6, as: String?.self)
                    )
                })
        else { throw Failure(404, reason: "not_found", "This category was never found in such a session.") }
        recordId = record.id
        self.category = category
        self.session = session
        ocppId = record.ocppId
        risk = record.risk
        start = record.start
        end = record.end
        detectedAt = record.detectedAt
        updatedAt = record.updatedAt
    }

    /// Writes everything: `AnomalyDetail` of the contract.
    ///
    /// - Parameters:
    ///   - tenant: Identifier of the tenant.
    ///   - configuration: What the session is judged with.
    func write(
        to writer: inout JSONWriter, tenant: String, _ configuration: DetectionConfiguration,
        _ tx: borrowing Transaction
    ) throws {
        writer.beginObject()
        writer.key("sessionId")
        writer.string(session.sessionId)
        writer.key("clientId")
        writer.string(tenant)
        writer.key("connectorId")
        writer.string(session.connector)
        writer.key("chargingPointId")
        writer.string(session.stationId)
        writer.key("ocppChargingStationId")
        writer.string(ocppId ?? session.stationId)
        writer.key("evseId")
        writer.string(session.evse)
        writer.key("detectionLevel")
        writer.string("SESSION")
        writer.key("currentRiskScore")
        writer.double(risk)
        writer.key("firstDetectionDate")
        writer.timestamp(milliseconds: detectedAt)
        writer.key("lastUpdateDate")
        writer.timestamp(milliseconds: updatedAt)
        try writeChart(to: &writer, configuration, tx)
        let highest = try writeHistory(to: &writer, tx)
        writer.key("anomalyCategory")
        writer.beginObject()
        writer.key("id")
        writer.string(category.identifier)
        writer.key("name")
        writer.string(category.name)
        writer.key("description")
        writer.string(category.summary)
        writer.key("maxScore")
        writer.double(highest)
        writer.endObject()
        writer.key("anomalyPeriod")
        writer.beginObject()
        writer.key("start")
        writer.timestamp(milliseconds: start)
        writer.key("end")
        writer.timestamp(milliseconds: end)
        writer.endObject()
        writer.key("issues")
        try IssueTable.write(of: recordId, to: &writer, tx)
        writer.endObject()
    }

    private func writeChart(
        to writer: inout JSONWriter, _ configuration: DetectionConfiguration, _ tx: borrowing Transaction
    ) throws {
        let metadata = try Metadata(stored: session.metadata)
        let chart = SessionChart(
            try SessionTable.readings(session, tx).readings,
            facts: SessionFacts(
                isCompleted: session.status == .completed, maximumPowerKilowatts: metadata.number("maxPowerKw")),
            configuration: configuration)
        let points = chart.points
        var ends: Set<Int> = []
        if let first = points.firstIndex(where: { $0.timestampMilliseconds >= start }) { ends.insert(first) }
        if let last = points.lastIndex(where: { $0.timestampMilliseconds <= end }) { ends.insert(last) }
        let kept = Thinning.indices(
            times: points.map(\.timestampMilliseconds), atMost: Self.greatestPoints, keeping: ends,
            series: [points.map(\.energy), points.map(\.power), points.map(\.stateOfChargeUsed)])
        writer.key("meterValues")
        writer.beginArray()
        for index in kept {
            let point = points[index]
            writer.beginObject()
            writer.key("timestamp")
            writer.timestamp(milliseconds: point.timestampMilliseconds)
            writer.key("energy")
            writer.double(point.energy)
            writer.key("stateOfCharge")
            writer.double(point.stateOfCharge)
            writer.key("power")
            writer.double(point.power)
            writer.key("soc")
            writer.double(point.stateOfChargeUsed)
            writer.endObject()
        }
        writer.endArray()
    }

    /// Writes the risk history and returns its highest point.
    private func writeHistory(to writer: inout JSONWriter, _ tx: borrowing Transaction) throws -> Double {
        let history: [(time: Int64, risk: Double)] = try tx.rows(
            "SELECT analyzed_at, risk FROM anomaly_history WHERE anomaly_id = $1 ORDER BY position", recordId
        ) { (try $0[0], try $0[1]) }
        let highest = history.indices.max { history[$0].risk < history[$1].risk }
        let kept = Thinning.indices(
            times: history.map(\.time), atMost: Self.greatestPoints, keeping: highest.map { [$0] } ?? [],
            series: [history.map(\.risk)])
        writer.key("riskScoreTimeline")
        writer.beginArray()
        for index in kept {
            writer.beginObject()
            writer.key("timestamp")
            writer.timestamp(milliseconds: history[index].time)
            writer.key("riskScore")
            writer.double(history[index].risk)
            writer.endObject()
        }
        writer.endArray()
        return highest.map { history[$0].risk } ?? risk
    }
}

extension AnomalyModule {
    func getAnomalyDetail(_ request: borrowing Request) throws -> Response {
        let sessionId = request.parameters[0]
        let categoryId = request.parameters[1]
        let tenant = request.tenant
        return try request.database.read { tx in
            let detail = try AnomalyDetail(sessionId, categoryId, tx)
            let configuration = try ModelTable.sessionConfiguration(settings.installation, tx)
            return try .json(capacity: 8192) { writer in
                try detail.write(to: &writer, tenant: tenant, configuration, tx)
            }
        }
    }
}
