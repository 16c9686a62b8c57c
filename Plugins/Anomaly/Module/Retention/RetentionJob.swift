import GantryKit
import Glibc

/// Deletes what is older than the operator wants, a little at a time, and puts sessions into blocks that an update of
/// the module has left outside.
///
/// Each portion is one transaction after which everything agrees, so a run may be cut off anywhere. Between portions it
/// waits as long as the last one took: others have the writer for half of the time at least.
struct RetentionJob {
    /// The job's name.
    static let job = "retention"
    /// A run ends by itself, and what is left waits for the next one.
    private static let greatestNanoseconds: Int64 = 8 * 60 * 1_000_000_000
    private static let blocksInTransaction = 4
    private static let greatestPauseNanoseconds: Int64 = 1_000_000_000

    /// After how long something is deleted.
    let policy: RetentionPolicy

    /// Deals with everything in turn.
    func run(_ context: borrowing CallContext) throws {
        let start = try context.clock.monotonicNanoseconds()
        let now = try context.clock.milliseconds()
        let end = start + Self.greatestNanoseconds
        var (deleted, isComplete) = try work(until: end, context) { tx in
            try SessionBlocks.seal(greatestCount: Self.blocksInTransaction, tx)
        }
        for kind in RetentionPolicy.Kind.allCases {
            guard let limit = policy.limit(kind, nowMilliseconds: now) else { continue }
            (deleted, isComplete) = try work(until: end, context) { tx in
                switch kind {
                case .sessions: try Retention.removeSessions(before: limit, tx)
                case .readings: try Retention.removeReadings(before: limit, tx)
                case .explanations: try Retention.removeExplanations(before: limit, tx)
                case .batches: try Retention.removeBatches(before: limit, tx)
                }
            }
            if deleted > 0 {
                context.log.info(
                    "deleted by age",
                    ["what": kind.rawValue, "count": String(deleted), "complete": isComplete ? "yes" : "no"])
            }
        }
    }

    /// Repeats a portion until it finds nothing more, and returns what all of them counted.
    private func work(
        until end: Int64, _ context: borrowing CallContext, _ portion: (borrowing Transaction) throws -> Int
    ) throws -> (count: Int, isComplete: Bool) {
        var count = 0
        while true {
            guard !context.isCancelled else {
                throw HostError(.cancelled, message: "The instance is closing; what is old is deleted later.")
            }
            let begun = try context.clock.monotonicNanoseconds()
            guard begun < end else { return (count, false) }
            let found = try context.database.write { tx in try portion(tx) }
            guard found > 0 else { return (count, true) }
            count += found
            let nanoseconds = min(
                try context.clock.monotonicNanoseconds() - begun, Self.greatestPauseNanoseconds)
            usleep(UInt32(max(nanoseconds, 0) / 1000))
        }
    }
}

extension AnomalyModule {
    static var retentionHandlers: [Handler<Self>] {
        [
            .job(RetentionJob.job) { module, _, context in
                try RetentionJob(policy: module.settings.retention).run(context)
            }
        ]
    }
}
