import Glibc

/// How surprising it is that the last days with energy delivered so nearly the same.
///
/// A stuck meter or a data link that sends yesterday again gives the same total day after day, which people's charging
/// does not: the chance that a further day comes as near is about twice the distance as a share of the total, whatever
/// the distribution, as long as that is smooth. What the station's own days did counts as soon as they came as near.
enum RepeatedTotals {
    /// Totals that differ by less than this share are the same.
    private static let same = 0.0001
    /// How many days the chance from smoothness is worth, times that chance.
    private static let prior = 0.1

    /// The negative decimal logarithm of the chance, the judged day being the last of `length` days with energy.
    static func surprise(_ days: DailyEnergy, length: Int) -> Double {
        guard days.today.total > 0 else { return 0 }
        let past = days.past.map(\.total).filter { $0 > 0 }
        guard past.count >= 3 * length else { return 0 }
        var low = days.today.total
        var high = low
        for total in past.suffix(length - 1) {
            low = min(low, total)
            high = max(high, total)
        }
        let share = max((high - low) / high, same)
        var windows = 0.0
        var near = 0.0
        for end in length...past.count {
            var low = Double.infinity
            var high = 0.0
            for total in past[end - length..<end] {
                low = min(low, total)
                high = max(high, total)
            }
            windows += 1
            if high - low <= share * high { near += 1 }
        }
        var smooth = 1.0
        for _ in 1..<length { smooth *= min(2 * share, 1) }
        return -log10((near + prior) / (windows + prior / smooth))
    }
}
