import GantryThreads

/// The calls of the host that a worker has not answered, and by when it has to. Any thread.
final class WorkerCalls: Sendable {
    private struct Entry {
        /// Nil for what has no call of its own, such as the worker's pieces of work.
        let call: ModuleCall?
        let limitNanoseconds: Int64
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var next: UInt64 = 0
    }

    /// Time for what has no deadline, such as work that the module has handed to the host's threads.
    private static let workNanoseconds: Int64 = 60_000_000_000

    private let graceNanoseconds: Int64
    private let longestNanoseconds: Int64
    private let state = Lock(State())

    init(graceNanoseconds: Int64, longestNanoseconds: Int64) {
        self.graceNanoseconds = graceNanoseconds
        self.longestNanoseconds = longestNanoseconds
    }

    /// Runs what waits for the worker.
    func tracking<Result>(_ call: ModuleCall?, mayTakeLong: Bool, _ body: () -> Result) -> Result {
        let number = begin(call, mayTakeLong: mayTakeLong)
        defer { end(number) }
        return body()
    }

    /// Something waits for the worker until `end` with the number that this gives.
    func begin(_ call: ModuleCall?, mayTakeLong: Bool) -> UInt64 {
        let now = MonotonicClock.nanoseconds
        var limit = now + longestNanoseconds
        if let deadline = call?.deadlineNanoseconds, deadline != 0 {
            // In one step: a deadline may be as late as there are numbers.
            let (late, isNever) = deadline.addingReportingOverflow(graceNanoseconds)
            if !isNever { limit = min(limit, late) }
        } else if !mayTakeLong {
            limit = min(limit, now + Self.workNanoseconds)
        }
        return state.withLock { state in
            state.next += 1
            state.entries[state.next] = Entry(call: call, limitNanoseconds: limit)
            return state.next
        }
    }

    func end(_ number: UInt64) { state.withLock { _ = $0.entries.removeValue(forKey: number) } }

    /// What has taken too long, in words; nil when nothing has. A stream that has begun may take as long as it likes.
    func overdue() -> String? {
        let now = MonotonicClock.nanoseconds
        let late = state.withLock { state in
            state.entries.values.filter { $0.limitNanoseconds < now }
        }
        guard let entry = late.first(where: { $0.call?.hasStreamed != true }) else { return nil }
        return "\(entry.call?.description ?? "work of its own") did not return in its time"
    }

    /// How many there are.
    var count: Int { state.withLock { $0.entries.count } }
}
