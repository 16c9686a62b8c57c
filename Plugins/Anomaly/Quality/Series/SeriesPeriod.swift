/// The period of a series, as the benchmark TSB-AD takes it for the width of the buffer of VUS-PR (`find_length_rank`):
/// the lag of the highest local maximum of the autocorrelation between 6 and 303 points, or 125 where there is none.
public enum SeriesPeriod {
    private static let base = 3
    private static let greatestLag = 400
    private static let fallback = 125

    /// The period in points.
    public static func find(_ values: [Double]) -> Int {
        let series = values.prefix(20_000)
        let mean = series.reduce(0, +) / Double(max(series.count, 1))
        let centered = series.map { $0 - mean }
        let variance = centered.reduce(0) { $0 + $1 * $1 }
        guard variance > 0 else { return fallback }
        let lags = min(greatestLag, centered.count - 1)
        guard lags > base + 2 else { return fallback }
        let correlations = (base...lags).map { lag in
            var sum = 0.0
            centered.withUnsafeBufferPointer { values in
                for index in 0..<(values.count - lag) { sum += values[index] * values[index + lag] }
            }
            return sum / variance
        }
        var best: Int?
        for index in 1..<(correlations.count - 1)
        where correlations[index] > correlations[index - 1] && correlations[index] > correlations[index + 1] {
            if correlations[index] > best.map({ correlations[$0] }) ?? -.infinity { best = index }
        }
        guard let best, 3...300 ~= best else { return fallback }
        return best + base
    }
}
