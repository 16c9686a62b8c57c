/// Finds the hours that make a day stand out.
enum HourMarkers {
    /// Days before the judged one that tell what is usual of an hour.
    private static let usualDays = 56
    /// An hour is marked when its deviation has at least this share of the day's greatest.
    private static let leastShare = 0.4

    /// The hours in order of time, none of them later than what has passed of the day.
    ///
    /// Hours are held against the mean of the same hour in the eight weeks before. A surge marks those with more, a
    /// drop those with less, and anything else both.
    static func mark(
        _ history: StationHistory, day: Int, throughMinute: Int, _ verdict: StationVerdict
    ) -> [StationMarker] {
        guard let kind = verdict.kind else { return [] }
        let passed = (throughMinute + 59) / 60
        let deviations = (0..<passed).map { hour in
            let difference = energy(history, day, hour) - usual(history, day, hour)
            switch kind {
            case .energySurge: return max(difference, 0)
            case .energyDrop, .zeroEnergy: return max(-difference, 0)
            case .irregularProfile: return abs(difference)
            }
        }
        guard let greatest = deviations.max(), greatest > 0 else { return [] }
        return deviations.enumerated().compactMap { hour, deviation in
            let share = deviation / greatest
            return share >= leastShare ? StationMarker(hour: hour, score: verdict.score * share, kind: kind) : nil
        }
    }

    private static func usual(_ history: StationHistory, _ day: Int, _ hour: Int) -> Double {
        let first = max(history.firstDay, day - usualDays)
        guard first < day else { return 0 }
        return (first..<day).reduce(0) { $0 + energy(history, $1, hour) } / Double(day - first)
    }

    private static func energy(_ history: StationHistory, _ day: Int, _ hour: Int) -> Double {
        let position = (day - history.firstDay) * StationHistory.hoursOfDay + hour
        guard history.hourlyKilowattHours.indices.contains(position) else { return 0 }
        return Double(max(history.hourlyKilowattHours[position], 0))
    }
}
