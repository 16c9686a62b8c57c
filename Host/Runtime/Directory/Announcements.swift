import GantryCore
import GantryLoader
import GantryTelemetry
import GantryThreads

/// Tells modules of what has changed in the directory of their tenant: as events of the publisher `platform`, to those
/// that subscribe to them; of what changes in the directory only to those that have the capability `directory`. What is
/// to be told stands in `host.db` from the change itself until every subscriber has taken it, so that it is told at
/// least once, each tenant's in order. Any thread.
final class Announcements: Sendable {
    private struct Turn {
        /// Whether something has come since the turn began.
        var isWanted = false
        /// Who has taken the announcement that is the oldest.
        var taken: Set<String> = []
        var failures = 0
    }

    private struct State {
        /// Tenants whose modules are being told something, or wait to be told again.
        var turns: [String: Turn] = [:]
        var isStopped = false
    }

    private static let deliveryTime = Duration.seconds(30)
    private static let firstWaitMilliseconds: Int64 = 500
    private static let longestWaitMilliseconds: Int64 = 60_000

    private let directory: HostDirectory
    private let background: BackgroundWork
    private let timers: TimerQueue
    private let log: Log
    private let tenant: @Sendable (String) -> HostedTenant?
    private let state = Lock(State())

    /// - Parameter tenant: Finds a tenant with its modules.
    init(
        directory: HostDirectory, background: BackgroundWork, timers: TimerQueue, log: Log,
        tenant: @escaping @Sendable (String) -> HostedTenant?
    ) {
        self.directory = directory
        self.background = background
        self.timers = timers
        self.log = log
        self.tenant = tenant
    }

    /// Goes on where the process before this one ended.
    func start() throws {
        for tenant in try directory.tenantsWithAnnouncements() { wake(tenant) }
    }

    /// Something may be there to tell.
    func wake(_ name: String) {
        let begins = state.withLock { state in
            if state.isStopped { return false }
            defer { state.turns[name, default: Turn()].isWanted = true }
            return state.turns[name] == nil
        }
        if begins { submit(name) }
    }

    /// Begins nothing more. What was not told is told after the next start.
    func stop() { state.withLock { $0.isStopped = true } }

    private func submit(_ name: String) {
        if !background.share(of: name).submit({ self.run(name) }) { state.withLock { $0.turns[name] = nil } }
    }

    /// Tells what there is, the oldest first, and comes back later where somebody has not taken it.
    private func run(_ name: String) {
        while state.withLock({ $0.isStopped }) == false {
            state.withLock { $0.turns[name]?.isWanted = false }
            do {
                while let announcement = try directory.nextAnnouncement(tenant: name) {
                    guard tell(announcement) else { return waitLonger(name) }
                    try directory.removeAnnouncement(id: announcement.id)
                    state.withLock { $0.turns[name] = Turn() }
                }
            } catch {
                log.write(.error, "What has changed cannot be told: \(error)", scope: LogScope(tenant: name))
                return waitLonger(name)
            }
            let isDone = state.withLock { state in
                guard state.turns[name]?.isWanted != true else { return false }
                state.turns[name] = nil
                return true
            }
            if isDone { return }
        }
    }

    private func waitLonger(_ name: String) {
        let failures = state.withLock { state in
            state.turns[name]?.failures += 1
            return state.turns[name]?.failures ?? 1
        }
        let wait = min(Self.longestWaitMilliseconds, Self.firstWaitMilliseconds << Int64(min(failures, 10)))
        _ = timers.schedule(atMilliseconds: systemWallClock() + wait) { [weak self] in self?.submit(name) }
    }

    /// Whether every subscriber has taken it.
    private func tell(_ announcement: Announcement) -> Bool {
        guard let tenant = tenant(announcement.tenant) else { return false }
        let (taken, failures) = state.withLock { state in
            (state.turns[tenant.id]?.taken ?? [], state.turns[tenant.id]?.failures ?? 0)
        }
        var isTaken = true
        for (module, handler) in Self.subscribers(to: announcement.type, in: tenant) where !taken.contains(module) {
            guard let slot = tenant.slot(module) else { continue }
            if deliver(announcement, to: slot, handler, attempt: UInt32(failures + 1)) {
                state.withLock { _ = $0.turns[tenant.id]?.taken.insert(module) }
            } else {
                isTaken = false
            }
        }
        return isTaken
    }

    private static func subscribers(
        to type: String, in tenant: HostedTenant
    ) -> [(module: String, handler: String)] {
        tenant.profile.modules.compactMap { module in
            guard let manifest = module.definition?.manifest,
                manifest.capabilities.contains(.directory) || !type.hasPrefix("directory.")
            else { return nil }
            let subscription = manifest.subscriptions.first {
                $0.event == type && $0.publisher ?? RequestEvents.publisher == RequestEvents.publisher
            }
            return subscription.map { (module.id, $0.handler) }
        }
    }

    private func deliver(
        _ announcement: Announcement, to slot: InstanceSlot, _ handler: String, attempt: UInt32
    ) -> Bool {
        let event = DeliveredEvent(
            handler: handler, attempt: attempt, id: announcement.id, source: RequestEvents.publisher,
            type: announcement.type, key: announcement.key, timeMilliseconds: announcement.timeMilliseconds,
            data: announcement.data)
        let deadline = Deadline.after(Self.deliveryTime)
        let outcome = slot.withInstance(until: deadline) { instance in
            instance.deliver(event, deadlineNanoseconds: deadline.monotonicNanoseconds, trace: TraceContext())
        }
        if outcome?.status == .ok { return true }
        log.write(
            .warning, "The module has not taken what it was told, and is told again later.", scope: slot.scope,
            fields: [LogField("event", announcement.type), LogField("reason", outcome?.message ?? "it does not run")])
        return false
    }
}
