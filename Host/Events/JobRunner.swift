public import GantryCore
public import GantryStore
public import GantryThreads

/// Runs the durable jobs of one module instance: each at least once, those of one name and key one after the other in
/// the order of their queueing, again with growing waits when they fail. It also queues the jobs of schedules.
public final class JobRunner: Sendable {
    /// Runs one job, on a thread of the pool. It may block.
    public typealias Body = @Sendable (JobRun) -> AttemptOutcome

    /// What the runner is to know of the module's jobs.
    public struct Configuration: Sendable {
        /// When a run is tried again, by the job's name; the defaults for others.
        public var policies: [String: RetryPolicy] = [:]
        /// Jobs that are queued by themselves.
        public var schedules: [Schedule] = []
        /// Names tenant and module; it spreads the schedules' jitter.
        public var place = ""
        /// How many jobs run at the same time, at least 1.
        public var concurrency = 4
        /// For how long jobs that ended well are remembered, in milliseconds; nil for not at all.
        public var historyMilliseconds: Int64?

        /// No schedules, and the defaults.
        public init() {}
    }

    private struct State {
        var isStopped = false
        var runningCount = 0
        /// Jobs that run, by sequence.
        var underWay: Set<Int64> = []
        var drainers: [Latch] = []
        var observation: CommitObservation?
        /// When the schedules are to be looked at; nil when there are none.
        var scheduleMilliseconds: Int64?
        var lastLookMilliseconds: Int64 = 0
        var lastCountMilliseconds: Int64?
    }

    /// A clock may be set back while nobody looks; the schedules are looked at again after this time at the latest.
    private static let longestWaitMilliseconds: Int64 = 3_600_000
    private static let countIntervalMilliseconds: Int64 = 1000

    private let store: JobStore
    private let scheduleStore: ScheduleStore
    private let share: PoolShare
    private let timers: TimerQueue
    private let clock: WallClock
    private let configuration: Configuration
    private let report: @Sendable (JobCounts) -> Void
    private let body: Body
    private let loop: WorkLoop
    private let state = Lock(State())

    /// A runner that runs nothing until it is started. Makes the tables of jobs where they do not exist.
    /// - Parameters:
    ///   - database: holds the jobs. It has one runner that was started and not stopped.
    ///   - share: runs them.
    ///   - timers: wakes those that wait; it shares the clock.
    ///   - clock: the time.
    ///   - configuration: retries and schedules.
    ///   - report: told how many jobs stand where, from time to time and when all is done, on a thread of the pool.
    ///   - run: runs a job.
    public init(
        database: Database,
        share: PoolShare,
        timers: TimerQueue,
        clock: @escaping WallClock = systemWallClock,
        configuration: Configuration = Configuration(),
        report: @escaping @Sendable (JobCounts) -> Void = { _ in },
        run body: @escaping Body
    ) throws(StoreError) {
        precondition(configuration.concurrency > 0, "a runner runs a job at a time at least")
        try HostTables.installJobs(in: database)
        store = JobStore(database: database, historyMilliseconds: configuration.historyMilliseconds)
        scheduleStore = ScheduleStore(
            database: database, schedules: configuration.schedules, place: configuration.place)
        self.share = share
        self.timers = timers
        self.clock = clock
        self.configuration = configuration
        self.report = report
        self.body = body
        loop = WorkLoop(share: share, timers: timers, clock: clock)
        let observation = database.observeCommits { [weak self] signals in
            if signals.contains(.jobs) { self?.loop.wake() }
        }
        state.withLock { $0.observation = observation }
    }

    /// Begins to run jobs, also those that were cut off when the process ended, and those of schedules.
    /// - Parameter others: Jobs that a stopped runner of the database is still running, by sequence: they are left to
    ///   it, until it has ended them or `takeOver` says that it will not.
    public func start(leaving others: Set<Int64> = []) throws(StoreError) {
        try store.recover(where: { !others.contains($0) }) { configuration.policies[$0] ?? RetryPolicy() }
        try scheduleStore.install(atMilliseconds: clock())
        if !configuration.schedules.isEmpty { state.withLock { $0.scheduleMilliseconds = 0 } }
        loop.start { [weak self] () throws(StoreError) in try self?.turn() ?? .isDone(nextMilliseconds: nil) }
    }

    /// Starts no further job and waits for those that run.
    /// - Returns: false when the deadline passed first; what still runs is run again after the next start.
    @discardableResult
    public func stop(until deadline: Deadline = .never) -> Bool {
        loop.stop()
        let latch = Latch()
        let (observation, isIdle) = state.withLock { state in
            state.isStopped = true
            if state.runningCount > 0 { state.drainers.append(latch) }
            return (state.observation.take(), state.runningCount == 0)
        }
        observation?.cancel()
        // Jobs that a turn was just about to take are given back by it.
        let isDrained = isIdle || latch.wait(until: deadline)
        return loop.drain(until: deadline) && isDrained
    }

    /// Jobs that it is running, by sequence; after a stop, those that did not end in time.
    public var underWay: Set<Int64> { state.withLock { $0.underWay } }

    /// Jobs that another runner was left with run here from now on: it is gone.
    public func takeOver(_ sequences: Set<Int64>) throws(StoreError) {
        if sequences.isEmpty { return }
        try store.recover(
            because: "The run was cut off by the end of its generation.", where: { sequences.contains($0) }
        ) { configuration.policies[$0] ?? RetryPolicy() }
    }

    private func turn() throws(StoreError) -> TurnState.Result {
        let scheduled = try queueSchedules()
        let next = try claimAndStart()
        try countIfDue()
        let times = [next, scheduled.map { min($0, clock() + Self.longestWaitMilliseconds) }]
        return .isDone(nextMilliseconds: times.compactMap(\.self).min())
    }

    /// - Returns: when the next schedule is due; nil when there is none.
    private func queueSchedules() throws(StoreError) -> Int64? {
        let now = clock()
        let (due, wasSetBack) = state.withLock { state in
            defer { state.lastLookMilliseconds = now }
            return (state.scheduleMilliseconds, now < state.lastLookMilliseconds)
        }
        guard let due, due <= now || wasSetBack else { return due }
        let next = try scheduleStore.queueDue(atMilliseconds: now)
        state.withLock { $0.scheduleMilliseconds = next }
        return next
    }

    /// - Returns: when to look again; nil when a commit or the end of a job tells.
    private func claimAndStart() throws(StoreError) -> Int64? {
        while true {
            // Room is taken before the claim, so that a stop waits for jobs that are just being claimed.
            let room = state.withLock { state in
                let room = state.isStopped ? 0 : configuration.concurrency - state.runningCount
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
            state.withLock { $0.underWay.formUnion(jobs.map(\.sequence)) }
            release(room - jobs.count)
            for job in jobs where !share.submit({ self.run(job) }) { leave(job) }
            if jobs.isEmpty { return next }
        }
    }

    /// Counting takes longer the more jobs there are, so it is done once in a while, and when the last one is over.
    private func countIfDue() throws(StoreError) {
        let now = clock()
        let isDue = state.withLock { state in
            let isDue =
                state.runningCount == 0
                || state.lastCountMilliseconds.map { abs(now - $0) >= Self.countIntervalMilliseconds } ?? true
            if isDue { state.lastCountMilliseconds = now }
            return isDue
        }
        if isDue { report(try store.counts()) }
    }

    private func run(_ job: JobRun) {
        let outcome = body(job)
        CrashPoint.afterJob.pass()
        finish(job, outcome, failedSaves: 0)
    }

    /// Writes down what became of a job. When the database does not work, that is tried again until it does: the
    /// job must not run a second time in this process.
    private func finish(_ job: JobRun, _ outcome: AttemptOutcome, failedSaves: UInt32) {
        do throws(StoreError) {
            try save(job, outcome)
            leave(job)
            loop.wake()
            // Somebody else runs what comes after it.
            if loop.isStopped { try? store.announce() }
        } catch {
            let count = min(failedSaves + 1, 16)
            if error.code == .cancelled || loop.isStopped { return leave(job) }
            _ = timers.schedule(atMilliseconds: clock() + RetryPolicy().delayMilliseconds(afterAttempt: count)) {
                if !self.share.submit({ self.finish(job, outcome, failedSaves: count) }) { self.leave(job) }
            }
        }
    }

    private func save(_ job: JobRun, _ outcome: AttemptOutcome) throws(StoreError) {
        let policy = configuration.policies[job.name] ?? RetryPolicy()
        switch outcome {
        case .done:
            try store.remove(job, atMilliseconds: clock())
        case .retry(let reason) where job.attempt >= max(policy.maximumAttempts, job.granted):
            try store.giveUp(job, reason: reason, atMilliseconds: clock())
        case .retry(let reason), .unavailable(let reason):
            let time = clock() + policy.delayMilliseconds(afterAttempt: job.attempt)
            try store.postpone(job, untilMilliseconds: time, reason: reason)
        case .giveUp(let reason):
            try store.giveUp(job, reason: reason, atMilliseconds: clock())
        }
    }

    private func leave(_ job: JobRun) {
        state.withLock { _ = $0.underWay.remove(job.sequence) }
        release(1)
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
}
