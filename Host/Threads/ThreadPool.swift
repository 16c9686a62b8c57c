import Glibc

/// A piece of work for a pool or a lane.
public typealias Job = @Sendable () -> Void

/// Named threads, of a fixed number, that run jobs in the order of their submission.
public final class ThreadPool: Sendable {
    private let core: Core
    /// How many threads there are, or may become.
    public let threadCount: Int

    /// Starts the threads.
    /// - Parameters:
    ///   - name: the threads' name, as the system's tools show it (cut to 11 bytes and numbered).
    ///   - threadCount: how many threads, at least 1.
    ///   - capacity: how many jobs may wait before `submit` refuses.
    ///   - growsOnDemand: starts each thread only when a job finds all others busy; it stays from then on.
    public init(name: String, threadCount: Int, capacity: Int = 65_536, growsOnDemand: Bool = false) {
        precondition(threadCount > 0 && capacity > 0, "a pool needs a thread and room for a job")
        self.threadCount = threadCount
        core = Core(name: name, capacity: capacity, missingCount: growsOnDemand ? threadCount : 0)
        if !growsOnDemand { for index in 0..<threadCount { core.startThread(index, isAwaited: false) } }
    }

    deinit {
        core.close()
    }

    /// How many jobs wait for a thread.
    public var waitingCount: Int {
        core.state.withLock { $0.queue.count }
    }

    /// Queues a job.
    /// - Returns: false, and the job is not run, when the queue is full or the pool was stopped.
    public func submit(_ job: @escaping Job) -> Bool {
        core.submit(job, ignoringCapacity: false)
    }

    /// Queues a job beyond the capacity: for work whose amount is bounded by whoever submits it.
    /// - Returns: false, and the job is not run, when the pool was stopped.
    public func submitReserved(_ job: @escaping Job) -> Bool {
        core.submit(job, ignoringCapacity: true)
    }

    /// Waits until no job waits or runs.
    /// - Returns: false when the deadline passed first.
    public func drain(until deadline: Deadline = .never) -> Bool {
        core.drain(until: deadline)
    }

    /// Accepts no more jobs, runs those that wait, and ends the threads. Not from a thread of the pool.
    public func stop() {
        core.close()
        for thread in core.threads.withLock({ $0 }) { thread.join() }
    }
}

extension ThreadPool {
    /// Where one idle thread waits; true once it was woken.
    private typealias Berth = Monitor<Bool>

    /// Who is to look at the queue.
    private enum Help {
        case sleeper(Berth)
        /// A thread that has yet to be started.
        case newcomer(Int)
    }

    /// What the threads share; it outlives the pool until the last thread has ended.
    private final class Core: Sendable {
        struct State {
            var queue = RingBuffer<Job>()
            /// Idle threads. The last one to become idle is woken first: its stack and its share of the allocator are
            /// still in the processor's cache.
            var idle: [Berth] = []
            var runningCount = 0
            /// Threads that may still be started.
            var missingCount: Int
            /// Whether a thread was woken or started that has not looked at the queue since. While it is on its way no
            /// other is: threads that run find the jobs meanwhile, and that one wakes the next if there is still need.
            var isWaking = false
            var isClosed = false
            var drainers: [Latch] = []

            /// The thread to wake or start for the jobs that wait, if there is one.
            mutating func takeHelp() -> Help? {
                guard !queue.isEmpty, !isWaking else { return nil }
                if let sleeper = idle.popLast() {
                    isWaking = true
                    return .sleeper(sleeper)
                }
                guard missingCount > 0, !isClosed else { return nil }
                missingCount -= 1
                isWaking = true
                return .newcomer(missingCount)
            }
        }

        /// What a thread does next.
        enum Step {
            case run(Job, waking: Help?)
            case sleep
            case end
        }

        let state: Monitor<State>
        let threads = Lock<[PoolThread]>([])
        private let name: Substring
        private let capacity: Int

        init(name: String, capacity: Int, missingCount: Int) {
            self.name = name.prefix(11)
            self.capacity = capacity
            state = Monitor(State(missingCount: missingCount))
        }

        func startThread(_ index: Int, isAwaited: Bool) {
            let thread = PoolThread(name: "\(name)-\(index)") { [self] in work(wasWoken: isAwaited) }
            threads.withLock { $0.append(thread) }
        }

        func submit(_ job: @escaping Job, ignoringCapacity: Bool) -> Bool {
            let (isAccepted, help) = state.withLock { state -> (Bool, Help?) in
                guard !state.isClosed, ignoringCapacity || state.queue.count < capacity else { return (false, nil) }
                state.queue.append(job)
                return (true, state.takeHelp())
            }
            if let help { call(help) }
            return isAccepted
        }

        func work(wasWoken: Bool) {
            let berth = Berth(false)
            var hasRun = false
            var wasWoken = wasWoken
            while true {
                switch nextStep(berth, hasRun: hasRun, wasWoken: wasWoken) {
                case .run(let job, let help):
                    if let help { call(help) }
                    job()
                    (hasRun, wasWoken) = (true, false)
                case .sleep:
                    _ = berth.wait { isWoken -> Bool? in
                        defer { isWoken = false }
                        return isWoken ? true : nil
                    }
                    (hasRun, wasWoken) = (false, true)
                case .end:
                    return
                }
            }
        }

        /// Accounts for what the thread did before, and finds its next job.
        private func nextStep(_ berth: Berth, hasRun: Bool, wasWoken: Bool) -> Step {
            state.withLock { state in
                if hasRun { state.runningCount -= 1 }
                if wasWoken { state.isWaking = false }
                if let job = state.queue.popFirst() {
                    state.runningCount += 1
                    return .run(job, waking: state.takeHelp())
                }
                if state.runningCount == 0 {
                    for drainer in state.drainers { drainer.open() }
                    state.drainers = []
                }
                if state.isClosed { return .end }
                state.idle.append(berth)
                return .sleep
            }
        }

        func drain(until deadline: Deadline) -> Bool {
            let latch = Latch()
            let isIdle = state.withLock { state in
                if state.queue.isEmpty && state.runningCount == 0 { return true }
                state.drainers.append(latch)
                return false
            }
            return isIdle || latch.wait(until: deadline)
        }

        func close() {
            let sleepers = state.withLock { state in
                defer { state.idle = [] }
                state.isClosed = true
                return state.idle
            }
            for sleeper in sleepers { Self.wake(sleeper) }
        }

        private func call(_ help: Help) {
            switch help {
            case .sleeper(let sleeper): Self.wake(sleeper)
            case .newcomer(let index): startThread(index, isAwaited: true)
            }
        }

        private static func wake(_ sleeper: Berth) {
            sleeper.withLock { $0 = true }
            sleeper.signal()
        }
    }
}
