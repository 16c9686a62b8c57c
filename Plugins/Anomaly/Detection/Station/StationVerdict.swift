/// What the station detector says about one day of a station.
public struct StationVerdict: Sendable, Equatable {
    /// From this score on a day is anomalous.
    public static let anomalousScore = 0.5

    /// From 0 to 1; anomalous from `anomalousScore` on.
    public var score: Double
    /// What is unusual about the day; nil when it is quiet.
    public var kind: StationAnomalyKind?
    /// What the history leads one to expect of the part of the day that is judged, in kWh; nil without a history.
    public var expectedKilowattHours: Double?
    /// What was delivered in that part, in kWh.
    public var actualKilowattHours: Double
    /// The hours that stand out, in order of time. A quiet day has none.
    public var markers: [StationMarker]
    /// How much each part of the detector saw.
    public var evidence: StationEvidence
    /// From 0 to 1: how much history there was to judge by.
    public var confidence: Double

    /// True when the score reaches `anomalousScore`.
    public var isAnomalous: Bool { score >= Self.anomalousScore }
}

/// What is unusual about a day.
public enum StationAnomalyKind: UInt8, CaseIterable, Sendable {
    /// Less energy than expected.
    case energyDrop = 0
    /// More energy than expected.
    case energySurge = 1
    /// Nothing where something was expected.
    case zeroEnergy = 2
    /// A usual total, unusually distributed over the day or over the last days.
    case irregularProfile = 3

    /// The value of `anomaly_type` in detection details.
    public var wireName: StaticString {
        switch self {
        case .energyDrop: "energy_drop"
        case .energySurge: "energy_surge"
        case .zeroEnergy: "zero_energy"
        case .irregularProfile: "irregular_profile"
        }
    }
}

/// An hour that stands out.
public struct StationMarker: Sendable, Equatable {
    /// The hour of the UTC day, 0 to 23.
    public var hour: Int
    /// From 0 to 1; never above the day's score.
    public var score: Double
    /// What is unusual about the hour.
    public var kind: StationAnomalyKind
}
