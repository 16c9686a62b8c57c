/// How surprising each part of the detector found the day, from 0 (as ever) without an upper bound.
///
/// All parts share one unit, so that they can be compared: at 1 a part alone makes the day anomalous.
public struct StationEvidence: Sendable, Equatable {
    /// The day's energy against the robust seasonal forecast.
    public var level = 0.0
    /// Days without energy in a row against the runs that are usual for the station.
    public var silence = 0.0
    /// The day's busiest hour against what the station was ever able to give.
    public var peak = 0.0
    /// The day's energy against what its hours of charging usually give.
    public var power = 0.0
    /// The energy of the last days, also for the hours of charging, against the time before.
    public var drift = 0.0
    /// The same energy day after day, as from a stuck meter.
    public var repetition = 0.0
    /// The distribution over the hours against those that are usual.
    public var profile = 0.0

    /// Nothing seen.
    public init() {}

    /// All parts together: the root of the sum of their squares, so that several parts that each are nearly sure are
    /// surer together, while what is usual of each does not add up. The score is `1 - 2^-(combined * sensitivity)`.
    public var combined: Double {
        let sum =
            level * level + silence * silence + peak * peak + power * power + drift * drift
            + repetition * repetition + profile * profile
        return sum.squareRoot()
    }
}
