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
        /// Whether the analysis before found it; its risk may have been discarded since.
        var wasFound: Bool
        var historyPoints: Int
        var issueMask: Int
    }

    /// A record's newest issue.
    private struct NewestIssue {
        var id: String
        var position: Int
        var closedAt: Int64?
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
            var record =
                try known
                ?? Record(
                    id: makeId(), category: Int(finding.category.rawValue), wasFound: false, historyPoints: 0,
                    issueMask: 0)
            var issue = known == nil ? nil : try newestIssue(of: record.id, tx)
            if opensIssue(finding, record, after: issue) {
                let opened = NewestIssue(id: try makeId(), position: (issue?.position ?? -1) + 1)
                try open(opened, of: record.id, now, tx)
                record.issueMask |= IssueStatus.open.bit
                news.append(News(anomalyId: record.id, issueId: opened.id, finding: finding))
                issue = opened
            } else if !record.wasFound, let issue {
                news.append(News(anomalyId: record.id, issueId: issue.id, finding: finding))
            }
            let isActive = session.status.isCounted && finding.score > 0 && issue?.closedAt == nil
            if known == nil {
                try insert(finding, record, isActive: isActive, session, now, tx)
            } else {
                try update(finding, record, isActive: isActive, now, tx)
            }
            try addHistoryPoint(record, risk: finding.score, now, tx)
        }
        for record in records where !findings.contains(where: { Int($0.category.rawValue) == record.category }) {
            try tx.execute(
                """
                UPDATE anomalies SET risk = 0, is_found = 0, is_active = 0, updated_at = $2, \
                history_points = history_points + 1 WHERE anomaly_id = $1
                """, record.id, now)
            try addHistoryPoint(record, risk: 0, now, tx)
        }
        return news
    }

    /// Whether a finding opens an issue: the first of its record, and a further one once the newest was closed and the
    /// category comes back, or lies later than the closing.
    private static func opensIssue(
        _ finding: CategoryFinding, _ record: Record, after issue: NewestIssue?
    ) -> Bool {
        guard let issue else { return true }
        guard let closedAt = issue.closedAt else { return false }
        return !record.wasFound || finding.startMilliseconds > closedAt
    }

    /// Lets the records of a session that lost its verdict fall to a risk of 0. That is no analysis: it leaves no point
    /// in the histories, and what the next analysis finds again is no news.
    static func clear(_ sessionId: String, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "UPDATE anomalies SET risk = 0, is_active = 0 WHERE session_id = $1 AND risk <> 0", sessionId)
    }

    /// Takes the records of a session that became invalid out of all figures.
    static func discount(_ sessionId: String, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE anomalies SET is_counted = 0, is_active = 0 WHERE session_id = $1", sessionId)
    }

    private static func records(of sessionId: String, _ tx: borrowing Transaction) throws -> [Record] {
        try tx.rows(
            """
            SELECT anomaly_id, category, is_found, history_points, issue_mask FROM anomalies WHERE session_id = $1
            """, sessionId
        ) { row in
            Record(
                id: try row[0], category: try row[1], wasFound: try row[2], historyPoints: try row[3],
                issueMask: try row[4])
        }
    }

    private static func update(
        _ finding: CategoryFinding, _ record: Record, isActive: Bool, _ now: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE anomalies SET risk = $2, confidence = $3, start_at = $4, end_at = $5, start_unit = $6, \
            end_unit = $7, updated_at = $8, is_found = 1, is_active = $9, issue_mask = $10, \
            history_points = history_points + 1 WHERE anomaly_id = $1
            """, record.id, finding.score, finding.confidence, finding.startMilliseconds, finding.endMilliseconds,
            finding.startUnit, finding.endUnit, now, isActive, record.issueMask)
    }

    private static func insert(
        _ finding: CategoryFinding, _ record: Record, isActive: Bool, _ session: StoredSession, _ now: Int64,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO anomalies (anomaly_id, session_id, category, station_id, connector_id, risk, confidence, \
            start_at, end_at, start_unit, end_unit, first_detected_at, updated_at, history_points, is_counted, \
            session_uid, evse_id, is_found, is_active, issue_mask) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16, 1, $17, $18)
            """, record.id, session.sessionId, record.category, session.stationId, session.connectorId,
            finding.score, finding.confidence, finding.startMilliseconds, finding.endMilliseconds,
            finding.startUnit, finding.endUnit, now, now, session.status.isCounted, session.internalId,
            session.evseId, isActive, record.issueMask)
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
    ) throws -> NewestIssue? {
        try tx.first(
            """
            SELECT issue_id, position, closed_at FROM anomaly_issues WHERE anomaly_id = $1 \
            ORDER BY position DESC LIMIT 1
            """, anomalyId
        ) { NewestIssue(id: try $0[0], position: try $0[1], closedAt: try $0[2]) }
    }

    private static func open(
        _ issue: NewestIssue, of anomalyId: String, _ now: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO anomaly_issues (anomaly_id, position, issue_id, status, opened_at, updated_at) \
            VALUES ($1, $2, $3, 'OPEN', $4, $5)
            """, anomalyId, issue.position, issue.id, now, now)
    }
}
