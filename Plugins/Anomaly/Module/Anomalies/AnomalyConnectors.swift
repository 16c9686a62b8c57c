import AnomalyDetection
import GantryKit

/// The records of one connector summed up.
private struct ConnectorSum {
    var stationId: String
    var connectorId: String
    var types: [(category: AnomalyCategory, count: Int64)] = []
    var records: Int64 = 0
    var detectedAt = Int64.max
    var updatedAt = Int64.min
    var id = ""
    var evseId = ""
}

extension AnomalyModule {
    /// Pages through connectors with the sums of their records; those of invalid sessions enter no sum.
    static func listAnomalyConnectors(_ request: borrowing Request) throws -> Response {
        let page = try PageRequest(request.query)
        let sums = try AnomalySums(
            request.query, "connectorId", column: "connector_id", category: "+category")
        return try request.database.read { tx in
            let items = try connectorSums(sums, tx)
            return page.response(totalCount: Int64(items.count)) { writer in
                for item in items.dropFirst(page.offset).prefix(page.size) {
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
                    AnomalySums.write(item.types, to: &writer)
                    writer.endObject()
                }
            }
        }
    }

    /// All connectors with matching records, in order: one pass over an index that is sorted like the groups. There are
    /// few connectors, so they are put into order here.
    private static func connectorSums(_ sums: AnomalySums, _ tx: borrowing Transaction) throws -> [ConnectorSum] {
        var items: [ConnectorSum] = []
        try tx.query(
            """
            SELECT connector_id, station_id, category, COUNT(*), MIN(first_detected_at), MAX(updated_at) \
            FROM anomalies WHERE is_counted = 1 AND connector_id <> '' AND \(sums.condition) \
            GROUP BY connector_id, station_id, category
            """, sums.name, sums.category, sums.from, sums.to
        ) { row in
            let connectorId: String = try row[0]
            let stationId: String = try row[1]
            if items.last?.connectorId != connectorId || items.last?.stationId != stationId {
                items.append(ConnectorSum(stationId: stationId, connectorId: connectorId))
            }
            let count: Int64 = try row[3]
            let index = items.count - 1
            items[index].types.append((try AnomalyCategory(row, 2), count))
            items[index].records += count
            items[index].detectedAt = min(items[index].detectedAt, try row[4])
            items[index].updatedAt = max(items[index].updatedAt, try row[5])
        }
        for index in items.indices {
            (items[index].id, items[index].evseId) = try tx.one(
                "SELECT internal_id, evse_id FROM connectors WHERE station_id = $1 AND connector_id = $2",
                items[index].stationId, items[index].connectorId
            ) { (try $0[0], try $0[1]) }
        }
        let isDescending = sums.order.hasSuffix(" DESC")
        func key(_ item: ConnectorSum) -> Int64 {
            let key =
                switch sums.order.prefix(while: { $0 != " " }) {
                case "records": item.records
                case "detected_at": item.detectedAt
                default: item.updatedAt
                }
            return isDescending ? -key : key
        }
        return items.map { (key: key($0), item: $0) }
            .sorted { $0.key != $1.key ? $0.key < $1.key : $0.item.id < $1.item.id }
            .map(\.item)
    }
}
