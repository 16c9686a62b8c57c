/// Chooses the points of a chart that show its shape.
///
/// Largest triangle, three buckets: of each stretch of points the one is kept that spans the largest triangle with the
/// point kept before it and the middle of the stretch behind it. S. Steinarsson, "Downsampling Time Series for Visual
/// Representation", University of Iceland, 2013, section 4.2. Where a chart has several series the areas of their
/// triangles are added up, each series brought to the same height.
enum Thinning {
    /// The positions of the points that are kept, ascending; the first and the last are among them.
    ///
    /// - Parameters:
    ///   - times: When the points are, ascending.
    ///   - limit: The most points that are kept; more than there are in `keeping` and two.
    ///   - keeping: Positions that are kept in any case.
    ///   - series: The values of each series at the points. A missing one is taken to be what it was before.
    static func indices(
        times: [Int64], atMost limit: Int, keeping: Set<Int> = [], series: [[Double?]]
    ) -> [Int] {
        guard times.count > limit, let last = times.indices.last else { return Array(times.indices) }
        var kept = keeping.union([0, last])
        let buckets = limit - kept.count
        let heights = series.map(heights)
        let span = Double(times[last] - times[0])
        let places = times.map { span > 0 ? Double($0 - times[0]) / span : 0 }
        var previous = 0
        for bucket in 0..<buckets {
            let range = Self.range(of: bucket, among: buckets, inner: last - 1)
            let next =
                bucket + 1 < buckets ? Self.range(of: bucket + 1, among: buckets, inner: last - 1) : last..<times.count
            let middle = mean(places, next)
            let middles = heights.map { mean($0, next) }
            var best = range.lowerBound
            var largest = -1.0
            for candidate in range {
                var area = 0.0
                for (height, middleHeight) in zip(heights, middles) {
                    area += abs(
                        (places[previous] - middle) * (height[candidate] - height[previous])
                            - (places[previous] - places[candidate]) * (middleHeight - height[previous]))
                }
                if area > largest {
                    largest = area
                    best = candidate
                }
            }
            kept.insert(best)
            previous = best
        }
        return kept.sorted()
    }

    /// The stretch of points between the first and the last that belongs to a bucket; none is empty, as there are more
    /// points than buckets.
    private static func range(of bucket: Int, among buckets: Int, inner: Int) -> Range<Int> {
        1 + bucket * inner / buckets..<1 + (bucket + 1) * inner / buckets
    }

    private static func mean(_ values: [Double], _ range: Range<Int>) -> Double {
        values[range].reduce(0, +) / Double(range.count)
    }

    /// A series without gaps, from 0 to 1.
    private static func heights(_ values: [Double?]) -> [Double] {
        let known = values.lazy.compactMap { $0 }
        guard let lowest = known.min(), let highest = known.max(), highest > lowest, let first = known.first else {
            return Array(repeating: 0, count: values.count)
        }
        var last = first
        return values.map { value in
            last = value ?? last
            return (last - lowest) / (highest - lowest)
        }
    }
}
