import Glibc

/// How unusual it is for a station to be idle as long as it has been.
struct SilenceRuns {
    /// Number of days by which what is known of a weekday is drawn towards all days.
    private static let prior = 1.0

    /// How often a day was idle, of how many.
    private struct Tally {
        var idle = 0.0
        var days = 0.0
        var idleByWeekday = [Double](repeating: 0, count: 7)
        var daysByWeekday = [Double](repeating: 0, count: 7)

        mutating func add(_ weekday: Int, isIdle: Bool) {
            days += 1
            daysByWeekday[weekday] += 1
            guard isIdle else { return }
            idle += 1
            idleByWeekday[weekday] += 1
        }

        /// The chance of an idle day; what was never seen has half a chance in one more day than were seen.
        func chance(_ weekday: Int) -> Double {
            let overall = (idle + 0.5) / (days + 1)
            return (idleByWeekday[weekday] + prior * overall) / (daysByWeekday[weekday] + prior)
        }
    }

    /// Idle days in a row up to and with the judged one; 0 when that has energy.
    let length: Int
    /// The negative decimal logarithm of the chance of such a run.
    ///
    /// The chances that a day is idle after one with energy, and after an idle one, are counted among the station's own
    /// days, by weekday as far as there are enough, so that neither a station that is idle on Sundays nor one that
    /// closes for weeks at a time is taken for a broken one.
    let surprise: Double

    init(_ days: DailyEnergy) {
        guard days.today.total <= 0 else {
            length = 0
            surprise = 0
            return
        }
        let count = days.past.count
        // The days of the present run are what is judged: they are no evidence of what is usual.
        let busy = (days.past.lastIndex { $0.total > 0 } ?? -1) + 1
        let offset = (days.weekday - count % 7 + 7) % 7
        var afterBusy = Tally()
        var afterIdle = Tally()
        var wasIdle = false
        for (index, day) in days.past[..<busy].enumerated() {
            let isIdle = day.total <= 0
            let weekday = (offset + index) % 7
            if wasIdle {
                afterIdle.add(weekday, isIdle: isIdle)
            } else {
                afterBusy.add(weekday, isIdle: isIdle)
            }
            wasIdle = isIdle
        }
        var surprise = -log10(afterBusy.chance((offset + busy) % 7))
        for index in busy..<count { surprise -= log10(afterIdle.chance((offset + index + 1) % 7)) }
        length = count - busy + 1
        self.surprise = surprise
    }
}
