import AnomalyDetection
import Testing

@testable import AnomalyLanguage

/// A session that shows one category, and what the pipeline says of it.
struct Scenario: Sendable, CustomTestStringConvertible {
    /// 2026-06-14T05:03:00Z.
    static let origin: Int64 = 1_781_413_380_000

    let category: AnomalyCategory?
    let readings: [Reading]
    let facts: SessionFacts
    var isRecurring = false

    var testDescription: String { category.map { "\($0.wireName)" } ?? "clean" }

    /// The scenario's own category alone, so that the texts do not change with what else the pipeline learns to find.
    var story: SessionStory {
        var verdict = SessionPipeline.analyze(readings, facts: facts)
        verdict.findings.removeAll { $0.category != category && category != nil }
        return SessionStory(
            digest: SessionDigest(readings: readings, facts: facts, findings: verdict.findings),
            verdict: readings.count < SessionPipeline.leastReadings
                ? nil
                : SessionStory.Verdict(
                    score: verdict.score, confidence: verdict.confidence, isIncident: verdict.isIncident,
                    isRecurring: isRecurring, isStateOfChargeReconstructed: verdict.isStateOfChargeReconstructed))
    }

    init(
        _ category: AnomalyCategory?, _ readings: [Reading], isCompleted: Bool = true, rating: Double? = nil,
        isRecurring: Bool = false
    ) {
        self.category = category
        self.readings = readings
        facts = SessionFacts(isCompleted: isCompleted, maximumPowerKilowatts: rating)
        self.isRecurring = isRecurring
    }
}

extension Scenario {
    static func at(_ minute: Int) -> Int64 { origin + Int64(minute) * 60_000 }

    static func register(_ values: [(Int, Double)]) -> [Reading] {
        values.map { Reading(timestampMilliseconds: at($0.0), value: $0.1, unit: .kilowattHour) }
    }

    static func power(_ values: [(Int, Double)]) -> [Reading] {
        values.map {
            Reading(timestampMilliseconds: at($0.0), value: $0.1, measurand: .powerActiveImport, unit: .kilowatt)
        }
    }

    static func charge(_ values: [(Int, Double)]) -> [Reading] {
        values.map {
            Reading(
                timestampMilliseconds: at($0.0), value: $0.1, measurand: .stateOfCharge, unit: .percent,
                location: .vehicle)
        }
    }

    /// A register that rises by 1 kWh in 5 minutes, and power to it.
    static func charging(_ minutes: ClosedRange<Int>) -> [Reading] {
        let moments = Array(stride(from: minutes.lowerBound, through: minutes.upperBound, by: 5))
        return register(moments.map { ($0, 1200 + Double($0) / 5) }) + power(moments.map { ($0, 12) })
    }

    static func phases(_ values: [[Double]], _ measurand: Measurand, _ unit: Unit) -> [Reading] {
        values.enumerated().flatMap { index, row in
            zip([Phase.l1, .l2, .l3], row).map { phase, value in
                Reading(
                    timestampMilliseconds: at(index * 5), value: value, measurand: measurand, unit: unit, phase: phase)
            }
        }
    }

    static let clean = Scenario(nil, charging(0...60) + charge([(0, 40), (30, 55), (60, 70)]))

    /// One for each category, in the order of their codes.
    static let faulty: [Scenario] = [
        Scenario(
            .registerDecrease, register([(0, 18_211.4), (15, 18_214.1), (30, 18_209.8), (45, 18_212.5)]),
            isRecurring: true),
        Scenario(.energyPit, register([(0, 18_200), (15, 18_203), (30, 18_190.25), (45, 18_206), (60, 18_209)])),
        Scenario(
            .energyPlateau,
            register((0...12).map { ($0 * 5, 500 + ($0 < 6 ? Double($0) : 6)) })
                + power((0...12).map { ($0 * 5, 12) })),
        Scenario(.energySpike, register([(0, 700), (15, 703), (30, 1_482.5), (45, 1_485.5)]), rating: 22),
        Scenario(.energyNegative, register([(0, -3.5), (15, -1.25), (30, 1.5), (45, 4)])),
        Scenario(.zeroEnergy, register([(0, 912.4), (15, 912.4), (30, 912.4), (120, 912.42)])),
        Scenario(
            .powerDrop,
            register((0...30).map { ($0 * 2, 500 + Double($0) * 0.4) })
                + power((0...30).map { ($0 * 2, $0 < 10 || $0 > 20 ? 12 : 0) })),
        Scenario(.powerSpike, charging(0...30) + power([(32, 88.5)]) + charging(35...60), rating: 22),
        Scenario(
            .powerEnergyMismatch,
            register((0...12).map { ($0 * 5, 500 + Double($0) * 1.6) }) + power((0...12).map { ($0 * 5, 11) })),
        Scenario(
            .stateOfChargeDecrease,
            charging(0...60) + charge([(0, 40), (15, 48.5), (30, 39), (45, 44), (60, 49)])),
        Scenario(
            .stateOfChargeJump,
            charging(0...60) + charge([(0, 20), (15, 24), (30, 28), (40, 30), (45, 75.5), (60, 79)])),
        Scenario(.stateOfChargeOutOfRange, charging(0...60) + charge([(0, 80), (15, 92), (30, 104.5), (45, 110)])),
        Scenario(
            .phaseImbalance,
            charging(0...30) + phases(Array(repeating: [16, 15.8, 6.4], count: 7), .currentImport, .ampere)),
        Scenario(
            .voltageDeviation,
            charging(0...30)
                + phases(
                    [[231, 230, 229], [231, 230, 188], [230, 231, 184.5], [231, 230, 229]], .voltage, .volt)),
        Scenario(
            .overheating,
            charging(0...30)
                + [(0, 40.0), (10, 61), (20, 86.5), (30, 91)].map {
                    Reading(
                        timestampMilliseconds: at($0.0), value: $0.1, measurand: .temperature, unit: .celsius,
                        location: .inlet)
                }),
        Scenario(.meterValueGap, charging(0...30) + charging(150...180)),
    ]
}
