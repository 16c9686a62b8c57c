import AnomalyDetection
import ChargingSimulator
import Testing

@Suite("Models tuned to sessions")
struct TuningTests {
    private static let start: Int64 = 1_750_032_000_000

    private static func sessions(_ seeds: Range<UInt64>, fault: AnomalyCategory? = nil) -> [SampleSession] {
        seeds.map { seed in
            let session = Simulation.single(seed: seed, startMilliseconds: start, fault: fault)
            return SampleSession(readings: session.readings, facts: session.facts)
        }
    }

    private func tuned(_ settings: TuningSettings = TuningSettings(), judged: Bool? = nil) throws -> TunedModel {
        var sessions = Self.sessions(0..<60).map { TuningSession(sample: $0) }
        for sample in Self.sessions(500..<512, fault: .energyNegative) {
            let judgements = judged.map { [AnomalyCategory.energyNegative: $0] } ?? [:]
            sessions.append(TuningSession(sample: sample, judgements: judgements))
        }
        return try #require(ModelTuner(settings).tune(sessions))
    }

    @Test("What the rules demand every model finds, and what is ordinary none finds")
    func keepsTheRules() throws {
        let model = try tuned(TuningSettings(epochs: 50, learningRate: 0.05, validationSplit: 0.2))
        #expect(model.configuration != DetectionConfiguration())
        for category in AnomalyCategory.allCases {
            for session in Self.sessions(1000..<1005, fault: category) {
                let found = Set(session.verdict(model.configuration).findings.map(\.category))
                #expect(found.isSuperset(of: session.verdict().findings.map(\.category)))
            }
        }
        let flagged = Self.sessions(2000..<2100).count { $0.verdict(model.configuration).isAnomaly }
        #expect(flagged <= 1)
    }

    @Test("Equal sessions and settings give an equal model, another seed another split")
    func repeats() throws {
        let settings = TuningSettings(epochs: 5, learningRate: 0.01, validationSplit: 0.3, randomState: 4)
        let model = try tuned(settings)
        let again = try tuned(settings)
        #expect(again.configuration == model.configuration)
        #expect(again.metrics.map(\.value) == model.metrics.map(\.value))
        var other = settings
        other.randomState = 5
        #expect(try tuned(other).configuration != model.configuration)
    }

    @Test("What people call false alarms lowers the confidence, what they remedy does not")
    func judgements() throws {
        let settings = TuningSettings(epochs: 60, learningRate: 0.02, validationSplit: 0.2)
        let bias = Int(AnomalyCategory.energyNegative.rawValue)
        let dismissed = try tuned(settings, judged: false).configuration.confidence.bias[bias]
        let remedied = try tuned(settings, judged: true).configuration.confidence.bias[bias]
        #expect(dismissed < -0.2 && remedied >= 0)
    }

    @Test("More epochs and longer steps move the weights further, none beyond their bounds")
    func settings() throws {
        func distance(_ settings: TuningSettings) throws -> Double {
            abs(try tuned(settings).configuration.confidence.slope - 1)
        }
        let short = try distance(TuningSettings(epochs: 1, validationSplit: 0.2))
        let long = try distance(TuningSettings(epochs: 10, learningRate: 0.01, validationSplit: 0.2))
        #expect(short < long && long <= 3)
    }

    @Test("A threshold is lowered only where the sessions stay clear of it, and never below nine tenths")
    func sensitivity() throws {
        func model(_ temperature: Double) throws -> DetectionConfiguration {
            let sessions = (0..<60).map { number in
                let values = [temperature - 1, temperature, temperature - 2].map { $0 + Double(number % 3) / 10 }
                let sample = SampleSession(
                    readings: series(.temperature, values), facts: SessionFacts(isCompleted: false))
                return TuningSession(sample: sample)
            }
            return try #require(ModelTuner(TuningSettings()).tune(sessions)).configuration
        }
        #expect(try model(30).electrical.temperature == 72)
        let warm = try model(62).electrical.temperature
        #expect(warm > 72 && warm < 80)
        #expect(try model(75).electrical.temperature == 80)
    }

    @Test("A training that is cancelled gives no model")
    func cancelled() {
        let sessions = Self.sessions(0..<60).map { TuningSession(sample: $0) }
        #expect(ModelTuner(TuningSettings()).tune(sessions, isCancelled: { true }) == nil)
        #expect(StationTuner(TuningSettings()).tune([], isCancelled: { true }) != nil)
    }

    @Test("A confidence stays lower with fewer and with reconstructed readings under any weights")
    func monotone() {
        var configuration = DetectionConfiguration()
        configuration.confidence.slope = 3
        configuration.confidence.excess = 1
        configuration.confidence.bias[0] = -2
        func confidence(_ isReconstructed: Bool) -> Double {
            let readings = register([100, 101, 102, 90, 91]).map { reading in
                var reading = reading
                reading.isReconstructed = isReconstructed
                return reading
            }
            let facts = SessionFacts(isCompleted: false)
            return SessionPipeline.analyze(readings, facts: facts, configuration: configuration).confidence
        }
        #expect(confidence(true) < confidence(false))
    }
}
