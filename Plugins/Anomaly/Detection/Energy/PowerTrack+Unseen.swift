/// Between two readings power may pause or peak unseen: load management, a pause without readings, a ramp or a taper
/// that lies between two samples. That is ordinary where it is the exception among the intervals around, and in a
/// session that is seen to pause again and again.
extension PowerTrack {
    /// Energy in kWh that a single interval must have too much or too little to be looked at.
    private static var noticeable: Double { 0.25 }
    /// From this distance of two readings on a pause or a peak can go unseen, in milliseconds.
    private static var unseen: Int64 { 300_000 }
    /// Share of the expected energy from which on an interval deviates.
    private static var deviation: Double { 0.125 }
    /// How many intervals before and after are looked at, and how many of all must deviate alike to be no exception.
    private static var reach: Int { 2 }
    private static var alike: Int { 3 }
    /// So many pauses must be seen for a session to be one that pauses often; one is enough where nothing flows at
    /// either end of an interval and the energy says that it did not flow all the time.
    private static var seenPauses: Int { 2 }
    private static var paused: Double { 0.1 }
    private static var interrupted: Double { 0.9 }
    /// How much more often than seen such a session may pause unseen, and how much more power it may have.
    private static var allowance: Double { 1.25 }

    /// The stretch between two moments with readings of both power and register.
    private struct Interval {
        var start: Int
        var end: Int
        /// Energy beyond what the higher, and lacking to what the lower of the power readings gives.
        var above: Double
        var below: Double
        var deviatesAbove: Bool
        var deviatesBelow: Bool
    }

    /// Takes what happened unseen in single intervals out of what the power gives.
    mutating func relieveUnseen(greatestPower: Double) {
        guard hasNoticeableInterval() else { return }
        let intervals = intervals()
        let usual = usualDistance()
        let pauses = pauses()
        var above = 0.0
        var below = 0.0
        for position in intervals.indices {
            let interval = intervals[position]
            let length = points[interval.end].time - points[interval.start].time
            let isUnseen = interval.end == interval.start + 1 && (length >= Self.unseen || length > 2 * usual)
            let around = max(0, position - Self.reach)...min(intervals.count - 1, position + Self.reach)
            var reliefAbove = 0.0
            var reliefBelow = 0.0
            if isUnseen, interval.above > Self.noticeable {
                let isException = intervals[around].count(where: { $0.deviatesAbove }) < Self.alike
                let higher = max(points[interval.start].power, points[interval.end].power)
                let isPaused = higher < Self.paused * pauses.highest
                let possible = isException ? greatestPower : isPaused ? pauses.powerBetween : pauses.power
                let energy = points[interval.end].delivered - points[interval.start].delivered
                if energy <= possible * hours(length) { reliefAbove = interval.above }
            }
            if isUnseen, interval.below > Self.noticeable {
                let isException = intervals[around].count(where: { $0.deviatesBelow }) < Self.alike
                let lower = points[interval.end].lower - points[interval.start].lower
                reliefBelow = isException ? interval.below : min(interval.below, pauses.share * lower)
            }
            // Until the end of the interval what came before it counts, from there on also the interval itself.
            for index in (interval.start + 1)..<interval.end {
                points[index].upper += above
                points[index].lower -= below
            }
            above += reliefAbove
            below += reliefBelow
            points[interval.end].upper += above
            points[interval.end].lower -= below
        }
        guard let last = intervals.last else { return }
        for index in (last.end + 1)..<max(last.end + 1, points.count) {
            points[index].upper += above
            points[index].lower -= below
        }
    }

    /// What unseen pauses may explain in a session that is seen to pause: the share of the time that it may pause, the
    /// power in kW that it may have in between, in any interval and in those with a pause at both ends, and the highest
    /// power read. Nothing in other sessions.
    private func pauses() -> (share: Double, power: Double, powerBetween: Double, highest: Double) {
        let highest = points.map(\.power).max() ?? 0
        var seen = 0
        var paused = 0
        var charging = 0
        var run = 0
        for point in points {
            if point.power >= 0.5 * highest {
                if run > 0, charging > 0 {
                    seen += 1
                    paused += run
                }
                charging += 1
                run = 0
            } else if point.power < Self.paused * highest {
                run += 1
            }
        }
        guard seen >= Self.seenPauses else { return (0, 0, seen > 0 ? Self.interrupted * highest : 0, highest) }
        let share = Double(paused) / Double(paused + charging)
        let power = Self.allowance * highest
        return (min(1, Self.allowance * share), power, power, highest)
    }

    /// Whether any two neighbouring readings differ so much that a closer look is worth it.
    private func hasNoticeableInterval() -> Bool {
        for index in 1..<max(1, points.count) {
            let energy = points[index].delivered - points[index - 1].delivered
            if energy - (points[index].upper - points[index - 1].upper) > Self.noticeable
                || points[index].lower - points[index - 1].lower - energy > Self.noticeable
            {
                return true
            }
        }
        return false
    }

    private func intervals() -> [Interval] {
        var intervals: [Interval] = []
        var start: Int?
        for end in points.indices where points[end].hasEnergy {
            defer { start = end }
            guard let start else { continue }
            let energy = points[end].delivered - points[start].delivered
            let upper = points[end].upper - points[start].upper
            let lower = points[end].lower - points[start].lower
            intervals.append(
                Interval(
                    start: start, end: end, above: energy - upper, below: lower - energy,
                    deviatesAbove: energy - upper > Self.deviation * upper + 0.05,
                    deviatesBelow: lower - energy > Self.deviation * lower + 0.05))
        }
        return intervals
    }

    /// The median distance of neighbouring power readings, in milliseconds.
    private func usualDistance() -> Int64 {
        var distances: [Int64] = []
        distances.reserveCapacity(points.count)
        for index in 1..<max(1, points.count) { distances.append(points[index].time - points[index - 1].time) }
        distances.sort()
        return distances.isEmpty ? 0 : distances[distances.count / 2]
    }
}
