public import GantryCore
public import GantryStore
public import GantryThreads

/// Delivers the committed events of one tenant's modules to their subscribers: at least once, and in order for each
/// key and subscriber.
///
/// What is delivered is written down in the publisher's database, so that a start goes on where the last one ended.
/// A subscriber that fails gets the event again with growing waits; meanwhile later events of the same key wait, those
/// of other keys do not. After the last attempt the event is a dead letter, and the key goes on.
public final class Dispatcher: Sendable {
    /// Takes one event, on a thread of the pool, one at a time. It may block.
    public typealias Subscriber = @Sendable (EventDelivery) -> AttemptOutcome

    private struct State {
        var publishers: [String: Publisher] = [:]
        var isStarted = false
        var isStopped = false
    }

    private let share: PoolShare
    private let timers: TimerQueue
    private let clock: WallClock
    private let state = Lock(State())

    /// A dispatcher that delivers nothing until it is started.
    /// - Parameters:
    ///   - share: runs the subscribers; it bounds how many of them run at the same time.
    ///   - timers: wakes retries; it shares the clock.
    ///   - clock: the time.
    public init(share: PoolShare, timers: TimerQueue, clock: @escaping WallClock = systemWallClock) {
        self.share = share
        self.timers = timers
        self.clock = clock
    }

    /// Makes a module known that publishes, together with its tables in its database.
    /// - Parameter retentionMilliseconds: how long delivered events stay in the outbox, to be looked at and replayed.
    public func addPublisher(
        _ name: String,
        database: Database,
        retentionMilliseconds: Int64 = Manifest.defaultRetentionMilliseconds
    ) throws(StoreError) {
        try HostTables.installEvents(in: database)
        let publisher = Publisher(
            name: name, database: database, clock: clock, retentionMilliseconds: retentionMilliseconds,
            trimmer: WorkLoop(share: share, timers: timers, clock: clock))
        let isNew = state.withLock { state in
            guard state.publishers[name] == nil else { return false }
            state.publishers[name] = publisher
            return true
        }
        guard isNew else { throw StoreError(.misuse, "\(name) is a publisher already") }
        publisher.observe()
    }

    /// Subscribes to a publisher's events. A new subscriber gets the events from now on; one that is known, also from
    /// earlier runs, goes on where it was.
    /// - Parameters:
    ///   - types: the types of events, each with when its deliveries are tried again; all of them are kept in one
    ///     order for each key.
    ///   - publisher: a module made known before.
    ///   - subscriber: names the subscriber durably, once for each publisher.
    ///   - report: told how many deliveries wait and are dead whenever that may have changed, on a thread of the pool.
    ///   - deliver: takes the events.
    public func subscribe(
        toTypes types: [String: RetryPolicy],
        of publisher: String,
        as subscriber: String,
        report: @escaping @Sendable (DeliveryCounts) -> Void = { _ in },
        deliver: @escaping Subscriber
    ) throws(StoreError) {
        guard let publisher = state.withLock({ $0.publishers[publisher] }) else {
            throw StoreError(.misuse, "\(publisher) is no publisher")
        }
        let store = DeliveryStore(
            database: publisher.database,
            publisher: publisher.name,
            subscriber: subscriber,
            types: Set(types.keys)
        )
        let subscription = try Subscription(
            store: store,
            policies: types,
            clock: clock,
            loop: WorkLoop(share: share, timers: timers, clock: clock),
            report: report,
            deliver: deliver
        )
        guard publisher.add(subscription) else {
            throw StoreError(.misuse, "\(subscriber) is subscribed to \(publisher.name) already")
        }
        if state.withLock({ $0.isStarted && !$0.isStopped }) { subscription.start() }
    }

    /// Ends a subscription and waits for its delivery under way. The subscriber stays known: when it subscribes again
    /// it gets what was published meanwhile.
    /// - Returns: false when the deadline passed first.
    @discardableResult
    public func unsubscribe(_ subscriber: String, from publisher: String, until deadline: Deadline = .never) -> Bool {
        let publisher = state.withLock { $0.publishers[publisher] }
        guard let subscription = publisher?.remove(subscriber) else { return true }
        subscription.stop()
        return subscription.drain(until: deadline)
    }

    /// Begins to deliver, first what waits from before.
    public func start() {
        let publishers = state.withLock { state in
            state.isStarted = true
            return Array(state.publishers.values)
        }
        for publisher in publishers { publisher.start() }
    }

    /// Starts no further delivery and waits for those under way.
    /// - Returns: false when the deadline passed first; what is still being delivered is then delivered again after
    ///   the next start.
    @discardableResult
    public func stop(until deadline: Deadline = .never) -> Bool {
        let publishers = state.withLock { state in
            state.isStopped = true
            return Array(state.publishers.values)
        }
        for publisher in publishers { publisher.stop() }
        return publishers.reduce(true) { isDrained, publisher in publisher.drain(until: deadline) && isDrained }
    }
}
