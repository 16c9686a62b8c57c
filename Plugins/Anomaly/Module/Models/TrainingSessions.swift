import AnomalyDetection
import GantryKit

/// A session to learn from, with its station.
struct TrainingSession {
    /// The station.
    var stationId: String
    /// The session.
    var session: TuningSession
}

/// Chooses and reads the sessions that a model learns from.
enum TrainingSessions {
    /// Fewer analysed sessions than these are not learned from.
    static let least = 50
    /// Of more matching sessions than these the newest are taken.
    static let greatest = 2000
    /// Sessions with more readings than these are passed over: they tell no more and cost more.
    private static let greatestReadings = 5000
    /// Readings that are held at a time, over all sessions.
    private static let greatestTotal = 1_500_000
    /// Sessions looked at, analysed or not, before the search ends.
    private static let greatestSearched = 20_000
    private static let stretch = 2000

    /// The newest analysed sessions that match, as many as are learned from.
    static func choose(_ filter: SessionFilter, _ tx: borrowing Transaction) throws -> [String] {
        var chosen: [String] = []
        var offset = 0
        while chosen.count < greatest, offset < greatestSearched {
            var seen = 0
            let part = SessionFilter.Stretch(from: filter.from, to: filter.to, offset: offset, limit: stretch)
            try filter.select([part], tx) { row in
                seen += 1
                // The eighth column is the time of the newest analysis.
                if try !row.isNull(7) { chosen.append(try row.get(0)) }
            }
            guard seen == stretch else { break }
            offset += stretch
        }
        return Array(chosen.prefix(greatest))
    }

    /// Writes identifiers as a JSON array.
    static func json(_ sessionIds: [String]) -> [UInt8] {
        var writer = JSONWriter(capacity: 16 + sessionIds.count * 40)
        writer.beginArray()
        for sessionId in sessionIds { writer.string(sessionId) }
        writer.endArray()
        return writer.bytes
    }

    /// Reads those of the sessions that are still there and analysed, in the same order.
    /// - Parameter isCancelled: Asked before each session; true ends the reading early.
    static func load(
        _ sessionIds: [String], _ database: Database, isCancelled: () -> Bool
    ) throws -> [TrainingSession] {
        var sessions: [TrainingSession] = []
        sessions.reserveCapacity(sessionIds.count)
        var total = 0
        for sessionId in sessionIds {
            guard !isCancelled(), total < greatestTotal else { break }
            let session = try database.read { tx in try load(sessionId, tx) }
            guard let session else { continue }
            total += session.session.sample.readings.count
            sessions.append(session)
        }
        return sessions
    }

    private static func load(_ sessionId: String, _ tx: borrowing Transaction) throws -> TrainingSession? {
        guard let session = try SessionTable.find(sessionId, tx), let verdict = session.verdict,
            session.readingCount <= greatestReadings
        else { return nil }
        let metadata = try Metadata(stored: session.metadata)
        let readings = try SessionTable.readings(session, tx).readings
        // A verdict may outlive the readings.
        guard readings.count >= SessionPipeline.leastReadings else { return nil }
        let sample = SampleSession(
            readings: readings,
            facts: SessionFacts(
                isCompleted: session.status == .completed, maximumPowerKilowatts: metadata.number("maxPowerKw")))
        let judgements = verdict.isAnomaly ? try judgements(sessionId, tx) : [:]
        return TrainingSession(
            stationId: session.stationId, session: TuningSession(sample: sample, judgements: judgements))
    }

    /// What people made of the categories found: the newest issue of each says so once it is closed.
    private static func judgements(
        _ sessionId: String, _ tx: borrowing Transaction
    ) throws -> [AnomalyCategory: Bool] {
        var judgements: [AnomalyCategory: Bool] = [:]
        try tx.query(
            """
            SELECT a.category, i.status FROM anomalies a JOIN anomaly_issues i ON i.anomaly_id = a.anomaly_id \
            WHERE a.session_id = $1 ORDER BY i.position
            """, sessionId
        ) { row in
            let code: Int = try row[0]
            guard let category = UInt8(exactly: code).flatMap(AnomalyCategory.init(rawValue:)) else { return }
            switch try row.get(1, as: String.self) {
            case "RESOLVED": judgements[category] = true
            case "DISMISSED": judgements[category] = false
            default: judgements[category] = nil
            }
        }
        return judgements
    }
}
