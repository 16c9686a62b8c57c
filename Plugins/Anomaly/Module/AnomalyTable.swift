import AnomalyDetection
import GantryKit

/// Statements on the anomaly records, their issues and their risk histories.
enum AnomalyTable {
    /// Records of one category in the sessions of one connector.
    struct CategoryCount {
        /// The connector; empty for sessions that name none.
        var connectorId: String
        /// The category.
        var category: AnomalyCategory
        /// Number of records.
        var records: Int64
    }

    /// A finding that is news: its category was not reported before, or it opened a further issue.
    struct News {
        /// The record.
        var anomalyId: String
        /// Its newest issue.
        var issueId: String
        /// What was found.
        var finding: CategoryFinding
    }

    /// A record as it was before an analysis.
    private struct Record {
        var id: String
        var category: Int
        var risk: Double
        var historyPoints: Int
    }

    /// Counts a station's records by connector and category.
    static func categories(ofStation stationId: String, _ tx: borrowing Transaction) throws -> [CategoryCount] {
        try tx.rows(
            """
            SELECT connector_id, category, COUNT(*) FROM anomalies WHERE station_id = $1 AND is_counted = 1 \
            GROUP BY connector_id, category ORDER BY connector_id, category
            """, stationId
        ) { row in
            let category: Int = try row[1]
            guard let known = UInt8(exactly: category).flatMap(AnomalyCategory.init(rawValue:)) else {
                throw HostError(.failed, message: "There is no anomaly category \(category).")
            }
            return CategoryCount(connectorId: try row[0], category: known, records: try row[2])
        }
    }

    /// Brings a session's records up to date with an analysis: opens issues, and appends a point to each history.
    ///
    /// - Parameter isNew: The session is just being stored, so it has no records yet.
    static func apply(
        _ findings: [CategoryFinding], to session: StoredSession, isNew: Bool, nowMilliseconds now: Int64,
        _ makeId: () throws -> String, _ tx: borrowing Transaction
    ) throws -> [News] {
        let records = isNew ? [] : try self.records(of: session.sessionId, tx)
        var news: [News] = []
        for finding in findings {
            let known = records.first { $0.category == Int(finding.category.rawValue) }
            let record =
                try known
                ?? Record(id: makeId(), category: Int(finding.category.rawValue), risk: 0, historyPoints: 0)
            let issue = known == nil ? nil : try newestIssue(of: record.id, tx)
            try store(finding, record, isKnown: known != nil, session, now, tx)
            try addHistoryPoint(record, risk: finding.score, now, tx)
            let reopens =
                issue.map { issue in
                    guard let closedAt = issue.closedAt else { return false }
                    return record.risk == 0 || finding.startMilliseconds > closedAt
                } ?? true
            if reopens {
                let issueId = try makeId()
                try open(issueId, of: record.id, position: (issue?.position ?? -1) + 1, now, tx)
                news.append(News(anomalyId: record.id, issueId: issueId, finding: finding))
            } else if record.risk == 0, let issue {
                news.append(News(anomalyId: record.id, issueId: issue.id, finding: finding))
            }
        }
        for record in records where !findings.contains(where: { Int($0.category.rawValue) == record.category }) {
            try tx.execute(
                """
                UPDATE anomalies SET risk = 0, updated_at = $2, history_points = history_points + 1 \
                WHERE anomaly_id = $1
                """, record.id, now)
            try addHistoryPoint(record, risk: 0, now, tx)
        }
        return news
    }

    /// Lets the records of a session that lost its verdict fall to a risk of 0; no analysis, so no history point.
    static func clear(_ sessionId: String, nowMilliseconds: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "UPDATE anomalies SET risk = 0, updated_at = $2 WHERE session_id = $1 AND risk <> 0", sessionId,
            nowMilliseconds)
    }

    /// Takes the records of a session that became invalid out of all figures.
    static func discount(_ sessionId: String, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE anomalies SET is_counted = 0 WHERE session_id = $1", sessionId)
    }

    private static func records(of sessionId: String, _ tx: borrowing Transaction) throws -> [Record] {
        try tx.rows(
            "SELECT anomaly_id, category, risk, history_points FROM anomalies WHERE session_id = $1", sessionId
        ) { row in
            Record(id: try row[0], category: try row[1], risk: try row[2], historyPoints: try row[3])
        }
    }

    private static func store(
        _ finding: CategoryFinding, _ record: Record, isKnown: Bool, _ session: StoredSession, _ now: Int64,
        _ tx: borrowing Transaction
    ) throws {
        if isKnown {
            try tx.execute(
                """
                UPDATE anomalies SET risk = $2, confidence = $3, start_at = $4, end_at = $5, start_unit = $6, \
                end_unit = $7, updated_at = $8, history_points = history_points + 1 WHERE anomaly_id = $1
                """, record.id, finding.score, finding.confidence, finding.startMilliseconds,
                finding.endMilliseconds, finding.startUnit, finding.endUnit, now)
        } else {
            try tx.execute(
                """
                INSERT INTO anomalies (anomaly_id, session_id, category, station_id, connector_id, risk, confidence, \
                start_at, end_at, start_unit, end_unit, first_detected_at, updated_at, history_points, is_counted) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14)
                """, record.id, session.sessionId, record.category, session.stationId, session.connectorId,
                finding.score, finding.confidence, finding.startMilliseconds, finding.endMilliseconds,
                finding.startUnit, finding.endUnit, now, now, session.status.isCounted)
        }
    }

    private static func addHistoryPoint(
        _ record: Record, risk: Double, _ now: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            "INSERT INTO anomaly_history (anomaly_id, position, analyzed_at, risk) VALUES ($1, $2, $3, $4)",
            record.id, record.historyPoints, now, risk)
    }

    private static func newestIssue(
        of anomalyId: String, _ tx: borrowing Transaction
    ) throws -> (id: String, position: Int, closedAt: Int64?)? {
        try tx.first(
            """
            SELECT issue_id, position, closed_at FROM anomaly_issues WHERE anomaly_id = $1 \
            ORDER BY position DESC LIMIT 1
            """, anomalyId
        ) { (id: try $0[0], position: try $0[1], closedAt: try $0[2]) }
    }

    private static func open(
        _ issueId: String, of anomalyId: String, position: Int, _ now: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO anomaly_issues (anomaly_id, position, issue_id, status, opened_at, updated_at) \
            VALUES ($1, $2, $3, 'OPEN', $4, $5)
            """, anomalyId, position, issueId, now, now)
    }
}
