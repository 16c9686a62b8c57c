/// What is usual at a time of the day or of the week: the median of all values at that time, which faults do not move.
enum SeasonalProfile {
    /// A series needs so many periods for one to be believed.
    private static let leastPeriods = 3.0
    /// Times of a period that are told apart at most.
    private static let greatestDay = 96
    private static let greatestPeriod = 168

    /// The series less the profile of the period that explains it best, or less its median where none does.
    ///
    /// A period is judged by how much less the values deviate from its profile than from their median on average; the
    /// profile with more times pays for them, as it would fit noise, too.
    static func remove(
        from values: [Double], seconds: [Double], _ configuration: SeriesConfiguration
    ) -> [Double] {
        let center = median(values)
        var best = values.map { $0 - center }
        guard seconds.count == values.count, let first = seconds.first, let last = seconds.last else { return best }
        let deviation = meanDeviation(best)
        let interval = median(zip(seconds.dropFirst(), seconds).map { $0 - $1 })
        guard deviation > 0, interval > 0 else { return best }
        var bestShare = 0.0
        for period in configuration.periodsSeconds where last - first >= leastPeriods * period {
            let times = min(Int(period / interval), period <= 86_400 ? greatestDay : greatestPeriod)
            guard times >= 4 else { continue }
            let rest = remove(from: values, seconds: seconds, period: period, times: times)
            let price = 1 + Double(times) / Double(values.count)
            let share = 1 - meanDeviation(rest) / deviation * price
            if share > bestShare + configuration.leastSeasonality {
                bestShare = share
                best = rest
            }
        }
        return best
    }

    private static func remove(
        from values: [Double], seconds: [Double], period: Double, times: Int
    ) -> [Double] {
        let slots = seconds.map { second in
            let phase = (second / period) - (second / period).rounded(.down)
            return min(Int(phase * Double(times)), times - 1)
        }
        var members = [[Double]](repeating: [], count: times)
        for (slot, value) in zip(slots, values) { members[slot].append(value) }
        let center = median(values)
        let raw = members.map { $0.isEmpty ? center : median($0) }
        // Neighbouring times are alike: blended, fewer values make a steady profile.
        let reach = max(1, times / 48)
        let profile = (0..<times).map { time in
            let sum = (-reach...reach).reduce(0) { $0 + raw[(time + $1 + times) % times] }
            return sum / Double(2 * reach + 1)
        }
        return zip(values, slots).map { $0 - profile[$1] }
    }

    private static func meanDeviation(_ values: [Double]) -> Double {
        values.reduce(0) { $0 + abs($1) } / Double(max(values.count, 1))
    }

    private static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
