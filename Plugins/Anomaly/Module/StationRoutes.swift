import AnomalyDetection
import GantryKit

extension AnomalyModule {
    static var stationHandlers: [Handler<Self>] {
        [
            .operation("listStations") { _, request in try listStations(request) },
            .operation("lookupStationIds") { _, request in try lookupStationIds(request) },
            .operation("getStation") { _, request in try getStation(request) },
            .operation("getStationConnectors") { _, request in try getStationConnectors(request) },
        ]
    }

    private static func listStations(_ request: borrowing Request) throws -> Response {
        let page = try PageRequest(request.query)
        return try request.database.read { tx in
            let total = try tx.first("SELECT COUNT(*) FROM stations") { try $0.get(0, as: Int64.self) } ?? 0
            return try page.response(totalCount: total) { writer in
                try tx.query(
                    """
                    SELECT station_id, internal_id, ocpp_id, \
                    (SELECT COUNT(*) FROM anomalies a WHERE a.station_id = s.station_id AND a.is_counted = 1), \
                    (SELECT MAX(a.start_at) FROM anomalies a WHERE a.station_id = s.station_id AND a.is_counted = 1), \
                    (SELECT v.score FROM station_verdicts v WHERE v.station_id = s.station_id \
                    ORDER BY v.position DESC LIMIT 1) FROM stations s ORDER BY station_id LIMIT $1 OFFSET $2
                    """, page.size, page.offset
                ) { try writeStation($0, to: &writer) }
            }
        }
    }

    private static func writeStation(_ row: borrowing Row, to writer: inout JSONWriter) throws {
        writer.beginObject()
        writer.key("id")
        try writer.text(row, 1)
        writer.key("ocppChargingStationId")
        try writer.text(row, row.isNull(2) ? 0 : 2)
        writer.key("chargingStationId")
        try writer.text(row, 0)
        writer.key("aiScore")
        writer.double(try row.get(5, as: Double?.self))
        writer.key("totalAnomalies")
        writer.int(try row.get(3, as: Int64.self))
        writer.key("lastAnomalyDate")
        try writer.timestamp(row, 4)
        writer.endObject()
    }

    private static func lookupStationIds(_ request: borrowing Request) throws -> Response {
        try request.database.read { tx in
            try .json(capacity: 4096) { writer in
                writer.beginObject()
                writer.key("items")
                writer.beginArray()
                try tx.query("SELECT station_id FROM stations ORDER BY station_id LIMIT 10000") { row in
                    try writer.text(row, 0)
                }
                writer.endArray()
                writer.endObject()
            }
        }
    }

    private static func getStation(_ request: borrowing Request) throws -> Response {
        let stationId = request.parameters[0]
        return try request.database.read { tx in
            let metadata = try StationTable.metadata(stationId, tx)
            let connectors = try StationTable.connectors(stationId, tx)
            return .json(capacity: 256 + connectors.count * 96 + (metadata?.count ?? 0)) { writer in
                writer.beginObject()
                writer.key("chargingStationId")
                writer.string(stationId)
                writer.key("connectors")
                writer.beginArray()
                for connector in connectors where !connector.id.isEmpty {
                    writer.beginObject()
                    connector.write(to: &writer)
                    writer.endObject()
                }
                writer.endArray()
                writer.key("totalSessions")
                writer.int(connectors.reduce(0) { $0 + $1.totalSessions })
                writer.key("anomalousSessions")
                writer.int(connectors.reduce(0) { $0 + $1.anomalousSessions })
                writer.key("metadata")
                if let metadata { writer.raw(metadata) } else { writer.null() }
                writer.endObject()
            }
        }
    }

    private static func getStationConnectors(_ request: borrowing Request) throws -> Response {
        let stationId = request.parameters[0]
        return try request.database.read { tx in
            _ = try StationTable.metadata(stationId, tx)
            let connectors = try StationTable.connectors(stationId, tx)
            let categories = try AnomalyTable.categories(ofStation: stationId, tx)
            return .json(capacity: 256 + connectors.count * 256) { writer in
                writer.beginObject()
                writer.key("chargingStationId")
                writer.string(stationId)
                writer.key("connectors")
                writer.beginArray()
                for connector in connectors where !connector.id.isEmpty {
                    writer.beginObject()
                    connector.write(to: &writer)
                    writer.key("anomalyCategories")
                    writer.beginObject()
                    for count in categories where count.connectorId == connector.id {
                        writer.key(count.category.wireName)
                        writer.int(count.records)
                    }
                    writer.endObject()
                    writer.endObject()
                }
                writer.endArray()
                writer.endObject()
            }
        }
    }
}
