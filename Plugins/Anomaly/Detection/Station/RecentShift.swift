/// How far the last days have moved away from those before them, held against how far they ever did.
///
/// The statistic is the mean of the last days less the mean of up to a year before; where it stands among its own
/// earlier values is the surprise, so that a station with seasons, or one that grows, sets its own measure.
enum RecentShift {
    /// How surprisingly high or low the last values of a series are.
    /// - Parameters:
    ///   - series: In order of time.
    ///   - length: How many values are the last ones.
    ///   - memory: How many values before them are compared.
    ///   - floor: Least scale of the statistic.
    static func surprises(
        _ series: [Double], length: Int, memory: Int, floor: Double
    ) -> (high: Double, low: Double) {
        // Short of that, windows are too few for anything to be usual.
        guard series.count >= 3 * length + 14 else { return (0, 0) }
        var sums = [0.0]
        sums.reserveCapacity(series.count + 1)
        for value in series { sums.append(sums[sums.count - 1] + value) }
        func shift(_ end: Int) -> Double {
            let start = end - length
            let from = max(0, start - memory)
            return (sums[end] - sums[start]) / Double(length) - (sums[start] - sums[from]) / Double(start - from)
        }
        // Windows that overlap the judged one are no evidence of what is usual.
        let usual = (2 * length..<series.count - length).map(shift)
        return TailModel.surprises(of: shift(series.count), among: usual, floor: floor)
    }
}
