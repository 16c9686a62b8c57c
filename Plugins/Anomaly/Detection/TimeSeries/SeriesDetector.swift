/// Scores every point of a series that has one value at each regular interval, whatever it measures.
///
/// Everything is an energy, that is a square divided by its mean over the series, so that no unit matters and parts can
/// be added: the square of what the seasons leave (`SeasonalProfile`), the Sub-PCA distance of the window around the
/// point (`WindowModel`), and the square of the difference between the levels before and after the point. The first
/// two are averaged over a broad width and, with less weight, over a middle one and not at all, so that both a stretch
/// and a single point stand out. The whole series is looked at, later points too.
public enum SeriesDetector {
    /// Scores from 0 to 1, one for each point; they rank the points, and from 0.5 on a point has several times the
    /// evidence of the mean point. A series of fewer than 8 points, or one that never changes, scores 0 throughout.
    /// - Parameters:
    ///   - values: The series in order of time, all finite.
    ///   - seconds: When each value was taken, in seconds since midnight of any day; as many as values, or none where
    ///     times are unknown and no season is looked for.
    ///   - configuration: How to look.
    public static func scores(
        _ values: [Double], seconds: [Double] = [], configuration: SeriesConfiguration = SeriesConfiguration()
    ) -> [Double] {
        let count = values.count
        guard count >= 8 else { return [Double](repeating: 0, count: count) }
        let rest = SeasonalProfile.remove(from: values, seconds: seconds, configuration)
        let shape = windowDistances(rest, configuration)
        let sharp = zip(energies(rest.map { $0 * $0 }), energies(shape)).map { ($0 + $1) / 2 }
        let broad = max(Int(configuration.broadShare * Double(count)), 8)
        let middle = max(Int(configuration.middleShare * Double(count)), 1)
        let broadScore = averages(sharp, width: broad)
        let middleScore = averages(sharp, width: middle)
        let shift = averages(energies(levelShifts(rest, width: broad)), width: broad)
        let evidence = (0..<count).map { index in
            broadScore[index] + configuration.middleWeight * middleScore[index]
                + configuration.sharpWeight * sharp[index] + configuration.shiftWeight * shift[index]
        }
        let mean = evidence.reduce(0, +) / Double(count)
        guard mean > 0 else { return [Double](repeating: 0, count: count) }
        return evidence.map { $0 / ($0 + configuration.threshold * mean) }
    }

    /// The Sub-PCA distance of the window around each point.
    private static func windowDistances(_ values: [Double], _ configuration: SeriesConfiguration) -> [Double] {
        let size = configuration.windowPoints
        guard values.count >= 3 * size,
            let model = WindowModel(values, size: size, step: 1, ridge: configuration.ridge)
        else { return [Double](repeating: 0, count: values.count) }
        let last = values.count - size
        let distances = (0...last).map { model.distance(of: values, at: $0) }
        return values.indices.map { distances[min(max($0 - (size - 1) / 2, 0), last)] }
    }

    /// The square of the difference between the mean after each point and the mean before it; 0 near both ends.
    private static func levelShifts(_ values: [Double], width: Int) -> [Double] {
        let sums = runningSums(values)
        let count = values.count
        return (0..<count).map { index in
            let start = max(index - width, 0)
            let end = min(index + width, count)
            guard index - start >= width / 2, end - index >= width / 2 else { return 0 }
            let before = (sums[index] - sums[start]) / Double(index - start)
            let after = (sums[end] - sums[index]) / Double(end - index)
            return (after - before) * (after - before)
        }
    }

    /// The values divided by their mean.
    private static func energies(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        return mean > 0 ? values.map { $0 / mean } : values
    }

    /// Moving averages, the ends being held.
    private static func averages(_ values: [Double], width: Int) -> [Double] {
        guard width > 1, let first = values.first, let last = values.last else { return values }
        let padded =
            [Double](repeating: first, count: width / 2) + values
            + [Double](repeating: last, count: width - 1 - width / 2)
        let sums = runningSums(padded)
        return values.indices.map { (sums[$0 + width] - sums[$0]) / Double(width) }
    }

    private static func runningSums(_ values: [Double]) -> [Double] {
        var sums = [0.0]
        sums.reserveCapacity(values.count + 1)
        for value in values { sums.append(sums[sums.count - 1] + value) }
        return sums
    }
}
