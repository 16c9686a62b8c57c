import GantryKit

/// Marks, shortly after midnight UTC, the stations for which the day just ended is to be judged, a portion at a time.
struct DayEndJob {
    /// The job's name.
    static let job = "day-end"
    private static let portion = 500

    /// Marks them all. A run that is repeated marks those that were left.
    func run(_ context: borrowing CallContext) throws {
        let now = try context.clock.milliseconds()
        var last: String? = ""
        while let station = last {
            guard !context.isCancelled else {
                throw HostError(.cancelled, message: "The instance is closing; the day is ended later.")
            }
            last = try context.database.write { tx in
                try StationMarks.dayEnded(
                    UTCDay.of(now) - 1, after: station, count: Self.portion, nowMilliseconds: now, tx)
            }
        }
    }
}
