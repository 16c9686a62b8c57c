/// A queue whose jobs run one at a time, in order, on the threads of a pool. An idle lane holds no thread.
public final class SerialLane: Sendable {
    private struct State {
        var queue = RingBuffer<Job>()
        var isScheduled = false
        var drainers: [Latch] = []
    }

    /// Jobs run in a row before other lanes of the pool get their turn.
    private static let turnCount = 32

    private let pool: ThreadPool
    private let capacity: Int
    private let state = Lock(State())

    /// A lane on a pool.
    /// - Parameter capacity: how many jobs may wait before `submit` refuses.
    public init(pool: ThreadPool, capacity: Int = .max) {
        self.pool = pool
        self.capacity = capacity
    }

    /// Queues a job.
    /// - Returns: false, and the job is not run, when the lane is full or its pool was stopped.
    public func submit(_ job: @escaping Job) -> Bool {
        let (isAccepted, schedules) = state.withLock { state in
            guard state.queue.count < capacity else { return (false, false) }
            state.queue.append(job)
            defer { state.isScheduled = true }
            return (true, !state.isScheduled)
        }
        guard schedules else { return isAccepted }
        if pool.submitReserved({ self.run() }) { return true }
        state.withLock { state in
            while state.queue.popFirst() != nil {}
            finish(&state)
        }
        return false
    }

    /// Waits until no job waits or runs.
    /// - Returns: false when the deadline passed first.
    public func drain(until deadline: Deadline = .never) -> Bool {
        let latch = Latch()
        let isIdle = state.withLock { state in
            if !state.isScheduled { return true }
            state.drainers.append(latch)
            return false
        }
        return isIdle || latch.wait(until: deadline)
    }

    private func run() {
        while true {
            for _ in 0..<Self.turnCount {
                let next = state.withLock { state -> Job? in
                    let job = state.queue.popFirst()
                    if job == nil { finish(&state) }
                    return job
                }
                guard let job = next else { return }
                job()
            }
            // A pool that was stopped takes no more turns; the lane then finishes on this one.
            if pool.submitReserved({ self.run() }) { return }
        }
    }

    private func finish(_ state: inout State) {
        state.isScheduled = false
        for drainer in state.drainers { drainer.open() }
        state.drainers = []
    }
}
