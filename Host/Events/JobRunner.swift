public import GantryStore
public import GantryThreads

/// Runs the durable jobs of one module instance: each at least once, those of one name and key one after the other in
/// the order of their queueing, again with growing waits when they fail.
public final class JobRunner: Sendable {
    /// Runs one job, on a thread of the pool. It may block.
    public typealias Body = @Sendable (JobRun) -> AttemptOutcome

    private struct State {
        var isStarted = false
        var isStopped = false
        var isScheduled = false
        var isWokenAgain = false
        var runningCount = 0
        var failureCount: UInt32 = 0
        var timer: TimerQueue.Token?
        var drainers: [Latch] = []
        var observation: CommitObservation?
    }

    private let store: JobStore
    private let pool: ThreadPool
    private let timers: TimerQueue
    private let clock: WallClock
    private let policy: RetryPolicy
    private let concurrency: Int
    private let body: Body
    private let lane: SerialLane
    private let state = Lock(State())

    /// A runner that runs nothing until it is started. Makes the table of jobs where it does not exist.
    /// - Parameters:
    ///   - database: holds the jobs. It has one runner.
    ///   - pool: runs them.
    ///   - timers: wakes those that wait; it shares the clock.
    ///   - clock: the time.
    ///   - policy: when a job is run again.
    ///   - concurrency: how many jobs run at the same time.
    ///   - run: runs a job.
    public init(
        database: Database,
        pool: ThreadPool,
        timers: TimerQueue,
        clock: @escaping WallClock = systemWallClock,
        policy: RetryPolicy = RetryPolicy(),
        concurrency: Int = 4,
        run body: @escaping Body
    ) throws(StoreError) {
        precondition(concurrency > 0, "a runner runs a job at a time at least")
        try HostTables.installJobs(in: database)
        store = JobStore(database: database)
        self.pool = pool
        self.timers = timers
        self.clock = clock
        self.policy = policy
        self.concurrency = concurrency
        self.body = body
        lane = SerialLane(pool: pool)
        let observation = database.observeCommits { [weak self] signals in
            if signals.contains(.jobs) { self?.wake() }
        }
        state.withLock { $0.observation = observation }
    }

    /// Begins to run jobs, also those that were cut off when the process ended.
    public func start() throws(StoreError) {
        try store.recover(maximumAttempts: policy.maximumAttempts)
        state.withLock { $0.isStarted = true }
        wake()
    }

    /// Starts no further job and waits for those that run.
    /// - Returns: false when the deadline passed first; what still runs is run again after the next start.
    @discardableResult
    public func stop(until deadline: Deadline = .never) -> Bool {
        let latch = Latch()
        let (timer, observation, isIdle) = state.withLock { state in
            state.isStopped = true
            if state.runningCount > 0 { state.drainers.append(latch) }
            return (state.timer.take(), state.observation.take(), state.runningCount == 0)
        }
        observation?.cancel()
        if let timer { timers.cancel(timer) }
        // Jobs that the lane was just about to take are given back by it.
        let isDrained = isIdle || latch.wait(until: deadline)
        return lane.drain(until: deadline) && isDrained
    }

    private func wake() {
        let schedules = state.withLock { state in
            if !state.isStarted || state.isStopped { return false }
            if state.isScheduled {
                state.isWokenAgain = true
                return false
            }
            state.isScheduled = true
            return true
        }
        if schedules { schedule() }
    }

    private func schedule() {
        if !lane.submit({ self.startDueJobs() }) { state.withLock { $0.isScheduled = false } }
    }

    private func startDueJobs() {
        var next: Int64?
        do {
            next = try claimAndStart()
            state.withLock { $0.failureCount = 0 }
        } catch {
            // The database does not work now: nothing is lost, and it is asked again later.
            let count = state.withLock { state in
                state.failureCount = min(state.failureCount + 1, 16)
                return state.failureCount
            }
            next = clock() + policy.delayMilliseconds(afterAttempt: count)
        }
        let goesOn = state.withLock { state in
            let goesOn = state.isWokenAgain && !state.isStopped
            state.isWokenAgain = false
            state.isScheduled = goesOn
            return goesOn
        }
        if goesOn { schedule() } else { setTimer(next) }
    }

    /// - Returns: when to look again; nil when a commit or the end of a job tells.
    private func claimAndStart() throws(StoreError) -> Int64? {
        while true {
            // Room is taken before the claim, so that a stop waits for jobs that are just being claimed.
            let room = state.withLock { state in
                let room = state.isStopped ? 0 : concurrency - state.runningCount
                state.runningCount += room
                return room
            }
            if room == 0 { return nil }
            // Looked at first, since a claim is a write even when there is nothing to take.
            let next: Int64?
            let jobs: [JobRun]
            do throws(StoreError) {
                next = try store.nextDueMilliseconds()
                let isDue = next.map { $0 <= clock() } ?? false
                jobs = isDue ? try store.claim(limit: room, atMilliseconds: clock()) : []
            } catch {
                release(room)
                throw error
            }
            release(room - jobs.count)
            for job in jobs where !pool.submitReserved({ self.run(job) }) { release(1) }
            if jobs.isEmpty { return next }
        }
    }

    private func run(_ job: JobRun) {
        finish(job, body(job), failedSaves: 0)
    }

    /// Writes down what became of a job. When the database does not work, that is tried again until it does: the
    /// job must not run a second time in this process.
    private func finish(_ job: JobRun, _ outcome: AttemptOutcome, failedSaves: UInt32) {
        do throws(StoreError) {
            try save(job, outcome)
            release(1)
            wake()
        } catch {
            let count = min(failedSaves + 1, 16)
            if error.code == .cancelled || state.withLock({ $0.isStopped }) { return release(1) }
            _ = timers.schedule(atMilliseconds: clock() + policy.delayMilliseconds(afterAttempt: count)) {
                if !self.pool.submitReserved({ self.finish(job, outcome, failedSaves: count) }) { self.release(1) }
            }
        }
    }

    private func save(_ job: JobRun, _ outcome: AttemptOutcome) throws(StoreError) {
        switch outcome {
        case .done:
            try store.remove(job)
        case .retry(let reason) where job.attempt < policy.maximumAttempts:
            let time = clock() + policy.delayMilliseconds(afterAttempt: job.attempt)
            try store.postpone(job, untilMilliseconds: time, reason: reason)
        case .retry(let reason), .giveUp(let reason):
            try store.giveUp(job, reason: reason)
        }
    }

    private func release(_ count: Int) {
        let drainers = state.withLock { state in
            state.runningCount -= count
            guard state.runningCount == 0 else { return [] as [Latch] }
            defer { state.drainers = [] }
            return state.drainers
        }
        for drainer in drainers { drainer.open() }
    }

    private func setTimer(_ milliseconds: Int64?) {
        let token = milliseconds.map { time in timers.schedule(atMilliseconds: time) { [weak self] in self?.wake() } }
        let obsolete = state.withLock { state in
            if state.isStopped { return token }
            defer { state.timer = token }
            return state.timer
        }
        if let obsolete { timers.cancel(obsolete) }
    }
}
