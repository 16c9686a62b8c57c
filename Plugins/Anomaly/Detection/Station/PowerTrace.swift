import Glibc

/// A day's energy against the number of hours in which it was delivered.
///
/// A day's total varies with how many vehicles come, but what comes in an hour of charging is held within bounds by
/// connectors and vehicles: a meter that counts too much or too little shows here long before it does in the totals.
/// The energy of a day with energy is expected to grow with a power of its hours, fitted by least squares; what is left
/// is measured in robust scales, center and scale being those of days with about as many hours, drawn towards those of
/// all days as far as there are few.
struct PowerTrace {
    private static let groups = 7
    private static let leastDays = 10
    /// Number of days by which a group is drawn towards all days.
    private static let prior = 10.0
    private static let greatestDeviation = 3.0

    /// Of each earlier day with energy, and of the judged one if it has any, the deviation in robust scales.
    private(set) var deviations: [Double] = []

    init(_ days: DailyEnergy) {
        let active = (days.past + [days.today]).filter { $0.total > 0 }
        guard active.count >= Self.leastDays else { return }
        let hours = active.map { log(Double($0.hours)) }
        var rests = active.map { log($0.total) }
        let slope = Self.slope(hours, rests)
        for index in rests.indices { rests[index] -= slope * hours[index] }
        let (center, scale) = Self.centerAndScale(rests)
        var members = [[Double]](repeating: [], count: Self.groups)
        for (day, rest) in zip(active, rests) { members[Self.group(day.hours)].append(rest) }
        let fitted = members.map { members in
            guard !members.isEmpty else { return (center: center, scale: scale) }
            let own = Self.centerAndScale(members)
            let weight = Double(members.count) / (Double(members.count) + Self.prior)
            return (
                center: weight * own.center + (1 - weight) * center, scale: weight * own.scale + (1 - weight) * scale
            )
        }
        deviations = zip(active, rests).map { day, rest in
            let group = fitted[Self.group(day.hours)]
            return (rest - group.center) / max(1.4826 * group.scale, 0.03)
        }
    }

    /// How surprisingly much or little the judged day has for its hours; it must have energy.
    var surprises: (high: Double, low: Double) {
        guard let today = deviations.last else { return (0, 0) }
        return TailModel.surprises(of: today, among: Array(deviations.dropLast()), floor: 0.5)
    }

    /// The deviations, cut so that a single day cannot make a trend.
    var bounded: [Double] {
        deviations.map { min(max($0, -Self.greatestDeviation), Self.greatestDeviation) }
    }

    private static func group(_ hours: Int) -> Int {
        switch hours {
        case ...1: 0
        case 2: 1
        case 3: 2
        case 4...5: 3
        case 6...8: 4
        case 9...12: 5
        default: 6
        }
    }

    /// Least squares, drawn towards a root and kept within what is physical.
    private static func slope(_ x: [Double], _ y: [Double]) -> Double {
        let count = Double(x.count)
        let centerX = x.reduce(0, +) / count
        let centerY = y.reduce(0, +) / count
        var square = 1.0
        var product = 0.5
        for (x, y) in zip(x, y) {
            square += (x - centerX) * (x - centerX)
            product += (x - centerX) * (y - centerY)
        }
        return min(max(product / square, 0.2), 1.3)
    }

    private static func centerAndScale(_ values: [Double]) -> (center: Double, scale: Double) {
        let center = values.sorted()[values.count / 2]
        return (center, values.map { abs($0 - center) }.sorted()[values.count / 2])
    }
}
