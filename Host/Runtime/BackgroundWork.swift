import GantryEvents
import GantryTelemetry
import GantryThreads

/// What the events and jobs of all tenants share: the threads, a bounded part of them for each tenant, and the figures
/// that the metrics tell. The figures of a module that rests are those of its last moment.
final class BackgroundWork: Sendable {
    private struct State {
        var shares: [String: PoolShare] = [:]
        /// By tenant and module.
        var jobs: [[String]: JobCounts] = [:]
        /// By tenant, publisher and subscriber.
        var deliveries: [[String]: DeliveryCounts] = [:]
    }

    /// So much of a tenant's work runs at a time: half of the threads.
    private static let tenantLimit = 4

    private let scheduler: PoolShareScheduler
    private let waitingJobs, runningJobs, failedJobs, waitingDeliveries, deadDeliveries: Gauge
    private let state = Lock(State())

    init(pool: ThreadPool, metrics: Metrics) {
        scheduler = PoolShareScheduler(pool: pool)
        waitingJobs = metrics.backgroundJobs(status: "pending")
        runningJobs = metrics.backgroundJobs(status: "running")
        failedJobs = metrics.backgroundJobs(status: "failed")
        waitingDeliveries = metrics.eventDeliveries(status: "retrying")
        deadDeliveries = metrics.eventDeliveries(status: "dead")
    }

    /// The tenant's part of the threads; the same object each time.
    func share(of tenant: String) -> PoolShare {
        state.withLock { state in
            if let share = state.shares[tenant] { return share }
            let share = PoolShare(group: scheduler.group(limit: Self.tenantLimit), limit: Self.tenantLimit)
            state.shares[tenant] = share
            return share
        }
    }

    func setJobs(_ counts: JobCounts, tenant: String, module: String) {
        let former = state.withLock { state in
            // Most modules have none, and need no place.
            let entry: JobCounts? = counts == JobCounts() ? nil : counts
            return state.jobs.replace([tenant, module], with: entry) ?? JobCounts()
        }
        waitingJobs.add(counts.waiting - former.waiting)
        runningJobs.add(counts.running - former.running)
        failedJobs.add(counts.failed - former.failed)
    }

    func setDeliveries(_ counts: DeliveryCounts, tenant: String, module: String, subscriber: String) {
        let former = state.withLock { state in
            let entry: DeliveryCounts? = counts == DeliveryCounts() ? nil : counts
            return state.deliveries.replace([tenant, module, subscriber], with: entry) ?? DeliveryCounts()
        }
        waitingDeliveries.add(counts.waiting - former.waiting)
        deadDeliveries.add(counts.dead - former.dead)
    }

    /// The module is no longer enabled for the tenant: what it has left undone counts no more.
    func forget(tenant: String, module: String) {
        setJobs(JobCounts(), tenant: tenant, module: module)
        let places = state.withLock { state in state.deliveries.keys.filter { Array($0[..<2]) == [tenant, module] } }
        for place in places {
            setDeliveries(DeliveryCounts(), tenant: tenant, module: module, subscriber: place[2])
        }
    }
}

extension Dictionary {
    /// Puts a value in the place of a key, or nothing, and gives what was there.
    fileprivate mutating func replace(_ key: Key, with value: Value?) -> Value? {
        defer { self[key] = value }
        return self[key]
    }
}
