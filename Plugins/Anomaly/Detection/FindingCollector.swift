/// What speaks for a finding.
struct Evidence {
    /// What was found.
    var category: AnomalyCategory
    /// How far it exceeds the rule: 0 just does, 1 is the amount at which the score is 0.75.
    var excess: Double
    /// Where it begins and ends.
    var start: Int64
    var end: Int64
    /// How many readings carry it, and how many of these were reconstructed.
    var readings: Int
    var reconstructed: Int
}

/// Gathers what the rules find and keeps the strongest of each category.
struct FindingCollector {
    private(set) var strongest: [Evidence] = []
    /// How near the session came to a rule that it keeps, from 0 to 1.
    private(set) var nearness = 0.0

    /// Takes what a rule found.
    /// - Parameters:
    ///   - evidence: What speaks for it.
    ///   - extending: Whether it is what was reported last, grown longer.
    mutating func found(_ evidence: Evidence, extending: Bool = false) {
        for index in strongest.indices where strongest[index].category == evidence.category {
            let isLonger = extending && strongest[index].start == evidence.start
            if isLonger || evidence.excess > strongest[index].excess { strongest[index] = evidence }
            return
        }
        strongest.append(evidence)
    }

    /// Takes how near the session came to a rule: the measured share of what the rule allows.
    mutating func came(near share: Double) {
        if share > nearness { nearness = min(share, 1) }
    }

    /// Score of evidence: 0.5 where it just exceeds the rule, towards 1 as it exceeds it ever more.
    static func score(_ excess: Double) -> Double {
        guard excess > 0 else { return 0.5 }
        guard excess.isFinite else { return 1 }
        return 0.5 + 0.5 * excess / (1 + excess)
    }

    /// Confidence in what so many readings carry.
    static func confidence(readings: Int, reconstructed: Int) -> Double {
        guard readings > 0 else { return 0 }
        let count = Double(readings)
        return count / (count + 0.5) * (1 - 0.5 * Double(min(reconstructed, readings)) / count)
    }

    /// The findings, highest score first.
    /// - Parameters:
    ///   - origin: When the session's first reading was.
    ///   - weights: What corrects the confidences.
    func findings(since origin: Int64, _ weights: ConfidenceWeights) -> [Finding] {
        var findings: [Finding] = []
        findings.reserveCapacity(strongest.count)
        for evidence in strongest {
            let end = max(evidence.start, evidence.end)
            let score = Self.score(evidence.excess)
            let confidence = Self.confidence(readings: evidence.readings, reconstructed: evidence.reconstructed)
            findings.append(
                Finding(
                    category: evidence.category, score: score,
                    confidence: weights.corrected(confidence, score: score, evidence.category),
                    startMilliseconds: evidence.start, endMilliseconds: end,
                    startUnit: Int(max(0, evidence.start - origin) / 60_000),
                    endUnit: Int(max(0, end - origin) / 60_000)))
        }
        if findings.count > 1 {
            findings.sort { one, other in
                one.score != other.score ? one.score > other.score : one.category.rawValue < other.category.rawValue
            }
        }
        return findings
    }
}
