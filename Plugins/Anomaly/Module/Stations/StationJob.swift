import AnomalyDetection
import GantryKit

/// Has the detector judge the stations that are marked, a few at a time.
///
/// What it found, the events and the end of the mark are one transaction for each portion, so a run that is cut off
/// goes on where it was, and nothing is announced twice.
struct StationJob {
    /// Stations whose results share a transaction.
    private static let portion = 16
    /// Runs after which a station that cannot be judged is left out until it changes again.
    private static let greatestAttempts = 5
    /// Stations that one run deals with; others are left to the next.
    private static let greatestCount = 50_000

    private let attempt: Int

    /// Takes up a run.
    init(_ job: borrowing Job) {
        attempt = job.attempt
    }

    /// Deals with all marks.
    func run(_ context: borrowing CallContext) throws {
        let now = try context.clock.milliseconds()
        let begun = try context.clock.monotonicNanoseconds()
        try StationMarks.take(nowMilliseconds: now, from: context.database)
        var last = ""
        var count = 0
        while count < Self.greatestCount {
            guard !context.isCancelled else {
                throw HostError(.cancelled, message: "The instance is closing; the stations are judged later.")
            }
            let (portion, configuration) = try context.database.read { tx in
                let portion = try StationMarks.open(after: last, count: Self.portion, tx)
                return (portion, try ModelTable.stationConfiguration(tx))
            }
            guard let station = portion.last?.stationId else { break }
            try judge(portion, configuration, context)
            last = station
            count += portion.count
        }
        let duration = (try context.clock.monotonicNanoseconds() - begun) / 1_000_000
        try context.database.write { tx in
            try StationMarks.ended(
                afterMilliseconds: duration, isComplete: count < Self.greatestCount, nowMilliseconds: now, tx)
        }
    }

    private func judge(
        _ portion: [(stationId: String, hasChanged: Bool)], _ configuration: StationConfiguration,
        _ context: borrowing CallContext
    ) throws {
        let now = try context.clock.milliseconds()
        let random = context.random
        let followUps = try portion.map { mark in
            do {
                return try context.database.read { tx in
                    try StationFollowUp(
                        mark.stationId, hasChanged: mark.hasChanged, nowMilliseconds: now,
                        try ModelTable.stationConfiguration(tx), tx)
                }
            } catch let error where attempt >= Self.greatestAttempts && !context.isCancelled {
                context.log.error("station not judged", ["station": mark.stationId, "cause": "\(error)"])
                return nil
            }
        }
        try context.database.write { tx in
            for (mark, followUp) in zip(portion, followUps) {
                if let followUp {
                    try StationVerdictTable.store(followUp, nowMilliseconds: now, { try random.orderedUUID() }, tx)
                }
                try StationMarks.remove(mark.stationId, tx)
            }
        }
    }
}
