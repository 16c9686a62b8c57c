import GantryStore
import GantryThreads

/// A module's outbox, with those who subscribe to it.
final class Publisher: Sendable {
    private struct State {
        var subscriptions: [String: Subscription] = [:]
        var isRunning = false
        var lastTrimMilliseconds: Int64 = 0
        var observation: CommitObservation?
    }

    private static let trimIntervalMilliseconds: Int64 = 60_000

    let name: String
    let database: Database
    private let clock: WallClock
    private let retentionMilliseconds: Int64
    /// Removes events that everybody has got, a part a turn.
    private let trimmer: WorkLoop
    private let state = Lock(State())

    init(
        name: String, database: Database, clock: @escaping WallClock, retentionMilliseconds: Int64, trimmer: WorkLoop
    ) {
        self.name = name
        self.database = database
        self.clock = clock
        self.retentionMilliseconds = retentionMilliseconds
        self.trimmer = trimmer
    }

    /// - Returns: false when there is a subscription of this subscriber.
    func add(_ subscription: Subscription) -> Bool {
        state.withLock { state in
            guard state.subscriptions[subscription.store.subscriber] == nil else { return false }
            state.subscriptions[subscription.store.subscriber] = subscription
            return true
        }
    }

    func remove(_ subscriber: String) -> Subscription? {
        state.withLock { $0.subscriptions.removeValue(forKey: subscriber) }
    }

    /// Wakes the subscribers whenever an event is committed, until the publisher is stopped.
    func observe() {
        let observation = database.observeCommits { [weak self] signals in
            if signals.contains(.events) { self?.didPublish() }
        }
        state.withLock { $0.observation = observation }
    }

    func start() {
        let subscriptions = state.withLock { state in
            state.isRunning = true
            return Array(state.subscriptions.values)
        }
        for subscription in subscriptions { subscription.start() }
        let (database, clock, retention) = (database, clock, retentionMilliseconds)
        trimmer.start { () throws(StoreError) in
            let hasMore = try EventPurge.removePart(before: clock() - retention, in: database)
            return hasMore ? .hasMore : .isDone(nextMilliseconds: nil)
        }
    }

    func stop() {
        let (subscriptions, observation) = state.withLock { state in
            state.isRunning = false
            return (Array(state.subscriptions.values), state.observation)
        }
        observation?.cancel()
        trimmer.stop()
        for subscription in subscriptions { subscription.stop() }
    }

    func drain(until deadline: Deadline) -> Bool {
        let subscriptions = state.withLock { Array($0.subscriptions.values) }
        return subscriptions.reduce(trimmer.drain(until: deadline)) { isDrained, subscription in
            subscription.drain(until: deadline) && isDrained
        }
    }

    /// Wakes the subscribers; from time to time it also removes events that everybody has got.
    func didPublish() {
        let now = clock()
        let (subscriptions, isTrimDue) = state.withLock { state -> ([Subscription], Bool) in
            guard state.isRunning else { return ([], false) }
            // Also when the clock was set back.
            let isTrimDue = abs(now - state.lastTrimMilliseconds) >= Self.trimIntervalMilliseconds
            if isTrimDue { state.lastTrimMilliseconds = now }
            return (Array(state.subscriptions.values), isTrimDue)
        }
        for subscription in subscriptions { subscription.wake() }
        if isTrimDue { trimmer.wake() }
    }
}
