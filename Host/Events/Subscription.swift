import GantryStore
import GantryThreads

/// Delivers one publisher's events to one subscriber, one after the other.
final class Subscription: Sendable {
    private struct State {
        /// Up to here everything is delivered or written down as waiting.
        var sequence: Int64
        /// Up to here that is written down.
        var savedSequence: Int64
        var isScheduled = false
        var isWokenAgain = false
        var isStopped = false
        var failureCount: UInt32 = 0
        var timer: TimerQueue.Token?
    }

    /// Events of other types that are skipped before that is written down.
    private static let unsavedCount: Int64 = 1024

    let store: DeliveryStore
    private let deliver: Dispatcher.Subscriber
    private let policy: RetryPolicy
    private let timers: TimerQueue
    private let clock: WallClock
    private let lane: SerialLane
    private let state: Lock<State>

    init(
        store: DeliveryStore,
        pool: ThreadPool,
        timers: TimerQueue,
        clock: @escaping WallClock,
        policy: RetryPolicy,
        deliver: @escaping Dispatcher.Subscriber
    ) throws(StoreError) {
        self.store = store
        self.deliver = deliver
        self.policy = policy
        self.timers = timers
        self.clock = clock
        lane = SerialLane(pool: pool)
        let sequence = try store.register()
        state = Lock(State(sequence: sequence, savedSequence: sequence))
    }

    /// Looks for events to deliver.
    func wake() {
        let schedules = state.withLock { state in
            if state.isStopped { return false }
            if state.isScheduled {
                state.isWokenAgain = true
                return false
            }
            state.isScheduled = true
            return true
        }
        if schedules { schedule() }
    }

    /// Starts no further delivery.
    func stop() {
        let timer = state.withLock { state in
            state.isStopped = true
            return state.timer.take()
        }
        if let timer { timers.cancel(timer) }
    }

    /// Waits until the delivery under way is over.
    func drain(until deadline: Deadline) -> Bool {
        lane.drain(until: deadline)
    }

    private func schedule() {
        // A pool that was stopped delivers nothing more; what waits is delivered after the next start.
        if !lane.submit({ self.run() }) { state.withLock { $0.isScheduled = false } }
    }

    /// One batch; then other subscriptions have their turn.
    private func run() {
        var hasMore = false
        var next: Int64?
        do {
            hasMore = try deliverBatch()
            if !hasMore { next = try store.nextRetryMilliseconds() }
            state.withLock { $0.failureCount = 0 }
        } catch {
            // The publisher's database does not work now: nothing is lost, and it is asked again later.
            let count = state.withLock { state in
                state.failureCount = min(state.failureCount + 1, 16)
                return state.failureCount
            }
            next = clock() + policy.delayMilliseconds(afterAttempt: count)
        }
        let goesOn = state.withLock { state in
            let goesOn = (hasMore || state.isWokenAgain) && !state.isStopped
            state.isWokenAgain = false
            state.isScheduled = goesOn
            return goesOn
        }
        if goesOn { schedule() } else { setTimer(next) }
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

    /// - Returns: whether there may be more to deliver at once.
    private func deliverBatch() throws(StoreError) -> Bool {
        let retries = try store.dueRetries(atMilliseconds: clock())
        if !retries.events.isEmpty {
            let (records, _) = attempt(retries)
            try store.save(records, through: nil)
            return true
        }
        let (sequence, savedSequence) = state.withLock { ($0.sequence, $0.savedSequence) }
        let batch = try store.newEvents(after: sequence)
        guard let scannedThrough = batch.scannedThrough, scannedThrough > sequence else { return false }
        let (records, isComplete) = attempt(batch)
        let reached = isComplete ? scannedThrough : records.last?.sequence ?? sequence
        let saves = !records.isEmpty || reached - savedSequence >= Self.unsavedCount
        if saves { try store.save(records, through: reached) }
        state.withLock { state in
            state.sequence = reached
            if saves { state.savedSequence = reached }
        }
        return true
    }

    /// Delivers in order. After a failure the later events of its key are held back, unless it was given up.
    private func attempt(_ batch: DeliveryStore.Batch) -> (records: [DeliveryStore.Record], isComplete: Bool) {
        var records: [DeliveryStore.Record] = []
        var heldKeys: Set<String> = []
        for item in batch.events {
            if state.withLock({ $0.isStopped }) { return (records, false) }
            let event = item.event
            let isRetry = batch.scannedThrough == nil
            if item.isHeld || heldKeys.contains(event.key) {
                // A retry that is held stays as it is written down.
                if isRetry { continue }
                let change = DeliveryStore.Record.Change.wait(attempt: 0, notBeforeMilliseconds: 0, reason: "")
                records.append(.init(sequence: event.sequence, key: event.key, change: change))
                continue
            }
            let change = change(after: deliver(event), of: event, isRetry: isRetry)
            if case .wait = change, !event.key.isEmpty { heldKeys.insert(event.key) }
            records.append(.init(sequence: event.sequence, key: event.key, change: change))
        }
        return (records, true)
    }

    private func change(
        after outcome: AttemptOutcome,
        of event: EventDelivery,
        isRetry: Bool
    ) -> DeliveryStore.Record.Change {
        switch outcome {
        case .done:
            return isRetry ? .remove : .nothing
        case .retry(let reason) where event.attempt < policy.maximumAttempts:
            let time = clock() + policy.delayMilliseconds(afterAttempt: event.attempt)
            return .wait(attempt: event.attempt, notBeforeMilliseconds: time, reason: reason)
        case .retry(let reason), .giveUp(let reason):
            return .giveUp(attempt: event.attempt, reason: reason)
        }
    }
}
