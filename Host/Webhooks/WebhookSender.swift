public import GantryCore
import GantryEvents
public import GantryOutbound
import GantryStore
public import GantryThreads

/// Delivers the events of one module of one tenant to its webhooks: at least once, each webhook for itself. A request
/// under way holds no thread; a receiver that is slow holds up its own webhook alone.
public final class WebhookSender: Sendable {
    /// What is told of a delivery, for metrics and the log.
    public enum Report: Sendable {
        /// So many deliveries wait.
        case pending(Int64)
        /// Deliveries are held back from now on, or sent again.
        case held(Bool)
        /// An attempt ended; `outcome` is `succeeded`, `retried` or `failed`.
        case attempt(outcome: String, delivery: AttemptNote)
        /// A webhook was switched off.
        case disabled(webhook: String, reason: String)
        /// A webhook's secret cannot be read: it was kept under another key.
        case unreadable(webhook: String)
    }

    /// What is said of an attempt.
    public struct AttemptNote: Sendable {
        /// The webhook.
        public var webhook: String
        /// The event.
        public var event: String
        /// Which attempt it was.
        public var attempt: Int64
        /// The receiver's status; nil when there was none.
        public var status: Int?
        /// What was wrong; empty for nothing. It names the receiver's host, not the rest of its URL.
        public var reason: String
    }

    /// What a sender needs of the host.
    public struct Surroundings: Sendable {
        /// The way out; nobody else uses it.
        public var scope: OutboundScope
        /// Runs what waits for the disk.
        public var share: PoolShare
        /// Wakes it.
        public var timers: TimerQueue
        /// Bounds the deliveries of the whole host.
        public var lanes: WebhookLanes
        /// Waits and times.
        public var settings: Deployment.Webhooks
        /// Told what happens, on a thread of the pool.
        public var report: @Sendable (Report) -> Void

        /// All of it.
        public init(
            scope: OutboundScope, share: PoolShare, timers: TimerQueue, lanes: WebhookLanes,
            settings: Deployment.Webhooks, report: @escaping @Sendable (Report) -> Void
        ) {
            self.scope = scope
            self.share = share
            self.timers = timers
            self.lanes = lanes
            self.settings = settings
            self.report = report
        }
    }

    private struct State {
        /// Sequences under way, by webhook.
        var underWay: [UniqueIdentifier: Set<Int64>] = [:]
        var isStopped = false
        /// Nothing is sent for now; what waits stays as it is.
        var isHeld = false
        var drainers: [Latch] = []
        var observation: CommitObservation?
        var lastCountMilliseconds: Int64?
        var lastPurgeMilliseconds: Int64 = 0

        var isIdle: Bool { underWay.isEmpty }
    }

    /// Deliveries under way to one webhook.
    private static let webhookLimit = 4
    private static let retentionMilliseconds: Int64 = 30 * 86_400_000
    private static let purgeIntervalMilliseconds: Int64 = 3_600_000
    private static let countIntervalMilliseconds: Int64 = 1000
    /// What a stop leaves to deliveries under way before it cuts them off; they are then made again.
    private static let patience = Duration.seconds(2)

    private let book: WebhookBook
    private let tenant: String
    private let around: Surroundings
    private let schedule: WebhookSchedule
    private let loop: WorkLoop
    private let state = Lock(State())

    /// A sender that sends nothing before it is started.
    public init(book: WebhookBook, tenant: String, surroundings: Surroundings) {
        self.book = book
        self.tenant = tenant
        around = surroundings
        schedule = WebhookSchedule(surroundings.settings)
        loop = WorkLoop(share: surroundings.share, timers: surroundings.timers, clock: book.clock)
    }

    /// Begins to deliver, first what waits from before.
    public func start() {
        let observation = book.database.observeCommits { [weak self] signals in
            if signals.contains(.deliveries) { self?.loop.wake() }
        }
        state.withLock { $0.observation = observation }
        loop.start { [weak self] () throws(StoreError) in try self?.turn() ?? .isDone(nextMilliseconds: nil) }
    }

    /// Sends nothing more, or goes on: what waits meanwhile is kept and counts no attempt. Any thread; does not wait.
    public func hold(_ isHeld: Bool) {
        let hasChanged = state.withLock { state in
            defer { state.isHeld = isHeld }
            return state.isHeld != isHeld
        }
        guard hasChanged else { return }
        around.report(.held(isHeld))
        if !isHeld { loop.wake() }
    }

    /// Begins no further delivery, waits a little for those under way and cuts off the others, which are made again
    /// after the next start.
    public func stop(until deadline: Deadline) {
        let latch = Latch()
        let (observation, isIdle) = state.withLock { state in
            state.isStopped = true
            if !state.isIdle { state.drainers.append(latch) }
            return (state.observation.take(), state.isIdle)
        }
        observation?.cancel()
        loop.stop()
        around.lanes.forget(self)
        if !isIdle { latch.wait(until: min(deadline, .after(Self.patience))) }
        around.scope.close()
        if !isIdle { latch.wait(until: deadline) }
        _ = loop.drain(until: deadline)
    }

    // MARK: Turns

    private func turn() throws(StoreError) -> TurnState.Result {
        let now = book.clock()
        let hasMore = try purge(atMilliseconds: now)
        let underWay = state.withLock { $0.underWay }
        if state.withLock({ $0.isHeld }) {
            around.lanes.decline(self)
            try count(atMilliseconds: now)
            return hasMore ? .hasMore : .isDone(nextMilliseconds: nil)
        }
        let (found, next) = try book.database.read(as: .host) { transaction throws(StoreError) in
            var found: [(target: WebhookDeliveryTable.Target, due: [WebhookDeliveryTable.Due])] = []
            for target in try WebhookDeliveryTable.targets(atMilliseconds: now, in: transaction) {
                let taken = underWay[target.webhook] ?? []
                guard taken.count < Self.webhookLimit else { continue }
                let due = try WebhookDeliveryTable.due(
                    of: target.webhook, except: taken, limit: Self.webhookLimit - taken.count, atMilliseconds: now,
                    in: transaction)
                found.append((target, due))
            }
            return (found, try WebhookDeliveryTable.next(afterMilliseconds: now, in: transaction))
        }
        try count(atMilliseconds: now)
        // One of each webhook at a time, so that none takes all places.
        for position in 0..<Self.webhookLimit {
            for (target, due) in found where position < due.count {
                guard around.lanes.take(for: self, orWake: { [weak self] in self?.loop.wake() }) else {
                    return .isDone(nextMilliseconds: next)
                }
                begin(due[position], target, atMilliseconds: now)
            }
        }
        around.lanes.decline(self)
        // What is due beyond the limit of its webhook is looked at when one of those under way ends.
        return hasMore ? .hasMore : .isDone(nextMilliseconds: next)
    }

    private func begin(
        _ due: WebhookDeliveryTable.Due, _ target: WebhookDeliveryTable.Target, atMilliseconds now: Int64
    ) {
        let isTaken = state.withLock { state in
            guard !state.isStopped, !state.isHeld else { return false }
            return state.underWay[due.webhook, default: []].insert(due.sequence).inserted
        }
        guard isTaken else { return around.lanes.give() }
        guard let event = due.event else { return finish(due, .init(reason: "The event is gone."), failedSaves: 0) }
        let secrets = secrets(target, atMilliseconds: now)
        guard !secrets.isEmpty else {
            around.report(.unreadable(webhook: due.webhook.description))
            return finish(due, .init(reason: "The secret cannot be read."), failedSaves: 0)
        }
        WebhookAttempt.send(
            event, tenant: tenant, to: target.url, secrets: secrets, nowMilliseconds: now,
            timeoutMilliseconds: around.settings.timeoutMilliseconds, scope: around.scope
        ) { [self] answer in
            // Nil: cut off by a stop.
            guard let answer, around.share.submit({ self.finish(due, answer, failedSaves: 0) }) else {
                return release(due)
            }
        }
    }

    /// The secrets that are good now, the newest first; empty when they cannot be read.
    private func secrets(_ target: WebhookDeliveryTable.Target, atMilliseconds now: Int64) -> [[UInt8]] {
        guard let current = book.sealer.open(target.secrets.sealed, of: target.webhook) else { return [] }
        guard let former = target.secrets.former, target.secrets.formerUntilMilliseconds > now,
            let secret = book.sealer.open(former, of: target.webhook)
        else { return [current] }
        return [current, secret]
    }

    // MARK: Ends

    /// Writes down how an attempt ended. When the database does not work that is tried again until it does; meanwhile
    /// the event is not sent anew.
    private func finish(_ due: WebhookDeliveryTable.Due, _ answer: WebhookSchedule.Answer, failedSaves: UInt32) {
        let now = book.clock()
        let verdict =
            due.event == nil
            ? .failed
            : schedule.verdict(on: answer, attempt: due.attempt + 1, isTrial: due.isTrial, nowMilliseconds: now)
        do throws(StoreError) {
            let reason = try book.record(verdict, on: answer, of: due, atMilliseconds: now)
            report(due, verdict, answer, disabledBecause: reason)
            release(due)
        } catch {
            let count = min(failedSaves + 1, 16)
            if error.code == .cancelled || loop.isStopped { return release(due) }
            let time = book.clock() + RetryPolicy().delayMilliseconds(afterAttempt: count)
            _ = around.timers.schedule(atMilliseconds: time) { [self] in
                if !around.share.submit({ self.finish(due, answer, failedSaves: count) }) { release(due) }
            }
        }
    }

    private func report(
        _ due: WebhookDeliveryTable.Due, _ verdict: WebhookSchedule.Verdict, _ answer: WebhookSchedule.Answer,
        disabledBecause reason: String?
    ) {
        let outcome =
            switch verdict {
            case .succeeded: "succeeded"
            case .again: "retried"
            case .failed, .gone: "failed"
            }
        let note = AttemptNote(
            webhook: due.webhook.description, event: due.event?.id.description ?? "", attempt: due.attempt + 1,
            status: answer.status, reason: answer.reason)
        around.report(.attempt(outcome: outcome, delivery: note))
        if let reason { around.report(.disabled(webhook: due.webhook.description, reason: reason)) }
    }

    private func release(_ due: WebhookDeliveryTable.Due) {
        let drainers = state.withLock { state in
            state.underWay[due.webhook]?.remove(due.sequence)
            if state.underWay[due.webhook]?.isEmpty == true { state.underWay[due.webhook] = nil }
            guard state.isIdle else { return [] as [Latch] }
            defer { state.drainers = [] }
            return state.drainers
        }
        around.lanes.give()
        loop.wake()
        for drainer in drainers { drainer.open() }
    }

    // MARK: Housekeeping

    /// - Returns: whether there may be more to remove.
    private func purge(atMilliseconds now: Int64) throws(StoreError) -> Bool {
        let isDue = state.withLock { abs(now - $0.lastPurgeMilliseconds) >= Self.purgeIntervalMilliseconds }
        guard isDue else { return false }
        let before = now - Self.retentionMilliseconds
        // Looked at first, since a write costs a sync also when there is nothing to remove.
        let isNeeded = try book.database.read(as: .host) { transaction throws(StoreError) in
            try WebhookDeliveryTable.hasOver(before: before, in: transaction)
        }
        let hasMore =
            isNeeded
            ? try book.database.write(as: .host) { transaction throws(StoreError) in
                try WebhookDeliveryTable.purge(before: before, in: transaction)
            } : false
        if !hasMore { state.withLock { $0.lastPurgeMilliseconds = now } }
        return hasMore
    }

    private func count(atMilliseconds now: Int64) throws(StoreError) {
        let isDue = state.withLock { state in
            let isDue =
                state.isIdle
                || state.lastCountMilliseconds.map { abs(now - $0) >= Self.countIntervalMilliseconds } ?? true
            if isDue { state.lastCountMilliseconds = now }
            return isDue
        }
        guard isDue else { return }
        let count = try book.database.read(as: .host) { transaction throws(StoreError) in
            try WebhookDeliveryTable.pendingCount(in: transaction)
        }
        around.report(.pending(count))
    }
}
