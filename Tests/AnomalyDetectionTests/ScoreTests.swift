import AnomalyDetection
import Testing

@Suite("Scores by the size of a fault")
struct ScoreTests {
    /// The score of a category in sessions with ever larger faults, the first of them at the rule's edge.
    private func scores(_ category: AnomalyCategory, _ sizes: [Double], _ make: (Double) -> [Reading]) -> [Double] {
        sizes.map { size in
            verdict(make(size), isCompleted: category == .zeroEnergy, rating: category == .powerSpike ? 11 : nil)
                .findings.first { $0.category == category }?.score ?? 0
        }
    }

    @Test(
        "0.5 at the edge, growing with the fault",
        arguments: [
            (AnomalyCategory.registerDecrease, [0.0201, 0.5, 2, 20]), (.energySpike, [7.75, 9, 20, 200]),
            (.energyNegative, [0.0201, 0.5, 5]), (.powerSpike, [12.6501, 14, 25, 80]),
            (.stateOfChargeOutOfRange, [0.001, 5, 60]), (.voltageDeviation, [0.1501, 0.2, 0.28]),
            (.overheating, [80, 85, 120]), (.phaseImbalance, [0.3001, 0.5, 0.7]),
            (.zeroEnergy, [10, 30, 240]),
        ])
    func edges(_ category: AnomalyCategory, _ sizes: [Double]) {
        let scores = scores(category, sizes) { size in
            switch category {
            case .registerDecrease: register([100.05, 101.05, 101.05 - size, 101.1 - size])
            case .energySpike: register([100, 100.1, 100.1 + size + 6.6, 106.9 + size])
            case .energyNegative: register([-size, -size, 5])
            case .powerSpike: power([5, size, 5])
            case .stateOfChargeOutOfRange: stateOfCharge([90, 100 + size, 99])
            case .voltageDeviation: series(.voltage, [230, 230 * (1 - size), 230 * (1 - size)], phase: .l1)
            case .overheating: series(.temperature, [30, size, 40])
            case .phaseImbalance:
                series(.currentImport, [16, 16, 16], every: 6, phase: .l1)
                    + series(.currentImport, [16 * (1 - size), 16 * (1 - size), 16 * (1 - size)], every: 6, phase: .l2)
            default: register([5, 5, 5], every: size / 2)
            }
        }
        #expect(scores.allSatisfy { $0 >= 0.5 && $0 <= 1 }, "\(scores)")
        #expect(scores == scores.sorted(), "\(scores)")
        #expect(Set(scores).count == scores.count, "\(scores)")
        #expect(scores[0] < 0.53 || category == .energySpike, "\(scores)")
    }
}
