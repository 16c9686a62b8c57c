public import AnomalyDetection
import ChargingSimulator

/// Faults put into the history of a station, and on which days they are.
///
/// About one day in twenty gets one. What comes where is drawn from a generator with a seed, so that the same seed
/// gives the same faults on every machine; the kinds are drawn so that each has about as many days:
///
/// - spike: one day counts 2 to 5 times its energy.
/// - pit: one to three days count nothing at all, or, as often, 5 to 30 % of their energy.
/// - plateau: for three to seven days after it, a day's total comes again and again.
/// - drift: over 14 to 28 days the count creeps to between 1.8 and 3 times the truth, or down to between 20 and 50 % of
///   it.
///
/// A day is labelled when its count is off by a quarter or more, and throughout a plateau. Days without energy stay as
/// they are in a pit and a drift, and then carry no label. Spikes, pits and plateaus begin on a day with energy. No two
/// faults come within a week of each other, and none in the first four weeks of a station.
public struct InjectedFaults: Sendable {
    /// What is wrong.
    public enum Kind: String, CaseIterable, Sendable {
        /// Far too much on one day.
        case spike
        /// Next to nothing for up to three days.
        case pit
        /// The same total for days.
        case plateau
        /// More and more, or less and less.
        case drift
    }

    /// Days at the beginning of a history that stay as they are and are not judged.
    public static let quietDays = 28
    private static let pause = 7
    /// A fault begins with this chance on a day with energy.
    private static let chance = 0.06
    /// Of so many faults that begin, one is of the kind; in the order of the kinds, their mean lengths.
    private static let lengths = [1.0, 2, 5, 17]

    /// The history with the faults.
    public private(set) var history: StationHistory
    /// For each day of the history what is wrong with it.
    public private(set) var labels: [Kind?]

    /// Puts faults into a history.
    /// - Parameters:
    ///   - history: As it was recorded.
    ///   - seed: Equal seeds give equal faults.
    public init(_ history: StationHistory, seed: UInt64) {
        self.history = history
        let days = history.endDay - history.firstDay
        labels = [Kind?](repeating: nil, count: days)
        var random = RandomSource(seed: seed)
        var day = Self.quietDays
        while day < days {
            defer { day += 1 }
            guard Double.random(in: 0..<1, using: &random) < Self.chance else { continue }
            var position = Double.random(in: 0..<Self.lengths.reduce(0) { $0 + 1 / $1 }, using: &random)
            let drawn = zip(Kind.allCases, Self.lengths).first { _, length in
                position -= 1 / length
                return position < 0
            }
            let kind = drawn?.0 ?? .drift
            guard kind == .drift || total(day) > 0 else { continue }
            day = inject(kind, at: day, days: days, &random) + Self.pause
        }
    }

    /// Injects one fault; the result is the day after it.
    private mutating func inject(_ kind: Kind, at day: Int, days: Int, _ random: inout RandomSource) -> Int {
        switch kind {
        case .spike:
            scale(day, by: .random(in: 2...5, using: &random), kind)
            return day + 1
        case .pit:
            let end = min(day + .random(in: 1...3, using: &random), days)
            let isOutage = Bool.random(using: &random)
            for day in day..<end { scale(day, by: isOutage ? 0 : .random(in: 0.05...0.3, using: &random), kind) }
            return end
        case .plateau:
            let end = min(day + 1 + .random(in: 3...7, using: &random), days)
            let energy = total(day)
            for day in (day + 1)..<max(end, day + 1) { set(day, to: energy, like: day - 1, kind) }
            return max(end, day + 1)
        case .drift:
            let length = Int.random(in: 14...28, using: &random)
            let isUpwards = Bool.random(using: &random)
            let goal =
                isUpwards
                ? Double.random(in: 1.8...3, using: &random) : Double.random(in: 0.2...0.5, using: &random)
            let end = min(day + length, days)
            for step in 0..<(end - day) {
                scale(day + step, by: 1 + (goal - 1) * Double(step + 1) / Double(length), kind)
            }
            return end
        }
    }

    private func hours(_ day: Int) -> Range<Int> {
        let start = day * StationHistory.hoursOfDay
        return start..<min(start + StationHistory.hoursOfDay, history.hourlyKilowattHours.count)
    }

    private func total(_ day: Int) -> Double {
        history.hourlyKilowattHours[hours(day)].reduce(0) { $0 + Double($1) }
    }

    private mutating func scale(_ day: Int, by factor: Double, _ kind: Kind) {
        guard total(day) > 0 else { return }
        for hour in hours(day) { history.hourlyKilowattHours[hour] *= Float(factor) }
        if kind == .plateau || abs(factor - 1) >= 0.25 { labels[day] = kind }
    }

    /// Gives the day that total, in its own hours, or in those of another day when it has none.
    private mutating func set(_ day: Int, to energy: Double, like other: Int, _ kind: Kind) {
        if total(day) > 0 {
            scale(day, by: energy / total(day), kind)
        } else {
            for (hour, source) in zip(hours(day), hours(other)) {
                history.hourlyKilowattHours[hour] = history.hourlyKilowattHours[source]
            }
            labels[day] = kind
        }
    }
}
