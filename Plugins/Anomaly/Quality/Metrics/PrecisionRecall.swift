/// How well scores set labelled points apart from the others, point by point: nothing is adjusted, so a point counts as
/// found only when it scores itself.
public struct PrecisionRecall: Sendable, Equatable {
    /// Area under the curve of precision over recall, as average precision: the sum of the precisions at each distinct
    /// score, weighted by the recall gained there, without interpolation. A random score gives the share of labelled
    /// points.
    public let areaUnderCurve: Double
    /// Labelled points that reach the threshold.
    public let truePositives: Int
    /// Other points that reach the threshold.
    public let falsePositives: Int
    /// Labelled points.
    public let positives: Int
    /// All points.
    public let count: Int

    /// Share of the points at the threshold that are labelled; 0 when there are none.
    public var precision: Double {
        let found = truePositives + falsePositives
        return found > 0 ? Double(truePositives) / Double(found) : 0
    }
    /// Share of the labelled points that are at the threshold; 0 when there are none.
    public var recall: Double { positives > 0 ? Double(truePositives) / Double(positives) : 0 }
    /// Harmonic mean of precision and recall.
    public var harmonicMean: Double {
        let sum = precision + recall
        return sum > 0 ? 2 * precision * recall / sum : 0
    }
    /// Share of the points without a label that are at the threshold.
    public var falseAlarmRate: Double {
        count > positives ? Double(falsePositives) / Double(count - positives) : 0
    }

    /// Measures scores.
    /// - Parameters:
    ///   - scores: One for each point, none of them NaN.
    ///   - labels: Whether a point is to be found; as many as scores.
    ///   - threshold: The score from which a point counts as found.
    public init(scores: [Double], labels: [Bool], threshold: Double = 0.5) {
        precondition(scores.count == labels.count)
        count = scores.count
        positives = labels.count { $0 }
        truePositives = zip(scores, labels).count { $0 >= threshold && $1 }
        falsePositives = zip(scores, labels).count { $0 >= threshold && !$1 }
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        var area = 0.0
        var found = 0
        var position = 0
        while position < order.count {
            let score = scores[order[position]]
            let before = found
            // Points of one score cross the threshold together.
            while position < order.count, scores[order[position]] == score {
                if labels[order[position]] { found += 1 }
                position += 1
            }
            area += Double(found - before) * Double(found) / Double(position)
        }
        areaUnderCurve = positives > 0 ? area / Double(positives) : 0
    }
}
