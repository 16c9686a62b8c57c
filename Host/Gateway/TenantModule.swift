import GantryCore
import GantryTelemetry
import GantryThreads
import Synchronization

/// A module of one tenant, as requests use it.
final class TenantModule: Sendable {
    /// One limit class with what applies to this tenant.
    struct Limit: Sendable {
        let rate: RateLimit
        let state: LimitClassState
        let rejections: Counter
    }

    let id: String
    let instance: (any ModulePort)?
    /// The module's numbers of its operations, by the position of the route in the manifest.
    let operationNumbers: [UInt32?]
    /// Limit classes sorted by name.
    let limits: [Limit]
    let bulkhead: Bulkhead
    /// Where calls of a module that must not be entered twice at once queue up.
    let lane: SerialLane?

    init(
        _ module: EnabledModule, tenant: String, registry: LimitRegistry, metrics: Metrics, pool: ThreadPool,
        maximumConcurrentCalls: Int
    ) {
        id = module.manifest.id
        instance = module.instance
        operationNumbers = module.manifest.routes.map { module.instance?.operationNumber($0.operation) }
        limits = module.manifest.limits.sorted { $0.key < $1.key }.map { name, limit in
            Limit(
                rate: module.limits[name] ?? limit.rate,
                state: registry.limitClass(tenant: tenant, module: module.manifest.id, name: name),
                rejections: metrics.rateLimitRejections(group: "\(module.manifest.id).\(name)"))
        }
        bulkhead = registry.bulkhead(tenant: tenant, module: module.manifest.id, capacity: maximumConcurrentCalls)
        lane = module.manifest.entry == .serial ? SerialLane(pool: pool) : nil
    }
}

/// Keeps one module of one tenant from taking all threads: so many calls under way, and no more. Any thread.
final class Bulkhead: Sendable {
    private let capacity: Int
    private let count = Atomic<Int>(0)

    init(capacity: Int) {
        self.capacity = capacity
    }

    var callsUnderWay: Int { count.load(ordering: .relaxed) }

    /// False when the bulkhead is full; else `leave` must follow.
    func enter() -> Bool {
        if count.add(1, ordering: .relaxed).newValue <= capacity { return true }
        count.subtract(1, ordering: .relaxed)
        return false
    }

    func leave() { count.subtract(1, ordering: .relaxed) }
}
