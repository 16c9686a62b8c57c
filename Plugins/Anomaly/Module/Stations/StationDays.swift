import AnomalyDetection
import GantryKit

/// The energy of a station through some days, as the detector reads it.
struct StationDays {
    /// What the station delivered; of today only what lies before the present moment.
    let history: StationHistory
    /// Minutes of today that have passed.
    let minuteOfToday: Int
    private let totals: [Int: Int64]

    /// Reads the days.
    init(
        _ stationId: String, _ days: ClosedRange<Int>, nowMilliseconds now: Int64, _ tx: borrowing Transaction
    ) throws {
        let today = UTCDay.of(now)
        let minute = Int((now - UTCDay.start(today)) / 60_000)
        var firstDay: Int?
        var hours: [Float] = []
        var totals: [Int: Int64] = [:]
        try StationEnergyTable.forEachDay(stationId, days, tx) { day, energy in
            let first = firstDay ?? day
            firstDay = first
            let offset = (day - first) * StationHistory.hoursOfDay
            if hours.count == offset || hours.isEmpty {
                hours += repeatElement(0, count: StationHistory.hoursOfDay)
            } else if hours.count < offset {
                hours += repeatElement(0, count: offset + StationHistory.hoursOfDay - hours.count)
            }
            let end = day == today ? minute / 60 + 1 : day > today ? 0 : StationHistory.hoursOfDay
            totals[day, default: 0] += try hours.withUnsafeMutableBufferPointer { hours in
                var today = hours[offset..<offset + StationHistory.hoursOfDay]
                return try DayEnergy.add(packed: energy, before: end, to: &today)
            }
        }
        // The detector takes the part of the running hour that has passed; all of it was delivered in that part.
        let running = (today - (firstDay ?? today)) * StationHistory.hoursOfDay + minute / 60
        if hours.indices.contains(running), minute % 60 > 0 { hours[running] *= 60 / Float(minute % 60) }
        history = StationHistory(firstDay: firstDay ?? days.upperBound, hourlyKilowattHours: hours)
        minuteOfToday = minute
        self.totals = totals
    }

    /// What was delivered in a day, in milliwatt-hours; today until now.
    func delivered(_ day: Int) -> Int64 { totals[day] ?? 0 }
}
