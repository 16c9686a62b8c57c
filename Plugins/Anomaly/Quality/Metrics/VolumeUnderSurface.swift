/// VUS-PR: the volume under the surface of precision over recall and over the width of a buffer around each labelled
/// range, so that a score that rises a little early or late still counts, and one that misses a range altogether is
/// held against it.
///
/// Paparrizos, Boniol, Palpanas, Tsay, Elmore, Franklin: "Volume Under the Surface: A New Accuracy Evaluation Measure
/// for Time-Series Anomaly Detection", PVLDB 15(11), 2022. The figures agree with `RangeAUC_volume_opt` of the authors'
/// benchmark TSB-AD: its thresholds are 250 evenly spaced ranks, its buffer weighs `sqrt(1 - distance / width)` within
/// half the width on both sides. Only the points of the buffers are visited for each width and all thresholds are
/// counted together, where the reference walks the whole series for each threshold.
public struct VolumeUnderSurface {
    private static let thresholds = 250

    private let count: Int
    private let labels: [Bool]
    /// Labelled ranges, ends included.
    private let ranges: [ClosedRange<Int>]
    /// Of every point the first threshold at which it is found.
    private let ranks: [Int]
    /// For each threshold the number of points that are found.
    private let found: [Double]
    /// For each threshold the number of labelled points that are found.
    private let foundLabelled: [Double]
    private let positives: Double

    /// The volume under the surface for buffers from 0 to a greatest width.
    /// - Parameters:
    ///   - scores: One for each point of the series in order of time, none of them NaN.
    ///   - labels: Whether a point is to be found; as many as scores, at least one of them true.
    ///   - width: Greatest width of the buffer in points; the benchmark takes the period of the series.
    public static func precisionRecall(scores: [Double], labels: [Bool], width: Int) -> Double {
        let surface = VolumeUnderSurface(scores: scores, labels: labels)
        return (0...width).reduce(0) { $0 + surface.area(width: $1, greatest: width) } / Double(width + 1)
    }

    private init(scores: [Double], labels: [Bool]) {
        precondition(scores.count == labels.count && labels.contains(true))
        count = scores.count
        self.labels = labels
        let descending = scores.sorted(by: >)
        let last = Double(count - 1)
        let levels = (0..<Self.thresholds).map { descending[Int(last * Double($0) / Double(Self.thresholds - 1))] }
        ranks = scores.map { score in
            // The first level that is not above the score; the levels descend.
            var low = 0
            var high = levels.count
            while low < high {
                let middle = (low + high) / 2
                if score >= levels[middle] { high = middle } else { low = middle + 1 }
            }
            return low
        }
        var all = [Double](repeating: 0, count: Self.thresholds + 1)
        var labelled = all
        for (rank, label) in zip(ranks, labels) {
            all[rank] += 1
            if label { labelled[rank] += 1 }
        }
        found = Self.runningSums(all)
        foundLabelled = Self.runningSums(labelled)
        positives = Double(labels.count { $0 })
        var ranges: [ClosedRange<Int>] = []
        var start: Int?
        for position in 0...count {
            let isLabelled = position < count && labels[position]
            if isLabelled, start == nil { start = position }
            if !isLabelled, let first = start {
                ranges.append(first...(position - 1))
                start = nil
            }
        }
        self.ranges = ranges
    }

    /// Area under precision over recall with a buffer of one width.
    private func area(width: Int, greatest: Int) -> Double {
        let half = width / 2
        var gained = [Double](repeating: 0, count: Self.thresholds + 1)
        for (position, weight) in buffer(width: width) { gained[ranks[position]] += weight }
        gained = Self.runningSums(gained)
        var noticed = [Double](repeating: 0, count: Self.thresholds + 1)
        let merged = merge(half)
        for range in merged { noticed[range.lazy.map { ranks[$0] }.min() ?? Self.thresholds] += 1 }
        noticed = Self.runningSums(noticed)
        var area = 0.0
        var recallBefore = 0.0
        for threshold in 0..<Self.thresholds {
            let hits = foundLabelled[threshold] + gained[threshold]
            let expected = positives + gained[threshold] / 2
            let recall = min(hits / expected, 1) * noticed[threshold] / Double(merged.count)
            area += (recall - recallBefore) * hits / found[threshold]
            recallBefore = recall
        }
        return area
    }

    /// The points beside the labelled ranges with their weights, each once; where buffers meet, they add up to 1.
    private func buffer(width: Int) -> [Int: Double] {
        let half = width / 2
        var points: [Int: Double] = [:]
        func add(_ position: Int, _ distance: Int) {
            guard !labels[position] else { return }
            let weight = (1 - Double(distance) / Double(width)).squareRoot()
            points[position] = min(points[position, default: 0] + weight, 1)
        }
        for range in ranges {
            for position in max(range.lowerBound - half, 0)..<range.lowerBound {
                add(position, range.lowerBound - position)
            }
            for position in (range.upperBound + 1)..<max(min(range.upperBound + half + 1, count), range.upperBound + 1)
            {
                add(position, position - range.upperBound)
            }
        }
        return points
    }

    /// The labelled ranges with their buffers; those that touch are one.
    private func merge(_ half: Int) -> [ClosedRange<Int>] {
        var merged: [ClosedRange<Int>] = []
        var start = max(ranges[0].lowerBound - half, 0)
        for (range, next) in zip(ranges, ranges.dropFirst())
        where range.upperBound + half < next.lowerBound - half {
            merged.append(start...(range.upperBound + half))
            start = next.lowerBound - half
        }
        merged.append(start...min(ranges[ranges.count - 1].upperBound + half, count - 1))
        return merged
    }

    private static func runningSums(_ values: [Double]) -> [Double] {
        var sum = 0.0
        return values.map {
            sum += $0
            return sum
        }
    }
}
