import AnomalyDetection
import GantryKit

/// What a request changes about a stored session. Reads from the body in place, so it must not outlive it.
struct SessionChange {
    /// How the readings of a request change those that are stored.
    enum Manner {
        /// They take their place.
        case replace
        /// They are added.
        case append
    }

    /// A session as it was found, with its readings where the change needs them.
    struct Snapshot {
        /// The session.
        var session: StoredSession
        /// Its readings; empty where the change does not concern them.
        var readings: ReadingSeries
        /// What the tenant's model sets.
        var configuration = DetectionConfiguration()
    }

    /// The outcome of a change, still to be stored.
    struct Plan {
        /// The session that was judged.
        var old: StoredSession
        /// The session after the change; its verdict is that of before.
        var new: StoredSession
        /// The readings of before.
        var stored: ReadingSeries
        /// The readings afterwards; nil where they stay.
        var readings: ReadingSeries?
        /// Whether the readings were judged, or changed.
        var concernsReadings: Bool
        /// What the pipeline says; nil when it was not asked or said nothing.
        var analysis: Analysis?
        /// What the session adds to the energy of its station; nil where that stays.
        var energy: SessionEnergy?
        /// To be merged into the metadata of the session's station.
        var stationMetadata: JSONValue?
    }

    /// What the request says.
    let input: SessionInput
    /// What becomes of the stored readings.
    let manner: Manner
    /// The readings of the request, for findings that name their positions.
    let list: JSONValue?
    /// What the operator configured.
    let installation: DetectionConfiguration.Installation

    /// Reads the session; throws a `Failure` (404) when there is none.
    func snapshot(_ tx: borrowing Transaction) throws -> Snapshot {
        guard let session = try SessionTable.find(input.sessionId, tx) else {
            throw Failure(404, reason: "not_found", "No such session.")
        }
        guard concernsReadings(of: session), session.status != .invalid || !changesReadings else {
            return Snapshot(session: session, readings: .empty)
        }
        return Snapshot(
            session: session, readings: try SessionTable.readings(session, tx),
            configuration: try ModelTable.sessionConfiguration(installation, tx))
    }

    /// Finds out what the session becomes, and judges its readings where the change calls for it; nil when the request
    /// asks for nothing.
    func plan(_ snapshot: Snapshot, nowMilliseconds: Int64) throws -> Plan? {
        guard manner == .replace || !input.isEmpty else { return nil }
        let old = snapshot.session
        try checkStatus(old)
        var new = old
        new.status = input.status ?? old.status
        let metadata = try mergedMetadata(old)
        if input.metadata != nil { new.metadata = metadata.isEmpty ? nil : metadata.json }
        var plan = Plan(
            old: old, new: new, stored: snapshot.readings, concernsReadings: concernsReadings(of: old),
            stationMetadata: input.stationMetadata)
        if !new.status.isCounted { plan.energy = SessionEnergy.none }
        guard plan.concernsReadings else { return plan }
        let readings = try outcome(snapshot.readings)
        if changesReadings { plan.readings = readings }
        plan.new.readingCount = readings.readings.count
        plan.new.firstReadingAt = readings.first
        plan.new.lastReadingAt = readings.last
        plan.analysis = Analysis(
            readings, status: new.status, metadata: metadata, snapshot.configuration,
            nowMilliseconds: nowMilliseconds)
        let delivered =
            plan.analysis?.delivered
            ?? SessionWriter.delivered(readings, status: new.status, metadata: metadata, snapshot.configuration)
        plan.new.deliveredKilowattHours = delivered?.totalKilowattHours
        plan.energy = SessionEnergy(readings, delivered, new.status)
        return plan
    }

    private var changesReadings: Bool { !input.readings.readings.isEmpty }

    /// Whether the change brings readings, or has the stored ones judged: those of a session that becomes completed,
    /// and those of one whose analysis did not succeed.
    private func concernsReadings(of session: StoredSession) -> Bool {
        guard !changesReadings else { return true }
        guard !input.isEmpty, session.readingCount >= SessionPipeline.leastReadings else {
            return false
        }
        return session.verdict == nil || (input.status == .completed && session.status != .completed)
    }

    private func checkStatus(_ old: StoredSession) throws {
        if old.status == .invalid, changesReadings {
            throw Failure(
                409, reason: "session_status_final", "An invalid session takes no meter values.")
        }
        if old.status.isFinal, let status = input.status, status != old.status {
            throw Failure(
                409, reason: "session_status_final",
                "The session is \(old.status.rawValue), which is final: it cannot become \(status.rawValue)."
            )
        }
    }

    private func mergedMetadata(_ old: StoredSession) throws -> Metadata {
        guard let object = input.metadata else { return try Metadata(stored: old.metadata) }
        var metadata = manner == .append ? try Metadata(stored: old.metadata) : Metadata()
        metadata.merge(object)
        guard metadata.isWithinLimits else { throw Refusal([RequestCheck.tooLarge("metadata")]) }
        return metadata
    }

    private func outcome(_ stored: ReadingSeries) throws -> ReadingSeries {
        guard changesReadings else { return stored }
        guard manner == .append else { return input.readings }
        let merged = stored.merged(with: input.readings)
        if merged.readings.count > ReadingSeries.greatestCount {
            throw Refusal([
                FieldFinding(
                    "meterValues", code: "too_many_meter_values",
                    "A session may hold \(ReadingSeries.greatestCount) meter values, not \(merged.readings.count)."
                )
            ])
        }
        if let first = merged.first, let last = merged.last, last - first > ReadingSeries.greatestSpan,
            let list
        {
            throw Refusal(RequestCheck.stretching(list, path: "meterValues", first...last))
        }
        return merged
    }
}
