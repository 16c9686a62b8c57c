/// Thresholds and weights of the station detector. One set of defaults serves every station; fine-tuning changes them.
///
/// No figure here is in kWh: everything is measured against the station's own history.
public struct StationConfiguration: Sendable, Equatable {
    /// Factor on the evidence of all parts: above 1 the detector speaks up sooner, below 1 later.
    public var sensitivity = 1.0
    /// Robust seasonal forecast of the day's energy.
    public var level = Level()
    /// The surprise at which each part alone makes a day anomalous.
    public var threshold = Threshold()
    /// Days of history that are looked at.
    public var memoryDays = 730
    /// Fewer days of history than these, including idle ones, give no score.
    public var leastDays = 2
    /// A station that has been idle for more days in a row than these is known to be out of use: the days that follow
    /// are no news.
    public var greatestSilenceDays = 7

    /// The defaults as shipped.
    public init() {}

    /// How the forecast learns.
    public struct Level: Sendable, Equatable {
        /// Share of a day's deviation that moves the level.
        public var smoothing = 0.08
        /// Share of a weekday's deviation that moves the weekday's part.
        public var weekdaySmoothing = 0.15
        /// Share of a day's squared deviation that moves the scale.
        public var scaleSmoothing = 0.05
        /// Scale before anything is known, in roots of usual days.
        public var firstScale = 0.5
        /// Deviations are cut here, in scales, before anything is learnt from them.
        public var clip = 2.0

        /// The defaults as shipped.
        public init() {}
    }

    /// The surprise at which a part alone makes a day anomalous: the negative decimal logarithm of how likely the day
    /// is. Larger values make a part quieter.
    public struct Threshold: Sendable, Equatable {
        /// More energy than forecast.
        public var surge = 4.2
        /// Less energy than forecast.
        public var drop = 3.4
        /// Idle days in a row.
        public var silence = 2.9
        /// A busiest hour beyond what the station ever gave.
        public var peak = 2.9
        /// More energy than the hours of charging give.
        public var powerHigh = 2.5
        /// Less energy than the hours of charging give.
        public var powerLow = 2.7
        /// Days whose totals repeat.
        public var repetition = 3.3
        /// The energy for the hours of charging, over the last five and ten days.
        public var powerDrift = 6.0
        /// The energy of the last ten days.
        public var energyDrift = 7.0
        /// The distribution over the hours.
        public var profile = 5.0

        /// The defaults as shipped.
        public init() {}
    }
}
