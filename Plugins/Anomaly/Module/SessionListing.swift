import GantryKit

extension AnomalyModule {
    /// Pages through sessions, newest first.
    static func listSessions(_ request: borrowing Request) throws -> Response {
        let page = try PageRequest(request.query)
        let filter = try SessionFilter(request.query)
        return try request.database.read { tx in
            let found = try SessionSearch.find(filter, page, tx)
            return try page.response(totalCount: found.totalCount) { writer in
                try filter.select(found.stretches, tx) { try writeSummary($0, to: &writer) }
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
