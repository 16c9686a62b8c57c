public import AnomalyDetection

/// Realistic charging sessions of several stations over days, with labelled faults in some of them.
///
/// The same seed and settings give the same sessions on every machine. Sessions come day by day.
public struct Simulation: Sequence, IteratorProtocol, Sendable {
    /// The stations.
    public let stations: [SimulatedStation]
    /// Share of the sessions that get a fault.
    public let faultShare: Double

    private let startMilliseconds: Int64
    private let days: Int
    private var random: RandomSource
    private var day = 0
    private var station = 0
    private var connector = 0
    /// Until when the connector in hand is taken.
    private var occupiedUntil: Int64 = 0
    private var sessionsLeftToday: Int?
    private var number = 0
    private var registers: [Double]

    /// Prepares a simulation.
    /// - Parameters:
    ///   - seed: Any number; equal seeds give equal sessions.
    ///   - startMilliseconds: Midnight of the first day, in milliseconds since 1970.
    ///   - days: Number of days.
    ///   - stationCount: Number of stations, at least 1.
    ///   - faultShare: Share of the sessions that get a fault, from 0 to 1.
    public init(seed: UInt64, startMilliseconds: Int64, days: Int, stationCount: Int = 6, faultShare: Double = 0.08) {
        var random = RandomSource(seed: seed)
        var stations: [SimulatedStation] = []
        for number in 1...Swift.max(1, stationCount) { stations.append(SimulatedStation.build(number, &random)) }
        self.stations = stations
        self.startMilliseconds = startMilliseconds
        self.days = days
        self.faultShare = faultShare
        registers = stations.flatMap(\.connectors).map { _ in random.number(50...40_000) }
        self.random = random
    }

    /// The next session, or nil after the last day.
    public mutating func next() -> SimulatedSession? {
        while day < days {
            if station == stations.count {
                station = 0
                day += 1
                continue
            }
            guard let left = sessionsLeftToday else {
                sessionsLeftToday = random.whole(0...(stations[station].connectors[connector].isDirectCurrent ? 6 : 3))
                let morning = random.number(5...9) * 3_600_000
                occupiedUntil = startMilliseconds + Int64(day) * 86_400_000 + Int64(morning)
                continue
            }
            if left > 0, let arrival = nextArrival() {
                sessionsLeftToday = left - 1
                return session(at: arrival)
            }
            nextConnector()
        }
        return nil
    }

    private mutating func nextConnector() {
        sessionsLeftToday = nil
        connector += 1
        if connector == stations[station].connectors.count {
            connector = 0
            station += 1
        }
    }

    /// When the next vehicle arrives at the connector, if still today.
    private mutating func nextArrival() -> Int64? {
        let pause = random.number(0.1...3) * 3_600_000
        let arrival = (occupiedUntil + Int64(pause)) / 1000 * 1000
        let midnight = startMilliseconds + Int64(day + 1) * 86_400_000
        return arrival < midnight - 2 * 3_600_000 ? arrival : nil
    }

    private mutating func session(at arrival: Int64) -> SimulatedSession {
        number += 1
        let place = stations[station]
        let outlet = place.connectors[connector]
        let fault = random.chance(faultShare) ? random.pick(AnomalyCategory.allCases) : nil
        let slot = stations[..<station].reduce(0) { $0 + $1.connectors.count } + connector
        var builder = SessionBuilder(station: place, connector: outlet, random: random.branch())
        var session = builder.build(
            identifier: "\(place.identifier)-\(number)", start: arrival, register: registers[slot], fault: fault)
        let latest = startMilliseconds + Int64(day + 1) * 86_400_000
        if let last = session.readings.last?.timestampMilliseconds { occupiedUntil = Swift.min(last, latest) }
        registers[slot] = (registers[slot] + builder.delivered).rounded(.up)
        session.isCompleted = session.isCompleted || fault != nil
        return session
    }

    /// A single session outside any calendar, for tests.
    /// - Parameters:
    ///   - seed: Any number; equal seeds give equal sessions.
    ///   - startMilliseconds: When it begins, in milliseconds since 1970.
    ///   - fault: The fault to put into it, or nil for ordinary charging.
    public static func single(
        seed: UInt64, startMilliseconds: Int64, fault: AnomalyCategory? = nil
    ) -> SimulatedSession {
        var random = RandomSource(seed: seed)
        let station = SimulatedStation.build(1, &random)
        var builder = SessionBuilder(station: station, connector: station.connectors[0], random: random.branch())
        return builder.build(
            identifier: "single-\(seed)", start: startMilliseconds, register: random.number(50...40_000), fault: fault)
    }
}
