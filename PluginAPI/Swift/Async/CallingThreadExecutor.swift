/// Runs all pieces of one task on the thread that waits for it: how an event or a job, which the host wants done when
/// its function returns, has an asynchronous handler.
final class CallingThreadExecutor: TaskExecutor {
    private struct State {
        var pieces = PieceQueue()
        var isDone = false
        var timers: [(time: Int64, wake: @Sendable () -> Void)] = []

        /// Takes the first thing to do; nil when there is none yet.
        mutating func next() -> Step? {
            if let piece = pieces.removeFirst() { return .piece(piece) }
            if isDone { return .done }
            let now = MonotonicTime.nanoseconds
            guard let index = timers.firstIndex(where: { $0.time <= now }) else { return nil }
            return .wake(timers.remove(at: index).wake)
        }
    }

    private enum Step {
        case piece(UnownedJob)
        case wake(@Sendable () -> Void)
        case done
    }

    private let state = Monitor(State())
    /// How often a call that nobody announces the end of is asked whether it is over.
    private static let pollNanoseconds: Int64 = 100_000_000

    func enqueue(_ job: consuming ExecutorJob) {
        let piece = UnownedJob(job)
        state.withLock { $0.pieces.append(piece) }
        state.broadcast()
    }

    /// Has the waiting thread call `wake` after so many nanoseconds.
    func wake(afterNanoseconds delay: Int64, _ wake: @escaping @Sendable () -> Void) {
        let time = MonotonicTime.nanoseconds.addingReportingOverflow(delay)
        state.withLock { $0.timers.append((time.overflow ? .max : time.partialValue, wake)) }
        state.broadcast()
    }

    /// Runs `body` and returns what it returns. It is cancelled when the call is over or its deadline passes, and
    /// waited for all the same: it uses what belongs to the call.
    func run(_ call: AsyncCall, _ body: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Monitor<Result<Void, any Error>?>(nil)
        let task = Task(executorPreference: self) {
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            self.state.withLock { $0.isDone = true }
            self.state.broadcast()
        }
        call.cancels(task)
        while true {
            switch nextStep() {
            case .piece(let piece): piece.runSynchronously(on: asUnownedTaskExecutor())
            case .wake(let wake): wake()
            case .done:
                // Sleeps that were cut short left their timers, which lead back here and would keep all of it.
                state.withLock { $0.timers = [] }
                return try outcome.withLock { $0 }?.get() ?? ()
            case nil: if CallContext(scope: call.scope).isCancelled { call.cancel() }
            }
        }
    }

    /// Waits for something to do; nil when it is time to ask whether the call is over.
    private func nextStep() -> Step? {
        let poll = MonotonicTime.nanoseconds + Self.pollNanoseconds
        let first = state.withLock { $0.timers.map(\.time).min() } ?? .max
        if let step = state.wait(untilNanoseconds: min(poll, first), { $0.next() }) { return step }
        return first < poll ? nextStep() : nil
    }
}
