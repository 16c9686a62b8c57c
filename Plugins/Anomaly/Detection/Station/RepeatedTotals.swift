import Glibc

/// How surprising it is that the last days delivered so nearly the same.
///
/// A stuck meter or a data link that sends yesterday again gives the same total day after day, which people's charging
/// does not.
enum RepeatedTotals {
    /// Totals that differ by less than this share are the same.
    private static let same = 0.0001

    /// The surprise over the last days, the judged one being the last of them.
    static func surprise(_ days: DailyEnergy, length: Int) -> Double {
        guard days.today.total > 0, days.past.count >= 3 * length else { return 0 }
        let totals = days.past.map(\.total) + [days.today.total]
        var closeness: [Double] = []
        closeness.reserveCapacity(totals.count)
        for end in length...totals.count {
            var low = Double.infinity
            var high = 0.0
            for total in totals[end - length..<end] {
                low = min(low, total)
                high = max(high, total)
            }
            if high > 0 { closeness.append(-log(max((high - low) / high, same))) }
        }
        guard let today = closeness.popLast() else { return 0 }
        return TailModel(closeness, floor: 0.3).surprise(today)
    }
}
