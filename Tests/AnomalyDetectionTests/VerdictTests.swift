import AnomalyDetection
import ChargingSimulator
import Testing

@Suite("Verdicts")
struct VerdictTests {
    private let start: Int64 = 1_750_032_000_000

    @Test("Scores, confidences and the summary keep their bounds", arguments: AnomalyCategory.allCases)
    func bounds(_ category: AnomalyCategory) {
        for seed in UInt64(0)..<40 {
            let session = Simulation.single(seed: seed, startMilliseconds: start, fault: category)
            let verdict = SessionPipeline.analyze(session.readings, facts: session.facts)
            #expect(Set(verdict.findings.map(\.category)).count == verdict.findings.count)
            #expect(verdict.findings.map(\.score) == verdict.findings.map(\.score).sorted(by: >))
            for finding in verdict.findings {
                #expect((0.5...1).contains(finding.score))
                #expect((0...1).contains(finding.confidence))
                #expect(finding.startMilliseconds <= finding.endMilliseconds)
                #expect(finding.startUnit >= 0 && finding.startUnit <= finding.endUnit)
            }
            #expect((0...1).contains(verdict.score) && (0...1).contains(verdict.confidence))
            if let highest = verdict.findings.first {
                #expect(verdict.score >= 0.5 && verdict.score <= highest.score)
            } else {
                #expect(verdict.score < 0.5)
            }
            #expect(verdict.isIncident == (verdict.score >= 0.9 && verdict.confidence >= 0.8))
            #expect(verdict.deliveredEnergyKilowattHours >= 0)
        }
    }

    @Test("The score grows with the evidence")
    func severity() {
        var last = 0.0
        for fall in [0.03, 0.3, 1, 4, 50] {
            let score = verdict(register([100.05, 101, 102, 102 - fall, 103 - fall])).score
            #expect(score > last)
            last = score
        }
        #expect(last > 0.9)
    }

    @Test("A great fall calls for a person, a small one does not")
    func incident() {
        #expect(verdict(register([1000, 1001, 1002, 900, 901])).isIncident)
        #expect(!verdict(register([1000, 1001, 1002, 1001.9, 1002.9])).isIncident)
    }

    @Test("Reconstructed readings lower the confidence")
    func reconstructed() throws {
        let measured = verdict(register([100, 101, 102, 90, 91]))
        let readings = register([100, 101, 102, 90, 91]).map { reading in
            var reading = reading
            reading.isReconstructed = true
            return reading
        }
        let computed = verdict(readings)
        #expect(computed.findings.map(\.category) == measured.findings.map(\.category))
        #expect(computed.confidence < measured.confidence)
        #expect(verdict(register([100, 101, 102])).confidence < verdict(constantCharge(11, count: 60)).confidence)
    }

    @Test("A clean session is graded by how near it came")
    func nearness() {
        let cool = verdict(series(.temperature, [20, 21, 22])).score
        let warm = verdict(series(.temperature, [70, 75, 79])).score
        #expect(cool < warm && warm < 0.5)
    }

    @Test("Minutes are counted from the first reading of the session")
    func units() throws {
        let readings = series(.temperature, [20], from: 0) + series(.temperature, [90, 91], from: 7.5)
        let finding = try #require(verdict(readings).findings.first)
        #expect(finding.startUnit == 7 && finding.endUnit == 8)
        #expect(finding.startMilliseconds == moment(7.5) && finding.endMilliseconds == moment(8.5))
    }

    @Test("No readings, and readings that no rule reads, give a clean verdict")
    func nothing() {
        #expect(!verdict([]).isAnomaly)
        #expect(!verdict(series(.frequency, [50, 50, 12]) + series(.powerFactor, [1, 9, -3])).isAnomaly)
    }

    @Test("Whatever is sent, a verdict keeps its bounds")
    func garbage() {
        var random = RandomSource(seed: 9)
        let phases: [Phase?] = Phase.allCases.map { $0 } + [nil, nil, nil, nil, nil]
        for _ in 0..<1500 {
            let usual: [Measurand] = [
                .energyActiveImportRegister, .powerActiveImport, .stateOfCharge, .currentImport, .voltage,
            ]
            let magnitudes: [Double] = [1, 10, 100, 10_000, 1e9, 1e12]
            let magnitude = magnitudes.randomElement(using: &random) ?? 1
            let distance = Int64.random(in: 1...5_000_000, using: &random)
            let readings = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                let isUsual = Bool.random(using: &random)
                let measurand = (isUsual ? usual : Measurand.allCases).randomElement(using: &random) ?? .frequency
                return Reading(
                    timestampMilliseconds: moment(0) + Int64.random(in: 0...30, using: &random) * distance,
                    value: Double.random(in: -magnitude...magnitude, using: &random), measurand: measurand,
                    unit: Unit.allCases.filter { measurand.fits($0) }.randomElement(using: &random),
                    phase: (phases.randomElement(using: &random) ?? nil),
                    location: Location.allCases.randomElement(using: &random) ?? .outlet,
                    isReconstructed: Bool.random(using: &random))
            }
            let verdict = verdict(
                readings, isCompleted: Bool.random(using: &random),
                rating: Bool.random(using: &random) ? Double.random(in: 0.001...10_000, using: &random) : nil)
            #expect(verdict.findings.allSatisfy { (0.5...1).contains($0.score) && (0...1).contains($0.confidence) })
            #expect(verdict.findings.allSatisfy { 0 <= $0.startUnit && $0.startUnit <= $0.endUnit })
            #expect(verdict.isAnomaly ? (0.5...1).contains(verdict.score) : (0..<0.5).contains(verdict.score))
            #expect((0...1).contains(verdict.confidence) && verdict.deliveredEnergyKilowattHours >= 0)
        }
    }
}
