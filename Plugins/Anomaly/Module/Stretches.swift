import GantryKit

/// Stretches of time of one session.
enum Stretches {
    /// Stretches that cover the same time without overlapping, in order; empty ones are left out.
    static func union(_ stretches: [Range<Int64>]) -> [Range<Int64>] {
        guard stretches.count > 1 else { return stretches.filter { !$0.isEmpty } }
        var result: [Range<Int64>] = []
        for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) where !stretch.isEmpty {
            if let last = result.last, stretch.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, stretch.upperBound)
            } else {
                result.append(stretch)
            }
        }
        return result
    }

    /// Where the categories of a verdict lie, as `union` has them.
    ///
    /// - Parameter findings: The verdict's list of categories as it is stored.
    static func anomalous(_ findings: [UInt8]) throws -> [Range<Int64>] {
        try union(
            JSONDocument(findings).withRoot { list in
                list.elements.compactMap { element in
                    guard let range = element["timeRange"],
                        let start = range["startTimestamp"]?.withText({ RFC3339.milliseconds($0) }) ?? nil,
                        let end = range["endTimestamp"]?.withText({ RFC3339.milliseconds($0) }) ?? nil,
                        start < end
                    else { return nil }
                    return start..<end
                }
            })
    }
}
