/// A bounded part of a pool. Of the jobs that are submitted through it only so many run at the same time; the others
/// wait in order and hold no thread. So one that submits many, or such that hang, leaves threads to the others.
public final class PoolShare: Sendable {
    let group: PoolShareGroup
    let limit: Int
    // Guard: the lock of the group's scheduler.
    nonisolated(unsafe) var queue = RingBuffer<Job>()
    nonisolated(unsafe) var runningCount = 0
    /// Whether it stands among the shares of its group that may run a job.
    nonisolated(unsafe) var isQueued = false

    /// A share within a group.
    /// - Parameter limit: how many of its jobs run at the same time, at least 1.
    public init(group: PoolShareGroup, limit: Int) {
        precondition(limit > 0, "a share runs a job at a time at least")
        self.group = group
        self.limit = limit
    }

    /// A share of a pool that no other shares lie in.
    public convenience init(pool: ThreadPool, limit: Int) {
        self.init(group: PoolShareScheduler(pool: pool).group(limit: limit), limit: limit)
    }

    /// Queues a job.
    /// - Returns: false, and the job is not run, when the pool was stopped.
    public func submit(_ job: @escaping Job) -> Bool { group.scheduler.submit(job, to: self) }

    /// How many jobs wait.
    public var waitingCount: Int { group.scheduler.waitingCount(of: self) }

    var mayRun: Bool { !queue.isEmpty && runningCount < limit }
}

/// Shares that are bounded together, such as those of one tenant.
public final class PoolShareGroup: Sendable {
    let scheduler: PoolShareScheduler
    let limit: Int
    // Guard: the lock of the scheduler.
    /// Shares that may run a job; each gets its turn.
    nonisolated(unsafe) var ready = RingBuffer<PoolShare>()
    nonisolated(unsafe) var runningCount = 0
    /// Whether it stands among the groups that may run a job.
    nonisolated(unsafe) var isQueued = false

    init(scheduler: PoolShareScheduler, limit: Int) {
        precondition(limit > 0, "a group runs a job at a time at least")
        self.scheduler = scheduler
        self.limit = limit
    }

    var mayRun: Bool { !ready.isEmpty && runningCount < limit }
}

/// Divides a pool among groups of shares. While there is a thread for everybody, jobs run at once; when there is none,
/// they wait in their shares, and each group gets its turn, however many jobs another one has.
public final class PoolShareScheduler: Sendable {
    private struct State {
        /// Groups that may run a job.
        var ready = RingBuffer<PoolShareGroup>()
        var runningCount = 0

        /// Puts a share and its group among those that may run a job, if they may.
        mutating func refresh(_ share: PoolShare) {
            let group = share.group
            if !share.isQueued, share.mayRun {
                share.isQueued = true
                group.ready.append(share)
            }
            if !group.isQueued, group.mayRun {
                group.isQueued = true
                ready.append(group)
            }
        }

        /// The job whose turn it is, counted as running; nil when there is none or no thread for it.
        mutating func takeNext(threadCount: Int) -> (Job, PoolShare)? {
            guard runningCount < threadCount else { return nil }
            while let group = ready.popFirst() {
                group.isQueued = false
                guard group.mayRun, let share = group.ready.popFirst() else { continue }
                share.isQueued = false
                guard let job = share.queue.popFirst() else { continue }
                runningCount += 1
                group.runningCount += 1
                share.runningCount += 1
                refresh(share)
                return (job, share)
            }
            return nil
        }

        mutating func end(_ share: PoolShare) {
            runningCount -= 1
            share.group.runningCount -= 1
            share.runningCount -= 1
            refresh(share)
        }
    }

    private let pool: ThreadPool
    private let state = Lock(State())

    /// Divides a pool, of which nobody else runs much.
    public init(pool: ThreadPool) {
        self.pool = pool
    }

    /// A group of its own.
    /// - Parameter limit: how many jobs of all its shares run at the same time, at least 1.
    public func group(limit: Int) -> PoolShareGroup { PoolShareGroup(scheduler: self, limit: limit) }

    func waitingCount(of share: PoolShare) -> Int { state.withLock { _ in share.queue.count } }

    func submit(_ job: @escaping Job, to share: PoolShare) -> Bool {
        let next = state.withLock { state in
            share.queue.append(job)
            state.refresh(share)
            return state.takeNext(threadCount: pool.threadCount)
        }
        // Whenever a thread is free nothing waits that could use it, so this is the job that has just come.
        guard let (job, turn) = next else { return true }
        if pool.submitReserved({ self.run(job, of: turn) }) { return true }
        state.withLock { $0.end(turn) }
        return false
    }

    private func run(_ job: Job, of share: PoolShare) {
        job()
        var ended = share
        while let (next, turn) = takeNext(after: ended) {
            // Behind what others have submitted meanwhile. A pool that was stopped takes nothing; what waits then ends
            // on this thread.
            if pool.submitReserved({ self.run(next, of: turn) }) { return }
            next()
            ended = turn
        }
    }

    private func takeNext(after share: PoolShare) -> (Job, PoolShare)? {
        state.withLock { state in
            state.end(share)
            return state.takeNext(threadCount: pool.threadCount)
        }
    }
}
