import Glibc

/// How surprising a value is, given earlier ones.
///
/// Peaks over a threshold: the highest tenth of the earlier values is taken to fall off exponentially, as in Siffer,
/// Fouque, Termier, Largouet, "Anomaly Detection in Streams with Extreme Value Theory", KDD 2017. The rate of the fall
/// is taken from the median of the excesses, so that earlier faults do not hide later ones, and is not trusted beyond
/// its sample: the predictive distribution of an exponential with `m` excesses falls like a power of `m`, so that a
/// short history says little.
struct TailModel {
    private static let share = 0.1
    private static let leastExcesses = 4

    private let sorted: [Double]
    private let threshold: Double
    private let excess: Double
    private let excesses: Double

    /// - Parameters:
    ///   - values: Earlier values in any order.
    ///   - floor: Least scale of the excesses: smaller differences mean nothing.
    init(_ values: [Double], floor: Double) {
        sorted = values.sorted()
        let count = sorted.count
        let tail = max(Int(Double(count) * Self.share), min(Self.leastExcesses, count / 2))
        let start = count - tail
        threshold = start > 0 ? sorted[start - 1] : 0
        let middle = tail > 0 ? sorted[start + tail / 2] - threshold : 0
        excess = max(middle / 0.693, floor)
        excesses = Double(tail)
    }

    /// The negative decimal logarithm of the chance of a value as high as that; 0 when there is nothing to go by.
    func surprise(_ value: Double) -> Double {
        guard excesses > 0 else { return 0 }
        let count = Double(sorted.count) + 1
        guard value <= threshold else {
            return log10(count / (excesses + 1)) + excesses * log10(1 + (value - threshold) / (excess * excesses))
        }
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return log10(count / (count - Double(low)))
    }

    /// Both sides of a value: how surprisingly high and how surprisingly low it is.
    static func surprises(of value: Double, among values: [Double], floor: Double) -> (high: Double, low: Double) {
        (
            TailModel(values, floor: floor).surprise(value),
            TailModel(values.map { -$0 }, floor: floor).surprise(-value)
        )
    }
}
