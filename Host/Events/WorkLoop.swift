import GantryCore
package import GantryStore
package import GantryThreads

/// Drives a piece of background work by `TurnState`: turns run on a share of a pool, waits are one timer.
package final class WorkLoop: Sendable {
    /// Why a turn could not be taken; the compiler takes no note of an import's use in `throws` alone.
    package typealias Failure = StoreError
    /// One turn. Throws when the database does not work.
    typealias Turn = @Sendable () throws(Failure) -> TurnState.Result

    private struct State {
        var turns = TurnState()
        var turn: Turn?
        var timer: TimerQueue.Token?
        var drainers: [Latch] = []
    }

    private let share: PoolShare
    private let timers: TimerQueue
    private let clock: WallClock
    private let policy = RetryPolicy()
    private let state = Lock(State())

    /// A loop that takes no turn before it is started.
    package init(share: PoolShare, timers: TimerQueue, clock: @escaping WallClock) {
        self.share = share
        self.timers = timers
        self.clock = clock
    }

    /// Whether it was stopped.
    package var isStopped: Bool { state.withLock { $0.turns.isStopped } }

    /// Begins to take turns.
    package func start(_ turn: @escaping @Sendable () throws(Failure) -> TurnState.Result) {
        let step = state.withLock { state in
            state.turn = turn
            return state.turns.start()
        }
        perform(step)
    }

    /// There may be something to do.
    package func wake() {
        perform(state.withLock { $0.turns.wake() })
    }

    /// Begins no further turn. One that is just being taken is not waited for.
    package func stop() {
        let timer = state.withLock { state in
            state.turns.stop()
            return state.timer.take()
        }
        if let timer { timers.cancel(timer) }
    }

    /// Waits until no turn is queued or taken.
    /// - Returns: false when the deadline passed first.
    package func drain(until deadline: Deadline) -> Bool {
        let latch = Latch()
        let isIdle = state.withLock { state in
            if !state.turns.isIdle { state.drainers.append(latch) }
            return state.turns.isIdle
        }
        return isIdle || latch.wait(until: deadline)
    }

    private func perform(_ step: TurnState.Step) {
        switch step {
        case .nothing:
            break
        case .takeTurn:
            // A pool that was stopped takes no more turns; what waits is done after the next start.
            if !share.submit({ self.run() }) { endIfIdle { $0.refuse() } }
        case .wait(let milliseconds):
            setTimer(milliseconds)
        }
    }

    private func run() {
        let turn = state.withLock { state in state.turns.begin() ? state.turn : nil }
        guard let turn else { return endIfIdle { _ in } }
        var result = TurnState.Result.failed
        do throws(StoreError) { result = try turn() } catch {}
        let now = clock()
        var step = TurnState.Step.nothing
        endIfIdle { step = $0.end(result, nowMilliseconds: now, policy: policy) }
        perform(step)
    }

    /// Changes the turns and tells those who wait for their end.
    private func endIfIdle(_ change: (inout TurnState) -> Void) {
        let drainers = state.withLock { state in
            change(&state.turns)
            guard state.turns.isIdle else { return [] as [Latch] }
            defer { state.drainers = [] }
            return state.drainers
        }
        for drainer in drainers { drainer.open() }
    }

    private func setTimer(_ milliseconds: Int64?) {
        let token = milliseconds.map { time in timers.schedule(atMilliseconds: time) { [weak self] in self?.wake() } }
        let obsolete = state.withLock { state in
            if state.turns.isStopped { return token }
            defer { state.timer = token }
            return state.timer
        }
        if let obsolete { timers.cancel(obsolete) }
    }
}
