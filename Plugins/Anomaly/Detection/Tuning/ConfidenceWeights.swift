import Glibc

/// How sure a finding is: log-odds of what the number of its readings gives, corrected by what a model has learned. The
/// base weights correct nothing.
public struct ConfidenceWeights: Sendable, Equatable {
    /// Findings that exceed their rule by more than this count as if by this.
    static let greatestExcess = 3.0

    /// Factor of the log-odds; more than 0, so that few and reconstructed readings always lower the confidence.
    public var slope = 1.0
    /// Log-odds for each unit by which a finding exceeds its rule; not below 0.
    public var excess = 0.0
    /// Log-odds of the categories, by their codes.
    public var bias = SIMD16<Double>()

    /// The base weights.
    public init() {}

    /// Weights of 0, to sum up in.
    static var zero: Self {
        var weights = Self()
        weights.slope = 0
        return weights
    }

    /// How far a score says that a rule was exceeded.
    static func excess(ofScore score: Double) -> Double {
        score < 1 ? min(greatestExcess, max(0, (2 * score - 1) / (2 - 2 * score))) : greatestExcess
    }

    /// The confidence in a finding.
    func confidence(_ logOdds: Double, _ excess: Double, _ category: AnomalyCategory) -> Double {
        let sum = slope * logOdds + self.excess * excess + bias[Int(category.rawValue)]
        return 1 / (1 + exp(-sum))
    }

    /// The confidence in a finding of which only the confidence under the base weights is known.
    func corrected(_ confidence: Double, score: Double, _ category: AnomalyCategory) -> Double {
        guard self != Self(), confidence > 0, confidence < 1 else { return confidence }
        return self.confidence(log(confidence / (1 - confidence)), Self.excess(ofScore: score), category)
    }

    /// Brings the weights back to what they may be.
    mutating func keepBounds() {
        slope = min(max(slope, 0.25), 4)
        excess = min(max(excess, 0), 2)
        bias = bias.clamped(lowerBound: SIMD16(repeating: -3), upperBound: SIMD16(repeating: 3))
    }
}
