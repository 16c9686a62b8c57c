import AnomalyDetection
import GantryKit

extension SessionWriter {
    /// Attempts to judge a change outside of the transaction that stores it; where others are always faster, it is
    /// judged within.
    static let outsideAttempts = 3

    /// Changes a stored session and returns its state.
    ///
    /// The readings are judged while other writers go on, and the outcome is stored if the session is still the one
    /// that was judged; else everything begins anew. So changes of one session follow one another, and none is lost.
    ///
    /// Throws a `Failure` when the session does not exist (404) or its status forbids the change (409), and a `Refusal`
    /// when the outcome would exceed a limit.
    ///
    /// - Parameter makeMoment: Gives the moment of each attempt.
    static func apply(
        _ change: SessionChange, in database: Database, _ makeMoment: () throws -> WriteMoment
    ) throws -> [UInt8] {
        for _ in 0..<outsideAttempts {
            let snapshot = try database.read { tx in try change.snapshot(tx) }
            // Asked after reading: what stored the state that was read was stamped before, so that the times of one
            // session's verdicts do not fall.
            let writer = SessionWriter(moment: try makeMoment())
            guard let plan = try change.plan(snapshot, nowMilliseconds: writer.moment.nowMilliseconds)
            else {
                return SessionJSON.state(snapshot.session)
            }
            if let state = try database.write({ tx in try writer.store(plan, tx) }) { return state }
        }
        return try database.write { tx in
            let snapshot = try change.snapshot(tx)
            let writer = SessionWriter(moment: try makeMoment())
            guard let plan = try change.plan(snapshot, nowMilliseconds: writer.moment.nowMilliseconds)
            else {
                return SessionJSON.state(snapshot.session)
            }
            guard let state = try writer.store(plan, tx) else {
                // Several writers at a time, as some databases have them; the host runs the transaction again.
                throw HostError(
                    .conflict, message: "The session \(plan.new.sessionId) is being changed by others.")
            }
            return state
        }
    }

    /// Stores a planned change with all that depends on it, and publishes; nil when the session is no longer the one
    /// that was judged, and then nothing has changed.
    private func store(_ plan: SessionChange.Plan, _ tx: borrowing Transaction) throws -> [UInt8]? {
        let old = plan.old
        var new = plan.new
        try FigureTable.complete(&new, tx)
        if plan.concernsReadings { new.verdict = try verdict(plan.analysis, new, tx) }
        let energy = plan.energy == nil ? nil : try StationEnergyTable.counted(old.sessionId, tx)
        guard try SessionTable.update(new, replacing: old, energy: plan.energy, tx) else { return nil }
        if plan.concernsReadings { try ExplanationTable.discard(old.sessionId, tx) }
        if let after = plan.energy {
            try StationEnergyTable.change(new.stationId, new.connectorId, from: energy ?? .none, to: after, tx)
        }
        if plan.readings != nil || energy.map({ $0 != plan.energy }) == true {
            try StationMarks.changed(new.stationId, nowMilliseconds: moment.nowMilliseconds, tx)
        }
        if let readings = plan.readings {
            try SessionTable.store(readings, of: old.sessionId, replacing: plan.stored, tx)
        }
        try StationTable.recount(from: old, to: new, tx)
        if let object = plan.stationMetadata {
            try StationTable.merge(object, into: new.stationId, path: "metadata.station", tx)
        }
        let state = SessionJSON.state(new)
        let tally = try FigureTable.tally(new.sessionId, tx)
        try announce(plan.analysis, new, state, isNew: false, tx)
        if new.verdict == nil, old.verdict != nil { try AnomalyTable.clear(new.sessionId, tx) }
        if old.status.isCounted, !new.status.isCounted { try AnomalyTable.discount(new.sessionId, tx) }
        if tally.stored > 0 || plan.analysis?.findings.isEmpty == false {
            try FigureTable.recordsChanged(of: new.sessionId, from: tally, tx)
        }
        try FigureTable.change(from: old, to: new, tx)
        return state
    }
}
