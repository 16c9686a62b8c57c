/// A station's energy by days: the judged one and those before it, each up to the same minute.
struct DailyEnergy {
    /// Energy of the days before, oldest first, in kWh. The first of them has energy: before it nothing is known.
    let past: [Double]
    /// Energy of the judged day.
    let today: Double
    /// Day of the week of the judged day, 0 to 6; day 0 of 1970 was a Thursday, and only equality counts.
    let weekday: Int

    init(_ history: StationHistory, day: Int, throughMinute: Int, memoryDays: Int) {
        let minutes = min(max(throughMinute, 0), 1440)
        let hours = history.hourlyKilowattHours
        func energy(of day: Int) -> Double {
            let start = (day - history.firstDay) * StationHistory.hoursOfDay
            guard start >= 0, start < hours.count else { return 0 }
            var sum = 0.0
            for hour in 0..<min(minutes / 60, hours.count - start) { sum += Double(max(hours[start + hour], 0)) }
            let running = start + minutes / 60
            if minutes % 60 > 0, running < hours.count {
                sum += Double(max(hours[running], 0)) * Double(minutes % 60) / 60
            }
            return sum
        }
        let first = min(max(history.firstDay, day - memoryDays), day)
        past = [Double]((first..<day).lazy.map(energy).drop { $0 <= 0 })
        today = energy(of: day)
        weekday = ((day % 7) + 7) % 7
    }
}
