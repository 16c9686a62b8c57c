import AnomalyDetection
import ChargingClient
import ChargingSimulator

/// How the verdicts compare with the faults that were put into the sessions.
struct SimulationReport {
    private var sessions = 0
    private var labelled = 0
    private var found = 0
    private var falseAlarms = 0
    private var alreadyStored = 0
    private var notStored = 0

    /// Takes what became of one session.
    mutating func count(_ session: SimulatedSession, _ result: SessionResult) {
        guard result.status != "failed" else {
            if result.message?.contains("already stored") == true { alreadyStored += 1 } else { notStored += 1 }
            return
        }
        sessions += 1
        let categories = Set((result.anomalies ?? []).map(\.category.rawValue))
        if session.faults.isEmpty {
            if !categories.isEmpty { falseAlarms += 1 }
        } else {
            labelled += 1
            if session.faults.contains(where: { categories.contains("\($0.category.wireName)") }) { found += 1 }
        }
    }

    /// The report for people.
    var text: String {
        var parts = ["\(sessions) sessions", "\(labelled) with a fault, \(found) of them found"]
        parts.append("\(falseAlarms) false \(falseAlarms == 1 ? "alarm" : "alarms")")
        if alreadyStored > 0 { parts.append("\(alreadyStored) already stored") }
        if notStored > 0 { parts.append("\(notStored) not stored") }
        return parts.joined(separator: "; ")
    }
}
