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
    private let lane: SerialLane
    private let state = Lock(State())

    init(
        name: String,
        database: Database,
        pool: ThreadPool,
        clock: @escaping WallClock,
        retentionMilliseconds: Int64
    ) {
        self.name = name
        self.database = database
        self.clock = clock
        self.retentionMilliseconds = retentionMilliseconds
        lane = SerialLane(pool: pool)
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
        state.withLock { $0.isRunning = true }
        didPublish()
    }

    func stop() {
        let (subscriptions, observation) = state.withLock { state in
            state.isRunning = false
            return (Array(state.subscriptions.values), state.observation)
        }
        observation?.cancel()
        for subscription in subscriptions { subscription.stop() }
    }

    func drain(until deadline: Deadline) -> Bool {
        let subscriptions = state.withLock { Array($0.subscriptions.values) }
        return subscriptions.reduce(lane.drain(until: deadline)) { isDrained, subscription in
            subscription.drain(until: deadline) && isDrained
        }
    }

    /// Wakes the subscribers; from time to time it also removes events that everybody has got.
    func didPublish() {
        let now = clock()
        let (subscriptions, isTrimDue) = state.withLock { state -> ([Subscription], Bool) in
            guard state.isRunning else { return ([], false) }
            let isTrimDue = now - state.lastTrimMilliseconds >= Self.trimIntervalMilliseconds
            if isTrimDue { state.lastTrimMilliseconds = now }
            return (Array(state.subscriptions.values), isTrimDue)
        }
        for subscription in subscriptions { subscription.wake() }
        // When the pool was stopped or the database is busy, the next time does it.
        if isTrimDue { _ = lane.submit { self.trim(now: now) } }
    }

    private func trim(now: Int64) {
        database.submitWrite(as: .host) { [retentionMilliseconds] transaction throws(StoreError) in
            try transaction.execute(
                """
                DELETE FROM gantry_outbox WHERE sequence IN (
                    SELECT sequence FROM gantry_outbox
                    WHERE sequence <= coalesce((SELECT min(sequence) FROM gantry_subscriber), 9223372036854775807)
                        AND time_ms < $1
                        AND sequence NOT IN (SELECT sequence FROM gantry_delivery)
                    ORDER BY sequence LIMIT 10000)
                """,
                [.integer(now - retentionMilliseconds)]
            )
        } completion: { _ in
        }
    }
}
