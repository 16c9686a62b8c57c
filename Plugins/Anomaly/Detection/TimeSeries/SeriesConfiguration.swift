/// How the series detector looks at a series. One set of defaults serves every series.
public struct SeriesConfiguration: Sendable, Equatable {
    /// Length of the windows of Sub-PCA, in points.
    public var windowPoints = 24
    /// Share of the mean variance that is added to each variance of the windows.
    public var ridge = 0.01
    /// Width over which levels are compared and the broad score is averaged, as a share of the series.
    public var broadShare = 0.03
    /// Width over which the middle score is averaged, as a share of the series.
    public var middleShare = 0.01
    /// Weight of the middle score against the broad one.
    public var middleWeight = 0.3
    /// Weight of the score of single points against the broad one.
    public var sharpWeight = 0.1
    /// Weight of the comparison of levels against the broad score.
    public var shiftWeight = 0.4
    /// Periods in seconds that are tried: a day and a week.
    public var periodsSeconds = [86_400.0, 604_800.0]
    /// A period is used when it explains at least this share of the mean deviation.
    public var leastSeasonality = 0.03
    /// How many times the mean evidence of the series gives a score of 0.5.
    public var threshold = 4.0

    /// The defaults as shipped.
    public init() {}
}
