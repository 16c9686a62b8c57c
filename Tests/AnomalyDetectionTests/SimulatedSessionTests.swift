import AnomalyDetection
import ChargingSimulator
import Testing

@Suite("Simulated sessions")
struct SimulatedSessionTests {
    private static let start: Int64 = 1_750_032_000_000

    @Test(
        "At least 99 of 100 faults of each category are found, where they were put", arguments: AnomalyCategory.allCases
    )
    func recall(_ category: AnomalyCategory) {
        var total = 0
        var hits = 0
        for seed in UInt64(0)..<400 {
            let session = Simulation.single(seed: seed * 31 + 5, startMilliseconds: Self.start, fault: category)
            guard let fault = session.faults.first else { continue }
            total += 1
            let verdict = SessionPipeline.analyze(session.readings, facts: session.facts)
            guard let finding = verdict.findings.first(where: { $0.category == category }) else { continue }
            let overlaps =
                finding.startMilliseconds <= fault.endMilliseconds
                && finding.endMilliseconds >= fault.startMilliseconds
            if overlaps { hits += 1 }
        }
        #expect(total >= 220)
        #expect(Double(hits) >= 0.99 * Double(total), "\(hits) of \(total)")
    }

    @Test("At most 1 of 100 sessions of ordinary charging is flagged")
    func falseAlarms() {
        var flagged: [String] = []
        for seed in UInt64(0)..<3000 {
            let session = Simulation.single(seed: seed * 17 + 3, startMilliseconds: Self.start)
            let verdict = SessionPipeline.analyze(session.readings, facts: session.facts)
            for finding in verdict.findings { flagged.append("\(seed): \(finding.category)") }
            #expect(verdict.isAnomaly == (verdict.score >= 0.5))
        }
        #expect(flagged.count <= 20, "\(flagged)")
    }

    @Test("Ordinary charging stays ordinary when readings are lost, mixed up, sent twice or moved to the inlet")
    func disturbedOrdinaryCharging() {
        var flagged = 0
        var sessions = 0
        for seed in UInt64(0)..<600 {
            let session = Simulation.single(seed: seed * 13 + 1, startMilliseconds: Self.start)
            var random = RandomSource(seed: seed)
            var disturbances: [[Reading]] = []
            disturbances.append(session.readings.filter { _ in random.next() % 10 != 0 })
            disturbances.append(session.readings.shuffled(using: &random))
            disturbances.append(session.readings + session.readings)
            disturbances.append(
                session.readings.map { reading in
                    var moved = reading
                    if moved.location == .outlet { moved.location = .inlet }
                    return moved
                })
            disturbances.append(
                session.readings.filter { reading in
                    reading.measurand != .energyActiveImportRegister || reading.timestampMilliseconds / 60_000 % 3 == 0
                })
            for readings in disturbances where !readings.isEmpty {
                sessions += 1
                // Whether a session that was thinned out moved nothing is not asked here.
                let facts = SessionFacts(isCompleted: false, maximumPowerKilowatts: session.maximumPowerKilowatts)
                if SessionPipeline.analyze(readings, facts: facts).isAnomaly { flagged += 1 }
            }
        }
        #expect(Double(flagged) <= 0.01 * Double(sessions), "\(flagged) of \(sessions)")
    }

    @Test("Order and units of the readings do not change a verdict", arguments: AnomalyCategory.allCases)
    func invariance(_ category: AnomalyCategory) {
        for seed in UInt64(0)..<20 {
            let session = Simulation.single(seed: seed, startMilliseconds: Self.start, fault: category)
            let expected = SessionPipeline.analyze(session.readings, facts: session.facts)
            let reversed = Array(session.readings.reversed())
            #expect(SessionPipeline.analyze(reversed, facts: session.facts) == expected)
            let converted = session.readings.map { reading in
                var reading = reading
                let common = reading.commonValue
                switch reading.measurand {
                case .energyActiveImportRegister: (reading.value, reading.unit) = (common * 1000, .wattHour)
                case .powerActiveImport: (reading.value, reading.unit) = (common * 1000, nil)
                case .temperature: (reading.value, reading.unit) = (common + 273.15, .kelvin)
                default: break
                }
                return reading
            }
            let verdict = SessionPipeline.analyze(converted, facts: session.facts)
            #expect(verdict.findings.map(\.category) == expected.findings.map(\.category))
        }
    }
}
