/// The numbers behind a finding, in kWh, kW, Percent, V, A and Celsius: what a person wants to see of it.
public enum FindingDetail: Sendable, Equatable {
    /// The register fell between two neighbouring readings.
    case registerFall(before: DigestPoint, after: DigestPoint)
    /// The register fell and jumped back.
    case registerPit(before: DigestPoint, lowest: DigestPoint, regained: DigestPoint)
    /// The register moved by `moved` where even the lowest power gives `expected`.
    case plateau(lowestPower: Double, expected: Double, moved: Double)
    /// The register rose by `rise` where `limit` is possible.
    case registerSpike(before: DigestPoint, after: DigestPoint, rise: Double, limit: Double)
    /// A register read below zero `count` times.
    case negative(lowest: DigestPoint, count: Int, isExport: Bool)
    /// The session moved this energy.
    case nothingMoved(energy: Double)
    /// The power fell from `before` to at most `highest`, and the energy went on.
    case powerLost(before: DigestPoint, highest: Double, energy: Double)
    /// The power is above what the connector can give.
    case powerAboveGreatest(peak: DigestPoint, greatest: Double, isRated: Bool)
    /// A single power is far above the next highest.
    case powerAlone(peak: DigestPoint, next: Double)
    /// The register moved more than the power gives at most.
    case energyAbovePower(energy: Double, given: Double)
    /// The register moved less than the power gives at least.
    case energyBelowPower(energy: Double, given: Double)
    /// The state of charge fell while energy was imported.
    case chargeFell(before: DigestPoint, after: DigestPoint, energy: Double)
    /// The state of charge rose by more than the energy explains.
    case chargeJumped(before: DigestPoint, after: DigestPoint, energy: Double)
    /// A state of charge outside 0 to 100 was read `count` times.
    case chargeOutside(worst: DigestPoint, count: Int)
    /// The currents of two conductors (1 to 3) differ.
    case imbalance(at: Int64, lowest: Double, lowestPhase: Int, highest: Double, highestPhase: Int)
    /// The voltage of a phase is far from `nominal`.
    case voltage(worst: DigestPoint, phase: Phase, nominal: Double)
    /// A temperature reached `bound`.
    case temperature(peak: DigestPoint, location: Location, bound: Double)
    /// No reading came for so long; what was delivered meanwhile, where the register tells.
    case gap(milliseconds: Int64, energy: Double?)
    /// The readings do not show the numbers.
    case unknown
}

/// A value of a series and when it was read.
public struct DigestPoint: Sendable, Equatable {
    /// In milliseconds since 1970.
    public var timeMilliseconds: Int64
    /// In kWh, kW, Percent, V, A or Celsius.
    public var value: Double

    /// Makes a point.
    public init(timeMilliseconds: Int64, value: Double) {
        self.timeMilliseconds = timeMilliseconds
        self.value = value
    }

    init(_ sample: Sample) {
        self.init(timeMilliseconds: sample.time, value: sample.value)
    }
}
