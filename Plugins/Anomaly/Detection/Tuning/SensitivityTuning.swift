/// The extremes that ordinary sessions reach in what the rules about currents, voltages and temperatures read.
struct ElectricalExtremes {
    /// Sessions that have such readings, and the greatest value among them, for each threshold that may be lowered.
    private var reached: [(sessions: Int, greatest: Double)]

    /// So many sessions must have such readings before a threshold is lowered.
    private static let leastSessions = 30
    /// A threshold is lowered to this share of the rule's at most: what comes near the rule is found before it gets
    /// there, and what is far from it stays out.
    private static let lowest = 0.9
    /// How far a threshold stays above what was ever seen.
    private static let clearance = 1.2
    private static let thresholds: [any WritableKeyPath<DetectionConfiguration.Electrical, Double> & Sendable] = [
        \.imbalanceShare, \.voltageShare, \.temperature, \.temperatureBody,
    ]

    init() {
        reached = Self.thresholds.map { _ in (0, 0) }
    }

    /// Takes what a clean session reaches.
    mutating func add(_ session: SampleSession, _ configuration: DetectionConfiguration) {
        guard !session.readings.isEmpty else { return }
        let series = session.readings.withUnsafeBufferPointer { SessionSeries($0, SeriesSurvey($0)) }
        let electrical = configuration.electrical
        let nominal = configuration.installation.nominalVoltage
        take(0, series.currents.map { PhaseImbalanceRule.imbalance($0, carried: electrical.carriedCurrent) })
        take(
            1,
            series.voltages.filter { (electrical.voltageLowest...electrical.voltageHighest).contains($0.sample.value) }
                .map { VoltageRule.deviation($0.sample.value, $0.phase, nominal) })
        take(2, series.temperatures.filter { $0.location != .body }.map(\.sample.value))
        take(3, series.temperatures.filter { $0.location == .body }.map(\.sample.value))
    }

    private mutating func take(_ slot: Int, _ values: [Double]) {
        guard let greatest = values.max() else { return }
        reached[slot].sessions += 1
        reached[slot].greatest = max(reached[slot].greatest, greatest)
    }

    /// Lowers the thresholds that stay clear of everything seen.
    func apply(to configuration: inout DetectionConfiguration) {
        for (slot, path) in Self.thresholds.enumerated() where reached[slot].sessions >= Self.leastSessions {
            let rule = configuration.electrical[keyPath: path]
            let lowered = max(Self.lowest * rule, Self.clearance * reached[slot].greatest)
            configuration.electrical[keyPath: path] = min(rule, lowered)
        }
    }
}

/// How far the natural findings of a tenant exceed their rules, to bring the scores into the range of its own faults.
struct SeverityScales {
    /// So many findings must be known before a scale is changed, and by this factor at most.
    private static let leastFindings = 10
    private static let greatestFactor = 2.0

    private var excesses: [[Double]]

    private static let scales: [any WritableKeyPath<DetectionConfiguration.Severity, Double> & Sendable] = [
        \.fall, \.negative, \.energy, \.share, \.points, \.temperature,
    ]

    init() {
        excesses = Self.scales.map { _ in [] }
    }

    /// Takes a natural finding that nobody called a false alarm.
    mutating func add(_ finding: Finding) {
        guard let slot = Self.slot(finding.category), finding.score < 1 else { return }
        excesses[slot].append((2 * finding.score - 1) / (2 - 2 * finding.score))
    }

    /// Sets the scales so that the median of the tenant's findings scores 0.75, within bounds.
    func apply(to configuration: inout DetectionConfiguration) {
        for (slot, path) in Self.scales.enumerated() where excesses[slot].count >= Self.leastFindings {
            let median = excesses[slot].sorted()[excesses[slot].count / 2]
            let factor = min(max(median, 1 / Self.greatestFactor), Self.greatestFactor)
            configuration.severity[keyPath: path] *= factor
        }
    }

    private static func slot(_ category: AnomalyCategory) -> Int? {
        switch category {
        case .registerDecrease, .energyPit: 0
        case .energyNegative: 1
        case .energyPlateau, .powerDrop, .powerEnergyMismatch: 2
        case .energySpike, .powerSpike, .phaseImbalance, .voltageDeviation: 3
        case .stateOfChargeDecrease, .stateOfChargeJump, .stateOfChargeOutOfRange: 4
        case .overheating: 5
        case .zeroEnergy, .meterValueGap: nil
        }
    }
}
