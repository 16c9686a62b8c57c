import GantryKit

/// Statements on the tables of stations and their connectors.
enum StationTable {
    /// Counts a new session, and makes sure that its station and connector exist.
    static func add(_ session: StoredSession, _ makeId: () throws -> String, _ tx: borrowing Transaction) throws {
        let changes = try tx.execute(
            """
            UPDATE connectors SET stored_sessions = stored_sessions + 1, total_sessions = total_sessions + $3, \
            anomalous_sessions = anomalous_sessions + $4, evse_id = CASE WHEN $5 = '' THEN evse_id ELSE $5 END \
            WHERE station_id = $1 AND connector_id = $2
            """, session.stationId, session.connectorId, session.status.isCounted, session.isCountedAnomalous,
            session.evseId)
        guard changes == 0 else { return }
        try tx.execute(
            """
            INSERT INTO stations (station_id, internal_id, created_at) VALUES ($1, $2, $3) \
            ON CONFLICT (station_id) DO NOTHING
            """, session.stationId, try makeId(), session.createdAt)
        // Another writer may have been faster where the database has several.
        try tx.execute(
            """
            INSERT INTO connectors (station_id, connector_id, internal_id, stored_sessions, total_sessions, \
            anomalous_sessions, evse_id) VALUES ($1, $2, $3, 1, $4, $5, $6) \
            ON CONFLICT (station_id, connector_id) DO UPDATE SET \
            stored_sessions = connectors.stored_sessions + 1, \
            total_sessions = connectors.total_sessions + excluded.total_sessions, \
            anomalous_sessions = connectors.anomalous_sessions + excluded.anomalous_sessions, \
            evse_id = CASE WHEN excluded.evse_id = '' THEN connectors.evse_id ELSE excluded.evse_id END
            """, session.stationId, session.connectorId, try makeId(), session.status.isCounted,
            session.isCountedAnomalous, session.evseId)
    }

    /// Brings the counts of a session's connector up to date after a change.
    static func recount(from old: StoredSession, to new: StoredSession, _ tx: borrowing Transaction) throws {
        let total = (new.status.isCounted ? 1 : 0) - (old.status.isCounted ? 1 : 0)
        let anomalous = (new.isCountedAnomalous ? 1 : 0) - (old.isCountedAnomalous ? 1 : 0)
        guard total != 0 || anomalous != 0 else { return }
        try tx.execute(
            """
            UPDATE connectors SET total_sessions = total_sessions + $3, anomalous_sessions = anomalous_sessions + $4 \
            WHERE station_id = $1 AND connector_id = $2
            """, new.stationId, new.connectorId, total, anomalous)
    }

    /// Takes a session out of the counts that is about to be deleted. Its station and connector stay.
    static func remove(_ session: StoredSession, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE connectors SET stored_sessions = stored_sessions - 1, total_sessions = total_sessions - $3, \
            anomalous_sessions = anomalous_sessions - $4 WHERE station_id = $1 AND connector_id = $2
            """, session.stationId, session.connectorId, session.status.isCounted, session.isCountedAnomalous)
    }

    /// Merges what a session says about its station; throws a `Refusal` when the outcome is too large.
    static func merge(_ object: JSONValue, into stationId: String, path: String, _ tx: borrowing Transaction) throws {
        let stored = try tx.first("SELECT metadata FROM stations WHERE station_id = $1", stationId) { row in
            try row.column(0).text.map { [UInt8]($0) }
        }
        var metadata = try Metadata(stored: stored ?? nil)
        metadata.merge(object)
        guard metadata.isWithinLimits else { throw Refusal([RequestCheck.tooLarge(path)]) }
        try tx.execute(
            "UPDATE stations SET metadata = $2, ocpp_id = $3 WHERE station_id = $1", stationId,
            metadata.isEmpty ? nil : SQLText(utf8: metadata.json), metadata.text("ocppChargingStationId"))
    }

    /// JSON of a station's metadata, nil when it has none; a station that does not exist is a 404.
    static func metadata(_ stationId: String, _ tx: borrowing Transaction) throws -> [UInt8]? {
        let found = try tx.first("SELECT metadata FROM stations WHERE station_id = $1", stationId) { row in
            try row.column(0).text.map { [UInt8]($0) }
        }
        guard let found else { throw Failure(404, reason: "not_found", "No such station.") }
        return found
    }

    /// A connector's counts; the one with an empty identifier stands for sessions that name none.
    struct Connector {
        /// Its identifier.
        var id: String
        /// Sessions that are not invalid.
        var totalSessions: Int64
        /// Those of them whose newest verdict is anomalous.
        var anomalousSessions: Int64

        /// Writes the members that every view of a connector has, into an object that is open.
        func write(to writer: inout JSONWriter) {
            writer.key("connectorId")
            writer.string(id)
            writer.key("totalSessions")
            writer.int(totalSessions)
            writer.key("anomalousSessions")
            writer.int(anomalousSessions)
        }
    }

    /// The connectors of a station in order of their identifiers, the nameless one included.
    static func connectors(_ stationId: String, _ tx: borrowing Transaction) throws -> [Connector] {
        try tx.rows(
            """
            SELECT connector_id, total_sessions, anomalous_sessions FROM connectors WHERE station_id = $1 \
            ORDER BY connector_id
            """, stationId
        ) { row in
            Connector(id: try row[0], totalSessions: try row[1], anomalousSessions: try row[2])
        }
    }
}
