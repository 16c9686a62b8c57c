import AnomalyDetection
import GantryKit

/// Which anomaly records `listAnomalies` shows, and in which order.
struct AnomalyFilter {
    private let category: Int?
    private let connectorId: String?
    private let sessionId: String?
    private let stationId: String?
    private let evseId: String?
    private let occurrence: (from: Int64?, to: Int64?)
    private let update: (from: Int64?, to: Int64?)
    private let issueStatus: IssueStatus?
    private let assignee: String?
    private let byScore: ScoreOrder?

    /// Direction of an order by risk.
    private enum ScoreOrder: String {
        case ascending = "asc"
        case descending = "desc"
    }

    /// Reads the filters of `listAnomalies`.
    init(_ query: Fields) throws {
        category = query.category("anomalyType")
        connectorId = query["connectorId"]
        sessionId = query["chargingSessionId"]
        stationId = query["chargingPointId"]
        evseId = query["evseId"]
        occurrence = (
            try query.timestampMilliseconds("occurrenceFrom"), try query.timestampMilliseconds("occurrenceTo")
        )
        update = (try query.timestampMilliseconds("updateFrom"), try query.timestampMilliseconds("updateTo"))
        issueStatus = IssueStatus(query["anomalyIssuesStatus"])
        assignee = query["assignedTo"]
        byScore = query["sortByScore"].flatMap(ScoreOrder.init(rawValue:))
    }

    /// The number of matching records.
    func count(_ tx: borrowing Transaction) throws -> Int64 {
        // Without a condition databases count without looking at the entries.
        if isEmpty { return try tx.one("SELECT COUNT(*) FROM anomalies") { try $0[0] } }
        return try tx.one(
            "SELECT COUNT(*) FROM anomalies WHERE \(condition(category: "category"))", category, connectorId, sessionId,
            stationId, evseId,
            occurrence.from, occurrence.to, update.from, update.to, issue, assignee
        ) { try $0[0] }
    }

    /// The records of one page.
    func select(_ page: PageRequest, _ tx: borrowing Transaction) throws -> [AnomalyRecord] {
        // What is passed over is passed over in an index; only the rows of the page are looked at. The plus keeps
        // planners from the index by category, which is for counting: it is not in the order of the list.
        let condition = condition(category: "+category")
        return try tx.rows(
            """
            SELECT \(AnomalyRecord.columns) FROM anomalies a WHERE anomaly_id IN \
            (SELECT anomaly_id FROM anomalies WHERE \(condition) ORDER BY \(order) LIMIT $12 OFFSET $13) \
            ORDER BY \(order)
            """, category, connectorId, sessionId, stationId, evseId, occurrence.from, occurrence.to, update.from,
            update.to, issue, assignee, page.size, page.offset
        ) { try AnomalyRecord($0) }
    }

    private var isEmpty: Bool {
        category == nil && connectorId == nil && sessionId == nil && stationId == nil && evseId == nil
            && occurrence == (nil, nil) && update == (nil, nil) && issueStatus == nil && assignee == nil
    }

    /// The tenth parameter: a status beside an assignee, and alone its bit among those of all issues of a record.
    private var issue: (any SQLParameter)? {
        assignee == nil ? issueStatus?.bit : issueStatus?.rawValue
    }

    private var order: String {
        switch byScore {
        case nil: "updated_at DESC, anomaly_id"
        case .descending: "risk DESC, updated_at DESC, anomaly_id"
        case .ascending: "risk, updated_at DESC, anomaly_id"
        }
    }

    /// The condition over the parameters $1 to $11. It names each of them, also those that are not used.
    ///
    /// - Parameter name: How the column of the category is written.
    private func condition(category name: String) -> String {
        [
            category.term(1, "\(name) = $1"), connectorId.term(2, "connector_id = $2"),
            sessionId.term(3, "session_id = $3"), stationId.term(4, "station_id = $4"),
            evseId.term(5, "evse_id = $5 AND evse_id <> ''"), occurrence.from.term(6, "start_at >= $6"),
            occurrence.to.term(7, "start_at < $7"), update.from.term(8, "updated_at >= $8"),
            update.to.term(9, "updated_at < $9"), issueCondition,
        ].joined(separator: " AND ")
    }

    private var issueCondition: String {
        guard assignee != nil else {
            return issueStatus.term(10, "(issue_mask & $10) <> 0") + " AND CAST($11 AS TEXT) IS NULL"
        }
        return issueStatus == nil
            ? "CAST($10 AS TEXT) IS NULL AND anomaly_id IN "
                + "(SELECT i.anomaly_id FROM anomaly_issues i WHERE i.assigned_to = $11)"
            : "anomaly_id IN "
                + "(SELECT i.anomaly_id FROM anomaly_issues i WHERE i.assigned_to = $11 AND i.status = $10)"
    }
}

extension Optional {
    /// A condition if there is a value for parameter `number`, else one that always holds and names the parameter.
    func term(_ number: Int, _ condition: String) -> String {
        self == nil ? "CAST($\(number) AS TEXT) IS NULL" : condition
    }
}

extension Fields {
    /// The stored code of the category that a parameter names; nil when it is absent.
    func category(_ name: String) -> Int? {
        utf8(name).flatMap { AnomalyCategory(wireName: UnsafeRawBufferPointer($0)) }.map { Int($0.rawValue) }
    }
}
