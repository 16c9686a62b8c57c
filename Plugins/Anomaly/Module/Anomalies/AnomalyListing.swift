import AnomalyDetection
import GantryKit

extension AnomalyModule {
    /// Pages through anomaly records, the latest updated first or by risk.
    static func listAnomalies(_ request: borrowing Request) throws -> Response {
        let page = try PageRequest(request.query)
        let filter = try AnomalyFilter(request.query)
        return try request.database.read { tx in
            try page.response(totalCount: try filter.count(tx)) { writer in
                for record in try filter.select(page, tx) { try record.write(to: &writer, tx) }
            }
        }
    }

    /// Pages through connectors with the sums of their records; those of invalid sessions enter no sum.
    static func listAnomalyConnectors(_ request: borrowing Request) throws -> Response {
        struct Item {
            var id: String
            var connectorId: String
            var stationId: String
            var evseId: String
            var records: Int64
            var detectedAt: Int64
            var updatedAt: Int64
        }
        let page = try PageRequest(request.query)
        let sums = try AnomalySums(request.query, "connectorId", column: "connector_id")
        let records = "FROM anomalies WHERE is_counted = 1 AND connector_id <> '' AND \(sums.condition)"
        return try request.database.read { tx in
            let total: Int64 = try tx.one(
                "SELECT COUNT(*) FROM (SELECT 1 \(records) GROUP BY connector_id, station_id) AS groups", sums.name,
                sums.category, sums.from, sums.to
            ) { try $0[0] }
            let items = try tx.rows(
                """
                SELECT c.internal_id, c.connector_id, c.station_id, c.evse_id, g.records, g.detected_at, g.updated_at \
                FROM (SELECT connector_id, station_id, COUNT(*) AS records, MIN(first_detected_at) AS detected_at, \
                MAX(updated_at) AS updated_at \(records) GROUP BY connector_id, station_id) AS g \
                JOIN connectors c ON c.station_id = g.station_id AND c.connector_id = g.connector_id \
                ORDER BY g.\(sums.order), c.internal_id LIMIT $5 OFFSET $6
                """, sums.name, sums.category, sums.from, sums.to, page.size, page.offset
            ) { row in
                Item(
                    id: try row[0], connectorId: try row[1], stationId: try row[2], evseId: try row[3],
                    records: try row[4], detectedAt: try row[5], updatedAt: try row[6])
            }
            return try page.response(totalCount: total) { writer in
                for item in items {
                    let types: [(category: AnomalyCategory, count: Int64)] = try tx.rows(
                        """
                        SELECT category, COUNT(*) \(records) AND connector_id = $5 AND station_id = $6 \
                        GROUP BY category
                        """, sums.name, sums.category, sums.from, sums.to, item.connectorId, item.stationId
                    ) { (try AnomalyCategory($0, 0), try $0[1]) }
                    writer.beginObject()
                    writer.key("id")
                    writer.string(item.id)
                    writer.key("connectorId")
                    writer.string(item.connectorId)
                    writer.key("anomalyCount")
                    writer.int(item.records)
                    writer.key("chargingPointId")
                    writer.string(item.stationId)
                    writer.key("evseId")
                    writer.string(item.evseId.isEmpty ? nil : item.evseId)
                    AnomalySums.write(detectedAt: item.detectedAt, updatedAt: item.updatedAt, to: &writer)
                    AnomalySums.write(types, to: &writer)
                    writer.endObject()
                }
            }
        }
    }

    /// Pages through sessions with the sums of their records, invalid sessions included.
    static func listAnomalySessions(_ request: borrowing Request) throws -> Response {
        struct Item {
            var id: String
            var records: Int64
            var detectedAt: Int64
            var updatedAt: Int64
            var risk: Double
        }
        let page = try PageRequest(request.query)
        let sums = try AnomalySums(request.query, "chargingSessionId", column: "session_id")
        return try request.database.read { tx in
            let total: Int64 = try tx.one(
                """
                SELECT COUNT(*) FROM (SELECT 1 FROM anomalies WHERE \(sums.condition) GROUP BY session_uid) AS groups
                """, sums.name, sums.category, sums.from, sums.to
            ) { try $0[0] }
            let items = try tx.rows(
                """
                SELECT session_uid, COUNT(*) AS records, MIN(first_detected_at) AS detected_at, \
                MAX(updated_at) AS updated_at, MAX(risk) AS risk FROM anomalies WHERE \(sums.condition) \
                GROUP BY session_uid ORDER BY \(sums.order), session_uid LIMIT $5 OFFSET $6
                """, sums.name, sums.category, sums.from, sums.to, page.size, page.offset
            ) { row in
                Item(
                    id: try row[0], records: try row[1], detectedAt: try row[2], updatedAt: try row[3],
                    risk: try row[4])
            }
            return try page.response(totalCount: total) { writer in
                for item in items {
                    // A session has one record of a category.
                    let types: [(sessionId: String, category: AnomalyCategory)] = try tx.rows(
                        """
                        SELECT session_id, category FROM anomalies WHERE \(sums.condition) AND session_uid = $5
                        """, sums.name, sums.category, sums.from, sums.to, item.id
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
        }
    }
}
