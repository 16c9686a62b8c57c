/// A bounded part of a pool. Of the jobs that are submitted through it only so many run at the same time; the others
/// wait in order and hold no thread. So one that submits many, or such that hang, leaves threads to the others.
public final class PoolShare: Sendable {
    private struct State {
        var queue = RingBuffer<Job>()
        var runningCount = 0
    }

    private let pool: ThreadPool
    private let limit: Int
    private let state = Lock(State())

    /// A share of a pool.
    /// - Parameter limit: how many of its jobs run at the same time, at least 1.
    public init(pool: ThreadPool, limit: Int) {
        precondition(limit > 0, "a share runs a job at a time at least")
        self.pool = pool
        self.limit = limit
    }

    /// Queues a job.
    /// - Returns: false, and the job is not run, when the pool was stopped.
    public func submit(_ job: @escaping Job) -> Bool {
        let isTurn = state.withLock { state in
            if state.runningCount >= limit {
                state.queue.append(job)
                return false
            }
            state.runningCount += 1
            return true
        }
        guard isTurn else { return true }
        if pool.submitReserved({ self.run(job) }) { return true }
        state.withLock { $0.runningCount -= 1 }
        return false
    }

    private func run(_ job: Job) {
        job()
        while let next = takeNext() {
            // Behind what others have submitted meanwhile. A pool that was stopped takes nothing; what waits then ends
            // on this thread.
            if pool.submitReserved({ self.run(next) }) { return }
            next()
        }
    }

    /// The next job in the place of the one that is over.
    private func takeNext() -> Job? {
        state.withLock { state in
            let next = state.queue.popFirst()
            if next == nil { state.runningCount -= 1 }
            return next
        }
    }
}
