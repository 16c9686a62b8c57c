import CGantry

/// Runs the pieces of an instance's asynchronous handlers on the host's threads, so that no thread is the module's own.
///
/// Pieces stand in a queue here; for each one the host is asked for one turn, and whoever gets a turn runs the first
/// piece. While the instance quiesces, the thread that does so takes the turns: of an instance that is entered serially
/// no other could.
final class HostExecutor: TaskExecutor {
    private struct State {
        var pieces = PieceQueue()
        var calls: [ObjectIdentifier: AsyncCall] = [:]
        var isDraining = false
        /// How many threads are cancelling tasks, and what has come meanwhile: a task must not end within its own
        /// cancellation, which a piece that is run at once could make it do.
        var cancellations = 0
        var deferred = 0
    }

    /// The instance's own call, kept since `create`: of it the executor needs the instance only.
    private let call: KeptCall
    private let state = Monitor(State())

    init(_ call: KeptCall) {
        self.call = call
    }

    private var table: HostTables.Granted<gantry_executor_v1> { call.tables.pointer.pointee.executor }

    /// Throws where the host has no threads to lend.
    func require() throws(HostError) { _ = try table.get() }

    func enqueue(_ job: consuming ExecutorJob) {
        let piece = UnownedJob(job)
        let (isDraining, isDeferred) = state.withLock { state in
            state.pieces.append(piece)
            let isDeferred = !state.isDraining && state.cancellations > 0
            if isDeferred { state.deferred += 1 }
            return (state.isDraining, isDeferred)
        }
        if isDraining { state.broadcast() } else if !isDeferred { askForTurn() }
    }

    /// Cancels `task`; what that sets going is begun when it is done.
    func cancel(_ task: Task<Void, Never>) {
        state.withLock { $0.cancellations += 1 }
        task.cancel()
        let count = state.withLock { state in
            state.cancellations -= 1
            guard state.cancellations == 0 else { return 0 }
            defer { state.deferred = 0 }
            // Whoever drains has taken some of them already.
            return min(state.deferred, state.pieces.count)
        }
        for _ in 0..<count { askForTurn() }
    }

    private func askForTurn() {
        // Without the table no task is started, see `require`.
        guard let table = table.table else { return takeTurn() }
        let ticket = Ticket.issue(self)
        let status = table.pointee.submit.unsafelyUnwrapped(call.pointer, Self.turn, ticket)
        if status != Status.ok.rawValue, Ticket.redeem(ticket, as: HostExecutor.self) != nil {
            // The host is closing and a task must not hang: this thread, a host's too, does what is left.
            takeTurn()
        }
    }

    private static let turn: gantry_work_fn_v1 = { ticket in
        guard let executor = Ticket.redeem(ticket, as: HostExecutor.self) else { return Status.already.rawValue }
        executor.takeTurn()
        return Status.ok.rawValue
    }

    private func takeTurn() {
        if let piece = state.withLock({ $0.pieces.removeFirst() }) {
            piece.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// Starts `body` for `call`, which is cancelled with the call and awaited by `drain`.
    func start(_ call: AsyncCall, _ body: @escaping @Sendable () async -> Void) {
        state.withLock { $0.calls[ObjectIdentifier(call)] = call }
        let task = Task(executorPreference: self) {
            await body()
            self.state.withLock { _ = $0.calls.removeValue(forKey: ObjectIdentifier(call)) }
            self.state.broadcast()
        }
        call.cancels(task, on: self)
    }

    /// How long tasks may end by themselves before they are cancelled: an endless one must not hold up every stop.
    private static let graceNanoseconds: Int64 = 1_000_000_000

    /// Runs pieces on this thread until no task is left. For a second, and at most half of the time until the deadline,
    /// they may end by themselves, then they are cancelled; at the deadline what is left is left to the host. Says
    /// whether none is left.
    func drain(untilNanoseconds end: Int64) -> Bool {
        state.withLock { $0.isDraining = true }
        let now = MonotonicTime.nanoseconds
        var isDone = run(untilNanoseconds: now + min(Self.graceNanoseconds, max(0, end - now) / 2))
        if !isDone {
            for call in state.withLock({ Array($0.calls.values) }) { call.cancel() }
            isDone = run(untilNanoseconds: end)
        }
        let left = state.withLock { state in
            state.isDraining = false
            return state.pieces.count
        }
        for _ in 0..<left { askForTurn() }
        return isDone
    }

    private enum Step {
        case piece(UnownedJob)
        case done
    }

    private func run(untilNanoseconds end: Int64) -> Bool {
        while true {
            let step = state.wait(untilNanoseconds: end) { state -> Step? in
                if let piece = state.pieces.removeFirst() { return .piece(piece) }
                return state.calls.isEmpty ? .done : nil
            }
            switch step {
            case .piece(let piece): piece.runSynchronously(on: asUnownedTaskExecutor())
            case .done: return true
            case nil: return false
            }
        }
    }
}

/// First in, first out.
struct PieceQueue {
    private var pieces: [UnownedJob] = []
    private var head = 0

    var count: Int { pieces.count - head }

    mutating func append(_ piece: UnownedJob) { pieces.append(piece) }

    mutating func removeFirst() -> UnownedJob? {
        guard head < pieces.count else { return nil }
        defer {
            head += 1
            if head == pieces.count {
                pieces.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        return pieces[head]
    }
}
