import GantryThreads

/// The instruments of one route, found once and kept, so that a request looks nothing up. Any thread.
public final class RouteInstruments: Sendable {
    /// What is counted of the requests of one tenant, or of all that have no label of their own.
    final class Tally: Sendable {
        let statuses = StatusCounters()
        let durations = DurationHistogram()

        func add(_ other: Tally) {
            for (status, count) in other.statuses.counts { statuses.increment(status, by: count) }
            durations.add(other.durations)
        }
    }

    let method: String
    /// The route's template.
    public let route: String
    let version: String
    let common = Tally()
    /// Of the tenants that have a label of their own, by the number of the label.
    private let named = Lock<[Int: Tally]>([:])

    init(method: String, route: String, version: String) {
        self.method = method
        self.route = route
        self.version = version
    }

    /// Counts one finished request.
    /// - Parameter tenant: Whose it was; nil where tenants have no labels, or none was found.
    public func record(status: Int, durationNanoseconds: Int64, tenant: TenantRank? = nil) {
        var tally = common
        if let label = tenant?.count(), label > 0 {
            tally = named.withLock { named in
                if let known = named[label] { return known }
                let made = Tally()
                named[label] = made
                return made
            }
        }
        tally.statuses.increment(status)
        tally.durations.observe(nanoseconds: durationNanoseconds)
    }

    /// What was counted by label; 0 is that of all others.
    var tallies: [(label: Int, tally: Tally)] {
        [(0, common)] + named.withLock { $0.map { ($0.key, $0.value) } }
    }

    /// Counts what a label had among the others from now on.
    func release(label: Int) {
        if let tally = named.withLock({ $0.removeValue(forKey: label) }) { common.add(tally) }
    }
}

/// Requests by status. Modules choose statuses, so only some get a number of their own; the rest share one.
final class StatusCounters: Sendable {
    /// What stands for the statuses for which there was no room.
    static let other = 0
    private static let capacity = 16

    /// The statuses that have a number, 0 where a place is free, and their numbers behind them.
    private let cells = CounterArray(count: 2 * StatusCounters.capacity + 1)

    func increment(_ status: Int, by amount: UInt64 = 1) {
        let wanted = UInt64(status)
        for place in 0..<Self.capacity where status != Self.other {
            var found = cells[place]
            if found == 0 {
                let before = cells.claim(place, wanted)
                found = before == 0 ? wanted : before
            }
            if found == wanted { return cells.increment(Self.capacity + place, by: amount) }
        }
        cells.increment(2 * Self.capacity, by: amount)
    }

    /// Only those that occurred.
    var counts: [(status: Int, count: UInt64)] {
        var counts: [(status: Int, count: UInt64)] = []
        for place in 0..<Self.capacity {
            let count = cells[Self.capacity + place]
            if count > 0 { counts.append((Int(cells[place]), count)) }
        }
        let rest = cells[2 * Self.capacity]
        if rest > 0 { counts.append((Self.other, rest)) }
        return counts.sorted { $0.status < $1.status }
    }
}
