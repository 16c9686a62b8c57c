import AnomalyDetection
import GantryKit

/// Which days of a station the detector is to judge, and what it says about them.
struct StationFollowUp {
    /// Days after that of the last reading which are judged when they end, though nothing was read: with the day of the
    /// reading itself this makes seven midnights.
    static let silentDays = 6
    /// The first run needs readings on so many days.
    private static let leastDays = 3
    /// A day before all others.
    private static let never = -1_000_000

    /// What the detector knows of a station besides its energy.
    struct State {
        /// Days up to this one are over and done with.
        var closedDay: Int
        /// The last day with a reading as of the last run; before all days when there was none.
        var lastReadDay: Int
        /// The number of results so far.
        var results: Int64
    }

    /// The detector's result for one day.
    struct Result {
        /// The day.
        var day: Int
        /// What the detector says.
        var verdict: StationVerdict
        /// What was delivered in the part of the day that was judged.
        var milliwattHours: Int64
        /// Minutes of the day that had passed; nil for a day that is over.
        var throughMinute: Int?
    }

    /// The station.
    let stationId: String
    /// Its state after the run.
    private(set) var state: State
    /// The results in order of the runs: the last is the newest.
    private(set) var results: [Result] = []

    /// Judges what is to be judged, on one snapshot; nil when the detector does not follow the station yet.
    ///
    /// - Parameter hasChanged: Whether readings changed; otherwise only days are judged that have ended.
    init?(
        _ stationId: String, hasChanged: Bool, nowMilliseconds now: Int64, _ configuration: StationConfiguration,
        _ tx: borrowing Transaction
    ) throws {
        self.stationId = stationId
        let today = UTCDay.of(now)
        let stored = try StationVerdictTable.state(stationId, tx)
        let readDays = try StationEnergyTable.readDays(stationId, limit: Self.leastDays, tx)
        if stored == nil {
            guard hasChanged, readDays.count == Self.leastDays else { return nil }
        }
        let newest =
            readDays.first.map { $0 > today } == true
            ? try StationEnergyTable.lastReadDay(stationId, through: today, tx) : readDays.first
        var days = stored.map { Self.endedDays($0, today: today) } ?? []
        if hasChanged, let newest, !days.contains(newest) { days.append(newest) }
        state = State(
            closedDay: today - 1, lastReadDay: newest ?? Self.never, results: (stored?.results ?? 0) + Int64(days.count)
        )
        guard let first = days.min(), let last = days.max() else { return }
        let history = try StationDays(
            stationId, (first - configuration.memoryDays)...last, nowMilliseconds: now, tx)
        results = days.map { day in
            let throughMinute = day == today ? history.minuteOfToday : nil
            return Result(
                day: day,
                verdict: StationDetector.judge(
                    history.history, day: day, throughMinute: throughMinute, configuration: configuration),
                milliwattHours: history.delivered(day), throughMinute: throughMinute)
        }
    }

    /// The days that have ended since the last run and are to be judged whether or not anything was read.
    private static func endedDays(_ state: State, today: Int) -> [Int] {
        // A state that lies ahead stems from a clock that was wrong.
        let first = state.closedDay < today ? state.closedDay + 1 : today - 1
        let last = min(today - 1, state.lastReadDay + silentDays)
        return first <= last ? Array(first...last) : []
    }
}
