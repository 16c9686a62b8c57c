import AnomalyDetection
import GantryKit

/// Counts sessions into the energy of their stations that were stored before there were such figures.
///
/// How far it has come is stored with what it did. A session that changes meanwhile is counted by that change.
struct EnergyCountJob {
    /// The job's name.
    static let job = "energy-count"
    /// Sessions that share a transaction.
    private static let portion = 64
    /// Sessions that one run deals with; the others are left to the next.
    private static let greatestCount = 20_000

    /// Queues the job where sessions are left to be counted.
    static func queueIfNeeded(_ context: borrowing CallContext) throws {
        guard try context.database.read({ tx in try countedUntil(tx) }) != nil else { return }
        try context.database.write { tx in try queue(tx) }
    }

    /// Counts some of the sessions, and has the rest counted by a further run.
    func run(_ context: borrowing CallContext) throws {
        let now = try context.clock.milliseconds()
        for _ in 0..<(Self.greatestCount / Self.portion) {
            guard !context.isCancelled else {
                throw HostError(.cancelled, message: "The instance is closing; the count goes on later.")
            }
            let portion = try context.database.read { tx in
                guard let last = try Self.countedUntil(tx) else { return nil as [Counted]? }
                return try Self.sessions(after: last, tx)
            }
            guard let portion else { return }
            try context.database.write { tx in try count(portion, now, tx) }
        }
        try context.database.write { tx in try Self.queue(tx) }
    }

    private struct Counted {
        var session: StoredSession
        /// nil when the session has been counted.
        var energy: SessionEnergy?
    }

    private static func countedUntil(_ tx: borrowing Transaction) throws -> String? {
        try tx.one("SELECT energy_counted_until FROM station_work WHERE id = 0") { try $0[0] }
    }

    private static func queue(_ tx: borrowing Transaction) throws {
        try tx.enqueue(job, key: job) { writer in
            writer.beginObject()
            writer.endObject()
        }
    }

    private static func sessions(after last: String, _ tx: borrowing Transaction) throws -> [Counted] {
        let ids: [(id: String, isCounted: Bool)] = try tx.rows(
            """
            SELECT session_id, CASE WHEN energy IS NULL THEN 0 ELSE 1 END FROM sessions WHERE session_id > $1 \
            ORDER BY session_id LIMIT $2
            """, last, portion
        ) { (try $0[0], try $0[1]) }
        return try ids.compactMap { id, isCounted in
            guard let session = try SessionTable.find(id, tx) else { return nil }
            guard !isCounted else { return Counted(session: session, energy: nil) }
            let readings = try SessionTable.readings(session, tx).readings
            let facts = SessionFacts(
                isCompleted: session.status == .completed,
                maximumPowerKilowatts: try Metadata(stored: session.metadata).number("maxPowerKw"))
            return Counted(
                session: session,
                energy: session.status.isCounted
                    ? SessionEnergy(readings, DeliveredEnergy(readings: readings, facts: facts)) : SessionEnergy.none)
        }
    }

    private func count(_ portion: [Counted], _ now: Int64, _ tx: borrowing Transaction) throws {
        for counted in portion {
            let session = counted.session
            guard let energy = counted.energy else { continue }
            let changes = try tx.execute(
                "UPDATE sessions SET energy = $2 WHERE session_id = $1 AND energy IS NULL", session.sessionId,
                energy.packed)
            // One that changed since it was read has been counted by that.
            guard changes == 1, energy != .none else { continue }
            try StationEnergyTable.change(session.stationId, session.connectorId, from: .none, to: energy, tx)
            try StationMarks.changed(session.stationId, nowMilliseconds: now, tx)
        }
        try tx.execute(
            "UPDATE station_work SET energy_counted_until = $1 WHERE id = 0",
            portion.count < Self.portion ? nil : portion.last?.session.sessionId)
    }
}
