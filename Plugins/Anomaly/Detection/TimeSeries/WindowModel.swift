/// Sub-PCA: principal components of the windows of a series, by which unusual windows are told.
///
/// A window's distance is the sum over all components of its squared coordinate divided by the component's variance, as
/// in Shyu, Chen, Sarinnapakorn, Chang, "A Novel Anomaly Detection Scheme Based on Principal Component Classifier"
/// (2003) and, on windows of a series, the method of that name in TSB-AD (Liu, Paparrizos, NeurIPS 2024). Over all
/// components that is the Mahalanobis distance, so it is computed by a Cholesky factor instead of the components. A
/// ridge on the variances keeps directions in which the windows hardly vary from ruling everything.
struct WindowModel {
    private let size: Int
    private let mean: [Double]
    /// The lower triangle of the Cholesky factor, row by row, with inverted diagonal.
    private let factor: [Double]

    /// Learns from windows of a series.
    /// - Parameters:
    ///   - values: The series.
    ///   - size: Length of a window.
    ///   - step: Distance between the starts of two windows.
    ///   - ridge: Share of the mean variance that is added to each variance.
    /// - Returns: Nil when there are no two windows, or they do not vary.
    init?(_ values: [Double], size: Int, step: Int, ridge: Double) {
        let count = values.count >= size ? (values.count - size) / step + 1 : 0
        guard count > 1, size > 0 else { return nil }
        var mean = [Double](repeating: 0, count: size)
        var covariance = [Double](repeating: 0, count: size * size)
        var centered = mean
        values.withUnsafeBufferPointer { values in
            for window in 0..<count {
                for index in 0..<size { mean[index] += values[window * step + index] }
            }
            for index in 0..<size { mean[index] /= Double(count) }
            for window in 0..<count {
                for index in 0..<size { centered[index] = values[window * step + index] - mean[index] }
                for row in 0..<size {
                    let value = centered[row]
                    for column in 0...row { covariance[row * size + column] += value * centered[column] }
                }
            }
        }
        var trace = 0.0
        for row in 0..<size {
            for column in 0...row { covariance[row * size + column] /= Double(count) }
            trace += covariance[row * size + row]
        }
        guard trace > 0 else { return nil }
        for row in 0..<size { covariance[row * size + row] += ridge * trace / Double(size) }
        self.size = size
        self.mean = mean
        factor = Self.cholesky(covariance, size)
    }

    private static func cholesky(_ matrix: [Double], _ size: Int) -> [Double] {
        var factor = matrix
        for row in 0..<size {
            for column in 0...row {
                var sum = factor[row * size + column]
                for index in 0..<column { sum -= factor[row * size + index] * factor[column * size + index] }
                // The ridge keeps the diagonal positive but for rounding.
                factor[row * size + column] =
                    row == column
                    ? 1 / max(sum, .leastNormalMagnitude).squareRoot() : sum * factor[column * size + column]
            }
        }
        return factor
    }

    /// The squared distance of the window of `values` that begins at a position.
    func distance(of values: [Double], at position: Int) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: size) { solved in
            var sum = 0.0
            for row in 0..<size {
                var value = values[position + row] - mean[row]
                for column in 0..<row { value -= factor[row * size + column] * solved[column] }
                value *= factor[row * size + row]
                solved.initializeElement(at: row, to: value)
                sum += value * value
            }
            return sum
        }
    }
}
