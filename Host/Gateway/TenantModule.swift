import GantryCore
import GantryTelemetry
import GantryThreads
import Synchronization

/// A module of one tenant, as requests use it. Made at the first request for it.
final class TenantModule: Sendable {
    /// What the modules of all tenants share.
    struct Resources: Sendable {
        let registry: LimitRegistry
        let pool: ThreadPool
        let maximumConcurrentCalls: Int
        let maximumThreads: Int
        let metrics: Metrics
    }

    /// One limit class with what applies to this tenant.
    struct Limit: Sendable {
        let rate: RateLimit
        let state: LimitClassState
        let rejections: Counter
    }

    let id: String
    let source: any ModuleSource
    /// Limit classes sorted by name.
    let limits: [Limit]
    let bulkhead: Bulkhead
    /// Where it is counted what its requests cost.
    let costs: CallCosts
    /// Counts its open sockets; what they are limited by stands in its routes.
    let sockets: Bulkhead
    /// The threads that its calls may hold.
    let share: PoolShare
    /// Where calls of a module that must not be entered twice at once queue up.
    let lane: SerialLane?
    private let operations: [String]
    private let numbers = OnceReference<OperationNumbers>()

    init(_ shape: ModuleSet.Shape, tenant: String, source: any ModuleSource, resources: Resources) {
        id = shape.id
        self.source = source
        let registry = resources.registry
        limits = shape.limits.map { limit in
            Limit(
                rate: limit.rate, state: registry.limitClass(tenant: tenant, module: shape.id, name: limit.name),
                rejections: limit.rejections)
        }
        let capacity = shape.maximumConcurrentCalls ?? resources.maximumConcurrentCalls
        costs = resources.metrics.callCosts(module: shape.id, tenant: tenant)
        bulkhead = registry.bulkhead(tenant: tenant, module: shape.id, capacity: capacity)
        sockets = registry.bulkhead(tenant: tenant, module: shape.id + " sockets", capacity: .max)
        if shape.isIsolated {
            let pool = registry.isolatedPool(tenant: tenant, module: shape.id, threadCount: resources.maximumThreads)
            share = PoolShare(pool: pool, limit: resources.maximumThreads)
            lane = shape.isSerial ? SerialLane(pool: pool) : nil
        } else {
            share = registry.share(
                tenant: tenant, module: shape.id, pool: resources.pool, limit: resources.maximumThreads)
            lane = shape.isSerial ? SerialLane(pool: resources.pool) : nil
        }
        operations = shape.operations
    }

    /// The module's number of an operation, by the position of its route in the manifest; nil when the module does not
    /// know it. All instances of one build have the same numbers, so they are asked for once.
    func operationNumber(ofRoute index: Int, _ instance: any ModulePort) -> UInt32? {
        if let known = numbers.load() { return known.byRoute[index] }
        let found = OperationNumbers(operations.map { instance.operationNumber($0) })
        return numbers.storeIfNil(found).byRoute[index]
    }
}

/// Numbers of a module's operations by the position of their route in the manifest.
private final class OperationNumbers: Sendable {
    let byRoute: [UInt32?]

    init(_ byRoute: [UInt32?]) {
        self.byRoute = byRoute
    }
}

/// Keeps one module of one tenant from taking all there is: so many calls under way, and no more. Any thread.
final class Bulkhead: Sendable {
    private let capacity: Atomic<Int>
    private let count = Atomic<Int>(0)

    init(capacity: Int) {
        self.capacity = Atomic(capacity)
    }

    var callsUnderWay: Int { count.load(ordering: .relaxed) }

    /// A new limit; calls that are under way stay.
    func setCapacity(_ value: Int) { capacity.store(value, ordering: .relaxed) }

    /// False when the bulkhead is full; else `leave` must follow.
    func enter() -> Bool {
        if count.add(1, ordering: .relaxed).newValue <= capacity.load(ordering: .relaxed) { return true }
        count.subtract(1, ordering: .relaxed)
        return false
    }

    func leave() { count.subtract(1, ordering: .relaxed) }
}
