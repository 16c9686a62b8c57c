/// Thresholds and weights of the station detector. One set of defaults serves every station; fine-tuning changes them.
///
/// A threshold is the surprise at which a part of the detector alone makes a day anomalous; larger values make the
/// detector quieter. No figure here is in kWh: everything is measured against the station's own history.
public struct StationConfiguration: Sendable, Equatable {
    /// Factor on the evidence of all parts: above 1 the detector speaks up sooner, below 1 later.
    public var sensitivity = 1.0
    /// Robust seasonal forecast of the day's energy.
    public var level = Level()
    /// Thresholds and weights of the parts.
    public var threshold = Threshold()
    /// Days of history that are looked at.
    public var memoryDays = 730
    /// Fewer days of history than these, including idle ones, give no score.
    public var leastDays = 2

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
        /// Deviations are cut here, in scales, before anything is learnt from them.
        public var clip = 2.0

        /// The defaults as shipped.
        public init() {}
    }

    /// Surprise at which each part alone makes a day anomalous.
    public struct Threshold: Sendable, Equatable {
        /// Deviation upwards, in scales.
        public var surge = 3.5
        /// Deviation downwards, in scales.
        public var drop = 3.5
        /// Silence, as the negative decimal logarithm of how likely it is.
        public var silence = 2.5

        /// The defaults as shipped.
        public init() {}
    }
}
