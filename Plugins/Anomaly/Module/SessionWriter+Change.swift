import AnomalyDetection
import GantryKit

extension SessionWriter {
    /// How the readings of a request change those that are stored.
    enum Manner {
        /// They take their place.
        case replace
        /// They are added.
        case append
    }

    /// Changes a stored session and returns its state.
    ///
    /// Throws a `Failure` when the session does not exist (404) or its status forbids the change (409), and a `Refusal`
    /// when the outcome would exceed a limit.
    ///
    /// - Parameter list: The readings of the request, for findings that name their positions.
    func change(
        _ input: SessionInput, _ manner: Manner, list: JSONValue?, _ tx: borrowing Transaction
    ) throws -> [UInt8] {
        guard let old = try SessionTable.find(input.sessionId, tx) else {
            throw Failure(404, reason: "not_found", "No such session.")
        }
        guard manner == .replace || !input.isEmpty else { return SessionJSON.state(old) }
        try checkStatus(old, input)
        var new = old
        new.status = input.status ?? old.status
        let metadata = try mergedMetadata(old, input, manner)
        if input.metadata != nil { new.metadata = metadata.isEmpty ? nil : metadata.json }

        let changesReadings = !input.readings.readings.isEmpty
        let completes = new.status == .completed && old.status != .completed
        let analyses = changesReadings || completes || old.verdict == nil
        var analysis: Analysis?
        if analyses, changesReadings || old.readingCount >= SessionPipeline.leastReadings {
            let stored = try SessionTable.readings(old, tx)
            let readings = try outcome(stored, input, manner, list)
            if changesReadings {
                try SessionTable.store(readings, of: old.sessionId, replacing: stored, tx)
            }
            new.readingCount = readings.readings.count
            new.firstReadingAt = readings.first
            new.lastReadingAt = readings.last
            analysis = Analysis(
                readings, status: new.status, metadata: metadata, nowMilliseconds: moment.nowMilliseconds)
            new.verdict = try verdict(analysis, new, tx)
        }
        try SessionTable.update(new, tx)
        return try conclude(old, new, input, analysis, tx)
    }

    /// Brings everything up to date that depends on the session, and publishes.
    private func conclude(
        _ old: StoredSession, _ new: StoredSession, _ input: SessionInput, _ analysis: Analysis?,
        _ tx: borrowing Transaction
    ) throws -> [UInt8] {
        try StationTable.recount(from: old, to: new, tx)
        if let object = input.stationMetadata {
            try StationTable.merge(object, into: new.stationId, path: "metadata.station", tx)
        }
        let state = SessionJSON.state(new)
        try announce(analysis, new, state, isNew: false, tx)
        if new.verdict == nil, old.verdict != nil {
            try AnomalyTable.clear(new.sessionId, nowMilliseconds: moment.nowMilliseconds, tx)
        }
        if old.status.isCounted, !new.status.isCounted { try AnomalyTable.discount(new.sessionId, tx) }
        return state
    }

    private func checkStatus(_ old: StoredSession, _ input: SessionInput) throws {
        if old.status == .invalid, !input.readings.readings.isEmpty {
            throw Failure(409, reason: "session_status_final", "An invalid session takes no meter values.")
        }
        if old.status.isFinal, let status = input.status, status != old.status {
            throw Failure(
                409, reason: "session_status_final",
                "The session is \(old.status.rawValue), which is final: it cannot become \(status.rawValue).")
        }
    }

    private func mergedMetadata(_ old: StoredSession, _ input: SessionInput, _ manner: Manner) throws -> Metadata {
        guard let object = input.metadata else { return try Metadata(stored: old.metadata) }
        var metadata = manner == .append ? try Metadata(stored: old.metadata) : Metadata()
        metadata.merge(object)
        guard metadata.isWithinLimits else { throw Refusal([RequestCheck.tooLarge("metadata")]) }
        return metadata
    }

    private func outcome(
        _ stored: ReadingSeries, _ input: SessionInput, _ manner: Manner, _ list: JSONValue?
    ) throws -> ReadingSeries {
        guard manner == .append else { return input.readings }
        let merged = stored.merged(with: input.readings)
        if merged.readings.count > ReadingSeries.greatestCount {
            throw Refusal([
                FieldFinding(
                    "meterValues", code: "too_many_meter_values",
                    "A session may hold \(ReadingSeries.greatestCount) meter values, not \(merged.readings.count).")
            ])
        }
        if let first = merged.first, let last = merged.last, last - first > ReadingSeries.greatestSpan, let list {
            throw Refusal(RequestCheck.stretching(list, path: "meterValues", first...last))
        }
        return merged
    }
}
