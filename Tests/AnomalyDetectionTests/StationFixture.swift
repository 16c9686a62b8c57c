import AnomalyDetection
import ChargingSimulator

/// Histories of stations that were never recorded.
enum StationFixture {
    static let firstDay = 19_500

    /// A station with a few sessions on each day that it is open: each begins at a random hour of the day and lasts one
    /// to three hours at one of three powers.
    /// - Parameters:
    ///   - days: Number of days.
    ///   - seed: Equal seeds give equal stations.
    ///   - sessions: How many sessions a day has.
    ///   - isOpen: Whether the station is used on a day, counted from the first.
    static func history(
        days: Int, seed: UInt64, sessions: ClosedRange<Int> = 2...5, isOpen: (Int) -> Bool = { _ in true }
    ) -> StationHistory {
        var random = RandomSource(seed: seed)
        var hours = [Float](repeating: 0, count: days * 24)
        for day in 0..<days where isOpen(day) {
            for _ in 0..<Int.random(in: sessions, using: &random) {
                let start = Int.random(in: 6...20, using: &random)
                let power = [Float(3.7), 7.2, 11][Int.random(in: 0..<3, using: &random)]
                for hour in start..<(start + Int.random(in: 1...3, using: &random)) {
                    hours[day * 24 + hour] += power * Float.random(in: 0.85...1, using: &random)
                }
            }
        }
        return StationHistory(firstDay: firstDay, hourlyKilowattHours: hours)
    }

    /// The same history with the energy of some days multiplied.
    static func scaled(_ history: StationHistory, days: Range<Int>, by factor: Float) -> StationHistory {
        var changed = history
        for hour in (days.lowerBound * 24)..<(days.upperBound * 24) { changed.hourlyKilowattHours[hour] *= factor }
        return changed
    }

    /// The verdict on a day counted from the first.
    static func judge(_ history: StationHistory, day: Int, throughMinute: Int? = nil) -> StationVerdict {
        StationDetector.judge(history, day: history.firstDay + day, throughMinute: throughMinute)
    }
}
