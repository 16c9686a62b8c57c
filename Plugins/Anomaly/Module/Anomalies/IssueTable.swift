import GantryKit

/// An issue with what its record says about it.
struct StoredIssue {
    /// Its identifier.
    var id: String
    /// The record that it belongs to.
    var anomalyId: String
    /// Its place among the record's issues.
    var position: Int
    /// Where the work stands.
    var status: IssueStatus
    /// The user who works on it; nil when nobody does.
    var assignee: String?
    /// The session of the record.
    var sessionId: String

    /// Writes the members that answers and events have in common, into an object that is open.
    func writeMembers(to writer: inout JSONWriter) {
        writer.key("id")
        writer.string(id)
        writer.key("statusName")
        writer.string(status.rawValue)
        writer.key("assignedTo")
        writer.string(assignee)
    }

    /// Publishes that the issue has changed.
    /// - Parameter caller: User or API key that has changed it.
    func publishUpdate(by caller: String, _ tx: borrowing Transaction) throws {
        try tx.publish("anomaly.issue.updated", key: sessionId) { writer in
            writer.beginObject()
            writeMembers(to: &writer)
            writer.key("anomalyId")
            writer.string(anomalyId)
            writer.key("updatedBy")
            writer.string(caller)
            writer.endObject()
        }
    }
}

/// Statements on the issues of anomaly records.
enum IssueTable {
    /// Reads an issue; nil when there is none.
    static func find(_ issueId: String, _ tx: borrowing Transaction) throws -> StoredIssue? {
        try tx.first(
            """
            SELECT i.anomaly_id, i.position, i.status, i.assigned_to, a.session_id \
            FROM anomaly_issues i JOIN anomalies a ON a.anomaly_id = i.anomaly_id WHERE i.issue_id = $1
            """, issueId
        ) { row in
            StoredIssue(
                id: issueId, anomalyId: try row[0], position: try row[1], status: try row[2], assignee: try row[3],
                sessionId: try row[4])
        }
    }

    /// Stores status and assignee of an issue, with what follows for its record and the tenant's figures.
    static func update(_ issue: StoredIssue, nowMilliseconds now: Int64, _ tx: borrowing Transaction) throws {
        let before = try FigureTable.tally(issue.sessionId, tx)
        try tx.execute(
            """
            UPDATE anomaly_issues SET status = $3, assigned_to = $4, updated_at = $5, \
            closed_at = CASE WHEN $6 = 1 THEN COALESCE(closed_at, $5) ELSE NULL END \
            WHERE anomaly_id = $1 AND position = $2
            """, issue.anomalyId, issue.position, issue.status.rawValue, issue.assignee, now, issue.status.isClosed)
        var mask = 0
        var newest = issue.status
        try tx.query(
            "SELECT status FROM anomaly_issues WHERE anomaly_id = $1 ORDER BY position", issue.anomalyId
        ) { row in
            newest = try row[0]
            mask |= newest.bit
        }
        try tx.execute(
            """
            UPDATE anomalies SET updated_at = CASE WHEN updated_at > $2 THEN updated_at ELSE $2 END, issue_mask = $3, \
            is_active = CASE WHEN is_counted = 1 AND risk > 0 THEN $4 ELSE 0 END WHERE anomaly_id = $1
            """, issue.anomalyId, now, mask, !newest.isClosed)
        try FigureTable.recordsChanged(of: issue.sessionId, from: before, tx)
    }

    /// Writes the issues of a record, oldest first, as an array.
    static func write(of anomalyId: String, to writer: inout JSONWriter, _ tx: borrowing Transaction) throws {
        writer.beginArray()
        try tx.query(
            "SELECT issue_id, status, assigned_to FROM anomaly_issues WHERE anomaly_id = $1 ORDER BY position",
            anomalyId
        ) { row in
            writer.beginObject()
            writer.key("id")
            try writer.text(row, 0)
            writer.key("statusName")
            try writer.text(row, 1)
            writer.key("assignedTo")
            if try row.isNull(2) { writer.null() } else { try writer.text(row, 2) }
            writer.endObject()
        }
        writer.endArray()
    }
}
