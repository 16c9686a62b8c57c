import GantryCore
import GantryStore
import GantryThreads

/// Delivers one publisher's events to one subscriber, one after the other.
final class Subscription: Sendable {
    private struct State {
        /// Up to here everything is delivered or written down as waiting.
        var sequence: Int64
        /// Up to here that is written down.
        var savedSequence: Int64
        /// Up to here, but at most so many, events are written down before they are delivered. When a delivery has
        /// ended the process, the next start meets its event there; so its attempts come to an end as well.
        let carefulThrough: Int64
        var carefulCount = DeliveryStore.batchSize
        var hasCounted = false
    }

    /// What became of the events of a turn.
    private struct Progress {
        /// What is not written down yet.
        var records: [DeliveryStore.Record] = []
        /// Up to here the turn has come; nil when it had no event.
        var sequence: Int64?
        /// False when the turn was over before all were delivered.
        var isComplete = true
        /// Whether the table of deliveries was or will be changed.
        var hasChanges = false
    }

    /// Events of other types that are skipped before that is written down.
    private static let unsavedCount: Int64 = 1024
    /// A turn that has taken so long leaves its thread to others.
    private static let turnTime = Duration.seconds(1)

    /// A subscriber that was not there is asked again after this time.
    private static let absenceMilliseconds: Int64 = 15_000

    let store: DeliveryStore
    private let deliver: Dispatcher.Subscriber
    private let policies: [String: RetryPolicy]
    private let clock: WallClock
    private let report: @Sendable (DeliveryCounts) -> Void
    private let loop: WorkLoop
    private let state: Lock<State>

    init(
        store: DeliveryStore,
        policies: [String: RetryPolicy],
        clock: @escaping WallClock,
        loop: WorkLoop,
        report: @escaping @Sendable (DeliveryCounts) -> Void,
        deliver: @escaping Dispatcher.Subscriber
    ) throws(StoreError) {
        self.store = store
        self.policies = policies
        self.clock = clock
        self.loop = loop
        self.report = report
        self.deliver = deliver
        let (sequence, last) = try store.register()
        state = Lock(State(sequence: sequence, savedSequence: sequence, carefulThrough: last))
    }

    /// Begins to deliver.
    func start() {
        loop.start { [weak self] () throws(StoreError) in try self?.turn() ?? .isDone(nextMilliseconds: nil) }
    }

    /// Looks for events to deliver.
    func wake() { loop.wake() }

    /// Starts no further delivery.
    func stop() { loop.stop() }

    /// Waits until the delivery under way is over.
    func drain(until deadline: Deadline) -> Bool { loop.drain(until: deadline) }

    /// One batch; then others have their turn.
    private func turn() throws(StoreError) -> TurnState.Result {
        if try deliverRetries() { return .hasMore }
        if try deliverNew() { return .hasMore }
        if !state.withLock({ $0.hasCounted }) { try count() }
        return .isDone(nextMilliseconds: try store.nextRetryMilliseconds())
    }

    /// - Returns: whether there may be more to deliver at once.
    private func deliverRetries() throws(StoreError) -> Bool {
        let batch = try store.dueRetries(atMilliseconds: clock())
        if batch.events.isEmpty { return false }
        let progress = try attempt(batch.events, areRetries: true)
        try store.save(progress.records, through: nil)
        try count()
        return true
    }

    /// - Returns: whether there may be more to deliver at once.
    private func deliverNew() throws(StoreError) -> Bool {
        let (sequence, savedSequence) = state.withLock { ($0.sequence, $0.savedSequence) }
        let batch = try store.newEvents(after: sequence)
        guard let scannedThrough = batch.scannedThrough, scannedThrough > sequence else { return false }
        let progress = try attempt(batch.events, areRetries: false)
        let reached = progress.isComplete ? scannedThrough : progress.sequence ?? sequence
        let saves = !progress.records.isEmpty || reached - savedSequence >= Self.unsavedCount
        if saves { try store.save(progress.records, through: reached) }
        state.withLock { state in
            state.sequence = reached
            if saves { state.savedSequence = reached }
        }
        if progress.hasChanges { try count() }
        return true
    }

    /// Delivers in order. After a failure the later events of its key are held back, unless it was given up.
    private func attempt(_ items: [DeliveryStore.Item], areRetries: Bool) throws(StoreError) -> Progress {
        var progress = Progress()
        var heldKeys: Set<String> = []
        let end = Deadline.after(Self.turnTime)
        for item in items {
            if loop.isStopped || progress.sequence != nil && end.hasPassed {
                progress.isComplete = false
                return progress
            }
            let event = item.event
            progress.sequence = event.sequence
            if item.isHeld || heldKeys.contains(event.key) {
                // A retry that is held stays as it is written down.
                if areRetries { continue }
                note(.wait(attempt: 0, notBeforeMilliseconds: 0, reason: ""), of: item, in: &progress)
                continue
            }
            var attempted = item
            let change = try attempt(&attempted, isRetry: areRetries, &progress)
            if case .wait = change, !event.key.isEmpty { heldKeys.insert(event.key) }
            note(change, of: attempted, in: &progress)
        }
        return progress
    }

    private func note(_ change: DeliveryStore.Record.Change, of item: DeliveryStore.Item, in progress: inout Progress) {
        let event = item.event
        progress.records.append(.init(sequence: event.sequence, key: event.key, change: change, mark: item.mark))
        if case .nothing = change { return }
        progress.hasChanges = true
    }

    private func attempt(
        _ item: inout DeliveryStore.Item, isRetry: Bool, _ progress: inout Progress
    ) throws(StoreError) -> DeliveryStore.Record.Change {
        let event = item.event
        let policy = policies[event.type] ?? RetryPolicy()
        // The last attempt ended the process.
        if event.attempt > policy.maximumAttempts {
            return .giveUp(attempt: event.attempt - 1, reason: DeliveryStore.cutOff)
        }
        let isCounted = event.attempt > 1 || isCareful(event)
        if isCounted {
            // With what came before, so that the event cannot be met as a new one again.
            let change = DeliveryStore.Record.Change.wait(
                attempt: event.attempt, notBeforeMilliseconds: 0, reason: DeliveryStore.cutOff)
            note(change, of: item, in: &progress)
            item.mark = 0
            try store.save(progress.records, through: isRetry ? nil : event.sequence)
            progress.records = []
        }
        let outcome = deliver(event)
        CrashPoint.afterDelivery.pass()
        return change(after: outcome, of: event, policy, isWritten: isRetry || isCounted)
    }

    private func isCareful(_ event: EventDelivery) -> Bool {
        state.withLock { state in
            guard event.sequence <= state.carefulThrough, state.carefulCount > 0 else { return false }
            state.carefulCount -= 1
            return true
        }
    }

    private func change(
        after outcome: AttemptOutcome,
        of event: EventDelivery,
        _ policy: RetryPolicy,
        isWritten: Bool
    ) -> DeliveryStore.Record.Change {
        switch outcome {
        case .done:
            return isWritten ? .remove : .nothing
        case .unavailable(let reason):
            // As if there had been no attempt, but for the first one: what waits has been tried.
            return .wait(
                attempt: max(1, event.attempt - 1), notBeforeMilliseconds: clock() + Self.absenceMilliseconds,
                reason: reason)
        case .retry(let reason) where event.attempt < policy.maximumAttempts:
            let time = clock() + policy.delayMilliseconds(afterAttempt: event.attempt)
            return .wait(attempt: event.attempt, notBeforeMilliseconds: time, reason: reason)
        case .retry(let reason), .giveUp(let reason):
            return .giveUp(attempt: event.attempt, reason: reason)
        }
    }

    private func count() throws(StoreError) {
        report(try store.counts())
        state.withLock { $0.hasCounted = true }
    }
}
