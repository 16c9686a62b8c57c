/// A station's energy by days: the judged one and those before it, each up to the same minute.
struct DailyEnergy {
    /// What one day delivered.
    struct Day {
        /// Energy in kWh.
        var total = 0.0
        /// Energy of the busiest hour in kWh.
        var peak = 0.0
        /// Number of hours with energy.
        var hours = 0

        mutating func add(_ energy: Double) {
            guard energy > 0 else { return }
            total += energy
            peak = max(peak, energy)
            hours += 1
        }
    }

    /// The days before, oldest first. The first of them has energy: before it nothing is known.
    let past: [Day]
    /// The judged day.
    let today: Day
    /// Day of the week of the judged day, 0 to 6; day 0 of 1970 was a Thursday, and only equality counts.
    let weekday: Int

    /// - Parameters:
    ///   - history: The station's energy.
    ///   - day: The judged day.
    ///   - throughMinute: How many minutes of each day count.
    ///   - memoryDays: How many days before are looked at.
    init(_ history: StationHistory, day: Int, throughMinute: Int, memoryDays: Int) {
        let first = min(max(history.firstDay, day - memoryDays), day)
        var past: [Day] = []
        past.reserveCapacity(day - first)
        past = history.hourlyKilowattHours.withUnsafeBufferPointer { hours in
            for day in first..<day {
                let result = Self.day(day - history.firstDay, of: hours, through: throughMinute)
                if !past.isEmpty || result.total > 0 { past.append(result) }
            }
            return past
        }
        self.past = past
        today = history.hourlyKilowattHours.withUnsafeBufferPointer {
            Self.day(day - history.firstDay, of: $0, through: throughMinute)
        }
        weekday = ((day % 7) + 7) % 7
    }

    private static func day(_ offset: Int, of hours: UnsafeBufferPointer<Float>, through minutes: Int) -> Day {
        let start = offset * StationHistory.hoursOfDay
        var result = Day()
        guard start >= 0, start < hours.count else { return result }
        for hour in start..<min(start + minutes / 60, hours.count) { result.add(Double(hours[hour])) }
        let running = start + minutes / 60
        if minutes % 60 > 0, running < hours.count {
            // What an hour delivered is taken as spread evenly.
            result.add(Double(hours[running]) * Double(minutes % 60) / 60)
        }
        return result
    }
}
