import Glibc

/// A piece of work for a pool or a lane.
public typealias Job = @Sendable () -> Void

/// A fixed number of named threads that run jobs in the order of their submission.
public final class ThreadPool: Sendable {
    private let core: Core
    private let threads: [PoolThread]

    /// Starts the threads.
    /// - Parameters:
    ///   - name: the threads' name, as the system's tools show it (cut to 11 bytes and numbered).
    ///   - threadCount: how many threads, at least 1.
    ///   - capacity: how many jobs may wait before `submit` refuses.
    public init(name: String, threadCount: Int, capacity: Int = 65_536) {
        precondition(threadCount > 0 && capacity > 0, "a pool needs a thread and room for a job")
        let core = Core(capacity: capacity)
        self.core = core
        threads = (0..<threadCount).map { index in
            PoolThread(name: "\(name.prefix(11))-\(index)") { core.work() }
        }
    }

    deinit {
        core.close()
    }

    /// How many jobs wait for a thread.
    public var waitingCount: Int {
        core.monitor.withLock { $0.queue.count }
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
        for thread in threads { thread.join() }
    }
}

extension ThreadPool {
    /// What the threads share; it outlives the pool until the last thread has ended.
    private final class Core: Sendable {
        struct State {
            var queue = RingBuffer<Job>()
            var idleCount = 0
            var runningCount = 0
            /// Whether a thread was woken that has not looked at the queue since. While it is on its way no other is
            /// woken: threads that run find the jobs meanwhile, and that one wakes the next if there is still need.
            var isWaking = false
            var isClosed = false
            var drainers: [Latch] = []

            /// Whether a thread is to be woken for the jobs that wait.
            mutating func wakes() -> Bool {
                guard !queue.isEmpty, idleCount > 0, !isWaking else { return false }
                isWaking = true
                return true
            }
        }

        let monitor = Monitor(State())
        let capacity: Int

        init(capacity: Int) {
            self.capacity = capacity
        }

        func submit(_ job: @escaping Job, ignoringCapacity: Bool) -> Bool {
            let (isAccepted, wakes) = monitor.withLock { state in
                guard !state.isClosed, ignoringCapacity || state.queue.count < capacity else { return (false, false) }
                state.queue.append(job)
                return (true, state.wakes())
            }
            if wakes { monitor.signal() }
            return isAccepted
        }

        func work() {
            var hasRun = false
            while let job = next(afterRunning: hasRun) {
                job()
                hasRun = true
            }
        }

        /// The next job; nil when the pool is closed and nothing waits. Accounts for the job that was run before.
        private func next(afterRunning hasRun: Bool) -> Job? {
            var isFirstLook = true
            var wakesNext = false
            let job = monitor.wait { state -> Job?? in
                if isFirstLook, hasRun { state.runningCount -= 1 }
                if !isFirstLook {
                    state.idleCount -= 1
                    state.isWaking = false
                }
                isFirstLook = false
                if let job = state.queue.popFirst() {
                    state.runningCount += 1
                    wakesNext = state.wakes()
                    return .some(job)
                }
                if state.runningCount == 0 {
                    for drainer in state.drainers { drainer.open() }
                    state.drainers = []
                }
                if state.isClosed { return .some(nil) }
                state.idleCount += 1
                return nil
            }
            if wakesNext { monitor.signal() }
            return job ?? nil
        }

        func drain(until deadline: Deadline) -> Bool {
            let latch = Latch()
            let isIdle = monitor.withLock { state in
                if state.queue.isEmpty && state.runningCount == 0 { return true }
                state.drainers.append(latch)
                return false
            }
            return isIdle || latch.wait(until: deadline)
        }

        func close() {
            monitor.withLock { $0.isClosed = true }
            monitor.broadcast()
        }
    }
}
