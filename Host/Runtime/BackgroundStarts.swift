import GantryTelemetry
import GantryThreads

/// Starts slots for work that nobody asked for just now: a few at a time, so that requests, which start what they
/// need themselves, do not wait behind them. Any thread.
final class BackgroundStarts: Sendable {
    private struct Work {
        let slot: InstanceSlot
        /// Whether the instance is stopped again at once if nothing is left to do.
        let evicts: Bool
    }

    private struct State {
        /// In the order of their coming; those before `next` are done.
        var queue: [Work] = []
        var next = 0
        var runningCount = 0
        var isStopped = false
    }

    private static let concurrency = 3

    private let timers: TimerQueue
    private let log: Log
    private let state = Lock(State())

    init(timers: TimerQueue, log: Log) {
        self.timers = timers
        self.log = log
    }

    /// Starts the slot at that time, in milliseconds since 1970, or at once when it has passed.
    func add(_ slot: InstanceSlot, atMilliseconds time: Int64, evicts: Bool = false) {
        guard time <= systemWallClock() else {
            _ = timers.schedule(atMilliseconds: time) { [weak self] in
                self?.add(slot, atMilliseconds: 0, evicts: evicts)
            }
            return
        }
        state.withLock { if !$0.isStopped { $0.queue.append(Work(slot: slot, evicts: evicts)) } }
        goOn()
    }

    /// Starts nothing more.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.queue = []
            state.next = 0
        }
    }

    private func goOn() {
        while let work = take() {
            work.slot.start { [self] source in
                if source != nil, work.evicts {
                    // The files of so many migrated databases need not wait for the sweep.
                    _ = work.slot.resources.startPool.submit { work.slot.evict() }
                } else if source == nil {
                    retry(work)
                }
                state.withLock { $0.runningCount -= 1 }
                // Not from here: one that runs or has failed already answers at once, and thousands may follow.
                _ = work.slot.resources.startPool.submitReserved { self.goOn() }
            }
        }
    }

    private func take() -> Work? {
        state.withLock { state in
            guard state.runningCount < Self.concurrency, state.next < state.queue.count else { return nil }
            defer { state.next += 1 }
            state.runningCount += 1
            let work = state.queue[state.next]
            if state.next == state.queue.count - 1 {
                state.queue = []
                state.next = -1
            }
            return work
        }
    }

    private func retry(_ work: Work) {
        guard let failure = work.slot.failure, failure.retryNanoseconds != .max else { return }
        let wait = (failure.retryNanoseconds - Deadline.now.monotonicNanoseconds) / 1_000_000 + 1
        add(work.slot, atMilliseconds: systemWallClock() + max(wait, 1), evicts: work.evicts)
    }
}
