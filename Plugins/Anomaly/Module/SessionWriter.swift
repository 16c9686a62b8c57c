import AnomalyDetection
import GantryKit
import PlatformParts

/// What a change to a session needs of the world besides the transaction.
struct WriteMoment {
    /// The present time, in milliseconds since 1970.
    var nowMilliseconds: Int64
    /// Makes identifiers.
    var random: RandomSource

    /// The moment at which a request or a job creates something.
    static func ofCreation(_ services: borrowing some HostServices & ~Copyable, _ clock: WriteClock) throws -> Self {
        let now = try services.clock.milliseconds()
        return Self(nowMilliseconds: clock.creation(nowMilliseconds: now), random: services.random)
    }

    /// The moment at which a request changes something.
    static func ofChange(_ services: borrowing some HostServices & ~Copyable, _ clock: WriteClock) throws -> Self {
        let now = try services.clock.milliseconds()
        return Self(nowMilliseconds: clock.change(nowMilliseconds: now), random: services.random)
    }
}

/// Stores new sessions: all tables and events in the transaction that it is given.
struct SessionWriter {
    /// A session that is ready to be stored, judged before the transaction begins.
    struct Prepared {
        /// What was sent.
        var new: NewSession
        /// The session's metadata without nulls.
        var metadata: Metadata
        /// The status, with its default filled in.
        var status: SessionStatus
        /// The pipeline's findings; nil when there is too little to judge.
        var analysis: Analysis?

        /// What was delivered, in kWh; nil without readings.
        var deliveredKilowattHours: Double?
        /// What the session adds to the energy of its station.
        var energy: SessionEnergy

        /// Fills in defaults and runs the pipeline, with what the tenant's model sets.
        init(_ new: NewSession, _ configuration: DetectionConfiguration, nowMilliseconds: Int64) {
            self.new = new
            metadata = Metadata()
            if let object = new.input.metadata { metadata.merge(object) }
            status = new.input.status ?? (new.input.readings.readings.isEmpty ? .pending : .active)
            analysis = Analysis(
                new.input.readings, status: status, metadata: metadata, configuration,
                nowMilliseconds: nowMilliseconds)
            let delivered =
                analysis?.delivered
                ?? SessionWriter.delivered(new.input.readings, status: status, metadata: metadata, configuration)
            deliveredKilowattHours = delivered?.totalKilowattHours
            energy = SessionEnergy(new.input.readings, delivered, status)
        }
    }

    /// When, and with which identifiers, the change is made.
    let moment: WriteMoment

    /// Stores a new session and returns its state. When its identifier is taken it throws a `Failure` (409), and has
    /// changed nothing by then.
    func store(_ prepared: Prepared, _ tx: borrowing Transaction) throws -> [UInt8] {
        let new = prepared.new
        let readings = new.input.readings
        var session = StoredSession(
            sessionId: new.input.sessionId, stationId: new.stationId, connectorId: new.connectorId,
            evseId: new.evseId, status: prepared.status,
            metadata: prepared.metadata.isEmpty ? nil : prepared.metadata.json, createdAt: moment.nowMilliseconds,
            readingCount: readings.readings.count, firstReadingAt: readings.first, lastReadingAt: readings.last,
            deliveredKilowattHours: prepared.deliveredKilowattHours,
            internalId: try moment.random.orderedUUID(),
            isFigured: true)
        session.verdict = try verdict(prepared.analysis, session, tx)
        guard try SessionTable.insert(session, prepared.energy, tx) else {
            throw Failure(409, reason: "session_exists", "A session with this sessionId is already stored.")
        }
        try SessionTable.store(readings, of: session.sessionId, replacing: .empty, tx)
        try StationTable.add(session, { try moment.random.uuid() }, tx)
        try StationEnergyTable.change(session.stationId, session.connectorId, from: .none, to: prepared.energy, tx)
        if session.readingCount > 0 {
            try StationMarks.changed(session.stationId, nowMilliseconds: moment.nowMilliseconds, tx)
        }
        if let object = new.input.stationMetadata {
            try StationTable.merge(object, into: session.stationId, path: "metadata.station", tx)
        }
        try tx.publish("session.created", key: session.sessionId) { writer in
            writer.beginObject()
            writer.key("sessionId")
            writer.string(session.sessionId)
            writer.key("chargingStationId")
            writer.string(session.stationId)
            writer.key("connectorId")
            writer.string(session.connector)
            writer.key("evseId")
            writer.string(session.evse)
            writer.key("createdAt")
            writer.timestamp(milliseconds: session.createdAt)
            writer.endObject()
        }
        let state = SessionJSON.state(session)
        try announce(prepared.analysis, session, state, isNew: true, tx)
        try FigureTable.change(from: nil, to: session, tx)
        if session.verdict?.isAnomaly == true {
            try FigureTable.recordsChanged(of: session.sessionId, from: .init(), tx)
        }
        return state
    }

    /// What readings say that a session delivered where no analysis has told; nil without readings.
    static func delivered(
        _ series: ReadingSeries, status: SessionStatus, metadata: Metadata,
        _ configuration: DetectionConfiguration = DetectionConfiguration()
    ) -> DeliveredEnergy? {
        guard !series.readings.isEmpty else { return nil }
        let facts = SessionFacts(
            isCompleted: status == .completed, maximumPowerKilowatts: metadata.number("maxPowerKw"))
        let delivered = DeliveredEnergy(readings: series.readings, facts: facts, configuration: configuration)
        return delivered.totalKilowattHours.isFinite ? delivered : DeliveredEnergy(rises: [])
    }

    /// The verdict of an analysis, completed by what the connector's other sessions say.
    func verdict(
        _ analysis: Analysis?, _ session: StoredSession, _ tx: borrowing Transaction
    ) throws -> StoredVerdict? {
        guard var analysis else { return nil }
        analysis.recurs(try SessionTable.isRecurring(session, mask: analysis.verdict.categoryMask, tx))
        return analysis.verdict
    }

    /// Brings the records up to date with an analysis and publishes its events.
    ///
    /// - Parameters:
    ///   - session: The session as it is after the change.
    ///   - state: Its state as it is sent.
    func announce(
        _ analysis: Analysis?, _ session: StoredSession, _ state: [UInt8], isNew: Bool, _ tx: borrowing Transaction
    ) throws {
        guard let analysis, let verdict = session.verdict else { return }
        let news = try AnomalyTable.apply(
            analysis.findings, to: session, isNew: isNew, nowMilliseconds: moment.nowMilliseconds,
            { try moment.random.uuid() }, tx)
        try tx.publish("session.analyzed", key: session.sessionId) { $0.raw(state) }
        for item in news {
            try tx.publish("anomaly.detected", key: session.sessionId) { writer in
                writer.beginObject()
                writer.key("anomalyId")
                writer.string(item.anomalyId)
                writer.key("issueId")
                writer.string(item.issueId)
                writer.key("sessionId")
                writer.string(session.sessionId)
                writer.key("chargingStationId")
                writer.string(session.stationId)
                writer.key("connectorId")
                writer.string(session.connector)
                writer.key("category")
                writer.string(item.finding.category.wireName)
                writer.key("score")
                writer.double(item.finding.score)
                writer.key("confidence")
                writer.double(item.finding.confidence)
                writer.key("isIncident")
                writer.bool(verdict.isIncident)
                writer.key("isRecurring")
                writer.bool(verdict.isRecurring)
                writer.endObject()
            }
        }
    }
}
