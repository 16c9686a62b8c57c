import AnomalyDetection
public import SessionImport

/// The faults that real records are known to hold, each judged as its importer sends it: with two readings of the
/// register, or three.
public struct NaturalFaults: Sendable {
    /// One record, and whether it was judged rightly.
    public struct Case: Sendable {
        /// What it is, for people.
        public var name: String
        /// Whether the verdict is right.
        public var isRight: Bool
    }

    /// What was judged.
    public let cases: [Case]
    /// Recorded sessions that moved something and were flagged, of all of them.
    public let flagged: SessionEvaluation.Count

    /// Judges the records of one publisher.
    public init(_ records: [ChargingRecord]) {
        var cases: [Case] = []
        var flagged = SessionEvaluation.Count()
        for record in records {
            guard let first = record.steps.first, let last = record.steps.last else { continue }
            let energy = last.energy
            let minutes = Double(last.time.seconds - first.time.seconds) / 60
            let found = Self.session(record).verdict().findings.map(\.category)
            let text = ResultTable.number(energy)
            if energy < -1 {
                cases.append(
                    Case(name: "\(text) kWh in a session", isRight: found.contains(.registerDecrease)))
            } else if energy > 100, minutes < 10 {
                cases.append(
                    Case(
                        name: "\(text) kWh in \(ResultTable.number(minutes, digits: 0)) minutes",
                        isRight: found.contains(.energySpike)))
            } else if energy < 0 {
                cases.append(
                    Case(name: "\(text) kWh, which is rounding", isRight: !found.contains(.registerDecrease)))
            } else if energy > 0.05 {
                flagged.add(!found.isEmpty)
            }
        }
        self.cases = cases
        self.flagged = flagged
    }

    private static func session(_ record: ChargingRecord) -> SampleSession {
        // As a meter that has counted before, so that a session that fell does not read below zero besides.
        let base = 10_000.0
        let readings = record.steps.map { step in
            Reading(
                timestampMilliseconds: Int64(step.time.seconds) * 1000, value: base + step.energy, unit: .kilowattHour,
                isReconstructed: step.isReconstructed)
        }
        return SampleSession(readings: readings, facts: SessionFacts(isCompleted: record.isCompleted))
    }

    /// The cases as text.
    public var text: String {
        var table = ResultTable("Natural faults of the records", columns: ["what the record says", "judged"])
        for item in cases { table.add(item.name, item.isRight ? "rightly" : "WRONGLY") }
        table.add("recorded sessions flagged, of \(flagged.total)", ResultTable.number(flagged.share, digits: 5))
        return table.text
    }
}
