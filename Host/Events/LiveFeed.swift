import GantryCore
public import GantryStore
public import GantryThreads

/// Hands over the events of one publisher's database as they are committed, for as long as somebody wants them.
///
/// Nothing is written down: what is committed while nobody wants it is never seen, and what is under way when the
/// process ends is lost. Who must not miss anything subscribes by `Dispatcher`.
public final class LiveFeed: Sendable {
    /// Takes events in their order, on a thread of the pool, one call at a time. It must be brief.
    public typealias Receiver = @Sendable ([EventDelivery]) -> Void

    private struct State {
        /// The last event that was handed over, or that had been published when somebody began to want them.
        var position: Int64?
        var observation: CommitObservation?
    }

    private static let batchSize: Int64 = 64

    private let publisher: String
    private let database: Database
    private let loop: WorkLoop
    private let receive: Receiver
    private let state = Lock(State())

    /// A feed that hands over nothing until `begin`.
    /// - Parameters:
    ///   - publisher: the module that publishes.
    ///   - database: has the tables of `HostTables.installEvents`.
    ///   - share: runs the reads and the receiver.
    public init(
        publisher: String, database: Database, share: PoolShare, timers: TimerQueue,
        clock: @escaping WallClock = systemWallClock, receive: @escaping Receiver
    ) {
        self.publisher = publisher
        self.database = database
        self.receive = receive
        loop = WorkLoop(share: share, timers: timers, clock: clock)
        loop.start { [weak self] () throws(StoreError) in try self?.turn() ?? .isDone(nextMilliseconds: nil) }
    }

    /// From when this returns every event that is committed is handed over. Does nothing when it is so already. Reads
    /// the database.
    public func begin() throws(StoreError) {
        if state.withLock({ $0.position != nil }) { return }
        // Watched before the position is read, so that nothing falls in between.
        let observation = database.observeCommits { [weak self] signals in
            if signals.contains(.events) { self?.loop.wake() }
        }
        let last: Int64
        do throws(StoreError) { last = try lastSequence() } catch {
            observation.cancel()
            throw error
        }
        let isFirst = state.withLock { state in
            guard state.position == nil else { return false }
            (state.position, state.observation) = (last, observation)
            return true
        }
        if isFirst { loop.wake() } else { observation.cancel() }
    }

    /// Nobody wants events any more; `begin` may follow.
    public func end() {
        let observation = state.withLock { state in
            state.position = nil
            return state.observation.take()
        }
        observation?.cancel()
    }

    /// Ends for good, and waits for a hand-over under way.
    public func stop(until deadline: Deadline) {
        end()
        loop.stop()
        _ = loop.drain(until: deadline)
    }

    private func turn() throws(StoreError) -> TurnState.Result {
        guard let from = state.withLock({ $0.position }) else { return .isDone(nextMilliseconds: nil) }
        let events = try events(after: from)
        guard let last = events.last?.sequence else { return .isDone(nextMilliseconds: nil) }
        let isWanted = state.withLock { state in
            guard state.position == from else { return false }
            state.position = last
            return true
        }
        if isWanted { receive(events) }
        return .hasMore
    }

    private func lastSequence() throws(StoreError) -> Int64 {
        try database.read(as: .host) { transaction throws(StoreError) in
            var last: Int64 = 0
            try transaction.execute("SELECT seq FROM sqlite_sequence WHERE name = 'gantry_outbox'") { row in
                last = row.integer(0)
                return false
            }
            return last
        }
    }

    private func events(after sequence: Int64) throws(StoreError) -> [EventDelivery] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var events: [EventDelivery] = []
            try transaction.execute(
                """
                SELECT sequence, id, type, key, data, time_ms, trace FROM gantry_outbox
                WHERE sequence > $1 ORDER BY sequence LIMIT $2
                """,
                [.integer(sequence), .integer(Self.batchSize)]
            ) { row in
                events.append(EventDelivery(row, publisher: publisher, attempt: 1))
                return true
            }
            return events
        }
    }
}
