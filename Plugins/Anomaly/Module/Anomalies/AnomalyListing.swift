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
}
