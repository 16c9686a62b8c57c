public import AnomalyDetection

/// Measures the session pipeline: on ordinary sessions, and on the same ones with one fault each.
public struct SessionEvaluation: Sendable {
    /// Distances of the readings, in minutes.
    public static let intervals = [1, 5, 15]
    /// Confidences are counted in classes of this width.
    static let classes = 10

    /// So many of so many.
    public struct Count: Sendable, Equatable {
        /// Those that fit.
        public var hits = 0
        /// All of them.
        public var total = 0

        /// The share of those that fit; NaN when there is none at all.
        public var share: Double { total == 0 ? .nan : Double(hits) / Double(total) }

        mutating func add(_ isHit: Bool) {
            total += 1
            if isHit { hits += 1 }
        }
    }

    /// Faults found, by category and distance of the readings.
    public private(set) var recall: [AnomalyCategory: [Int: Count]] = [:]
    /// Ordinary sessions flagged, by what happened in them and by distance of the readings.
    public private(set) var flagged: [ChargingVariant: [Int: Count]] = [:]
    /// Right findings, by class of their confidence.
    public private(set) var reliability = [Count](repeating: Count(), count: classes)
    /// Errors for people to look at: what was overlooked or wrongly found, and where.
    public private(set) var errors: [String] = []

    /// An evaluation in which nothing was measured yet.
    public init() {}

    /// All faults, found or not.
    public var allFaults: Count { Self.sum(recall.values.flatMap(\.values)) }
    /// All ordinary sessions, flagged or not.
    public var allOrdinary: Count { Self.sum(flagged.values.flatMap(\.values)) }

    static func sum(_ counts: some Sequence<Count>) -> Count {
        counts.reduce(into: Count()) { sum, count in
            sum.hits += count.hits
            sum.total += count.total
        }
    }

    /// Judges sessions of the given outlines, each read in every distance and with two things happening in it.
    public mutating func measure(_ shapes: [SessionShape], seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for (number, shape) in shapes.enumerated() {
            for interval in Self.intervals {
                for variant in [ChargingVariant.plain, random.pick(ChargingVariant.allCases)] {
                    var branch = random.branch()
                    let session = SampledSession(shape, variant, intervalMinutes: interval, &branch)
                    measure(session.sample, variant, interval, branch, "seed \(seed) outline \(number)")
                }
            }
        }
    }

    private mutating func measure(
        _ session: SampleSession, _ variant: ChargingVariant, _ interval: Int, _ random: SeededRandom, _ place: String
    ) {
        guard session.readings.count >= SessionPipeline.leastReadings else { return }
        let verdict = session.verdict()
        flagged[variant, default: [:]][interval, default: Count()].add(verdict.isAnomaly)
        for finding in verdict.findings {
            note(finding, isRight: false)
            errors.append("found \(finding.category.wireName) in \(variant), \(interval) min, \(place)")
        }
        // What has no order has no place for a fault either; each station's clock is in order by itself.
        guard !verdict.isAnomaly, variant != .outOfOrder else { return }
        var planter = FaultPlanter(random: random)
        for category in AnomalyCategory.allCases {
            guard let fault = planter.plant(category, into: session) else { continue }
            let verdict = fault.session.verdict()
            let finding = fault.finding(in: verdict)
            recall[category, default: [:]][interval, default: Count()].add(finding != nil)
            if let finding {
                note(finding, isRight: true)
            } else {
                let found = verdict.findings.map { "\($0.category.wireName)" }
                errors.append("missed \(category.wireName) in \(variant), \(interval) min, \(place), found \(found)")
            }
        }
    }

    private mutating func note(_ finding: Finding, isRight: Bool) {
        reliability[min(Self.classes - 1, Int(finding.confidence * Double(Self.classes)))].add(isRight)
    }
}
