import AnomalyDetection
import GantryKit

/// An anomaly record as lists show it.
struct AnomalyRecord {
    /// The columns that `init` reads, of the table `anomalies` under the name `a`.
    static let columns = """
        a.anomaly_id, a.category, a.risk, a.connector_id, a.station_id, \
        (SELECT s.ocpp_id FROM stations s WHERE s.station_id = a.station_id), a.evse_id, a.session_id, a.start_at, \
        a.updated_at
        """

    /// Its identifier.
    let id: String
    private let category: AnomalyCategory
    private let risk: Double
    private let connectorId: String
    private let stationId: String
    private let ocppId: String?
    private let evseId: String
    private let sessionId: String
    private let startAt: Int64
    private let updatedAt: Int64

    /// Reads the row of a statement that selects `columns`.
    init(_ row: borrowing Row) throws {
        id = try row[0]
        category = try AnomalyCategory(row, 1)
        risk = try row[2]
        connectorId = try row[3]
        stationId = try row[4]
        ocppId = try row[5]
        evseId = try row[6]
        sessionId = try row[7]
        startAt = try row[8]
        updatedAt = try row[9]
    }

    /// Writes the record with its issues: `Anomaly` of the contract.
    func write(to writer: inout JSONWriter, _ tx: borrowing Transaction) throws {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("anomalyType")
        writer.string(category.wireName)
        writer.key("anomalyTypeId")
        writer.string(category.identifier)
        writer.key("aiRiskScore")
        writer.double(risk)
        writer.key("connectorId")
        writer.string(connectorId.isEmpty ? nil : connectorId)
        writer.key("chargingPointId")
        writer.string(stationId)
        writer.key("ocppChargingStationId")
        writer.string(ocppId ?? stationId)
        writer.key("evseId")
        writer.string(evseId.isEmpty ? nil : evseId)
        writer.key("chargingSessionId")
        writer.string(sessionId)
        writer.key("dateOfAnomalyOccurrence")
        writer.timestamp(milliseconds: startAt)
        writer.key("dateOfLastUpdate")
        writer.timestamp(milliseconds: updatedAt)
        writer.key("issues")
        try IssueTable.write(of: id, to: &writer, tx)
        writer.endObject()
    }
}

extension AnomalyCategory {
    /// The category whose stored code a column holds.
    init(_ row: borrowing Row, _ index: Int) throws {
        let column = try row.column(index)
        self = try column.require(
            column.integer.flatMap { UInt8(exactly: $0) }.flatMap(AnomalyCategory.init(rawValue:)))
    }
}
