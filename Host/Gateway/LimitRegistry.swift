import GantryCore
import GantryTelemetry
import GantryThreads

/// One rate-limit class of one module for one tenant, or one of the platform's groups. Outlives changes of the
/// gateway's state, so that a new route table forgives nobody. Any thread.
final class LimitClassState: Sendable {
    let kind: LimitKind
    /// Where all callers share one allowance.
    let shared = LimitCell()
    private let table: LimitTable

    init(_ kind: LimitKind, table: LimitTable) {
        self.kind = kind
        self.table = table
    }

    func cell(_ subject: String, _ rate: RateLimit, nowNanoseconds: Int64) -> LimitCell {
        table.cell(self, subject, rate, nowNanoseconds: nowNanoseconds)
    }
}

/// What the platform allows one tenant. Made at the first request that is counted.
final class TenantLimits: Sendable {
    /// By the position of a group in `LimitGroup.allCases`.
    let groups: [TenantModule.Limit]
    /// What all callers have together.
    let overall: TenantModule.Limit?

    init(_ rates: PlatformRates, tenant: String, registry: LimitRegistry, metrics: Metrics) {
        groups = LimitGroup.allCases.map { group in
            TenantModule.Limit(
                rate: rates[group],
                state: registry.limitClass(tenant: tenant, module: "", name: group.rawValue, kind: .windowed),
                rejections: metrics.rateLimitRejections(group: group.rawValue))
        }
        overall = rates.overall.map { rate in
            TenantModule.Limit(
                rate: rate, state: registry.limitClass(tenant: tenant, module: "", name: "tenant"),
                rejections: metrics.rateLimitRejections(group: "tenant"))
        }
    }
}

/// What outlives changes of the gateway's state: limit classes, bulkheads and shares, by tenant and module.
final class LimitRegistry: Sendable {
    private struct Shares {
        var scheduler: PoolShareScheduler?
        var byTenant: [String: PoolShareGroup] = [:]
        var byModule: [String: PoolShare] = [:]
    }

    let table = LimitTable()
    private let classes = Lock<[String: LimitClassState]>([:])
    private let bulkheads = Lock<[String: Bulkhead]>([:])
    private let shares = Lock(Shares())
    private let isolatedPools = Lock<[String: ThreadPool]>([:])

    /// The bulkhead of a tenant's module, which also counts calls that began under an earlier route table.
    func bulkhead(tenant: String, module: String, capacity: Int) -> Bulkhead {
        let key = "\(tenant)/\(module)"
        return bulkheads.withLock { bulkheads in
            if let known = bulkheads[key] {
                known.setCapacity(capacity)
                return known
            }
            let bulkhead = Bulkhead(capacity: capacity)
            bulkheads[key] = bulkhead
            return bulkhead
        }
    }

    /// The threads that a tenant's module may hold, also counting those of calls that began under an earlier table. The
    /// tenant's modules together leave a quarter of the pool to others.
    func share(tenant: String, module: String, pool: ThreadPool, limit: Int) -> PoolShare {
        shares.withLock { shares in
            let key = "\(tenant)/\(module)"
            if let known = shares.byModule[key] { return known }
            let scheduler = shares.scheduler ?? PoolShareScheduler(pool: pool)
            shares.scheduler = scheduler
            let group = shares.byTenant[tenant] ?? scheduler.group(limit: max(1, pool.threadCount * 3 / 4))
            shares.byTenant[tenant] = group
            let share = PoolShare(group: group, limit: limit)
            shares.byModule[key] = share
            return share
        }
    }

    /// Threads for a module that runs in another process: whoever waits for that takes no thread from anybody else.
    func isolatedPool(tenant: String, module: String, threadCount: Int) -> ThreadPool {
        isolatedPools.withLock { pools in
            let key = "\(tenant)/\(module)"
            if let known = pools[key] { return known }
            let pool = ThreadPool(name: module, threadCount: threadCount, growsOnDemand: true)
            pools[key] = pool
            return pool
        }
    }

    func limitClass(tenant: String, module: String, name: String, kind: LimitKind = .steady) -> LimitClassState {
        // None of the parts can hold a slash, save the last.
        let key = "\(tenant)/\(module)/\(name)"
        return classes.withLock { classes in
            if let known = classes[key] { return known }
            let limitClass = LimitClassState(kind, table: table)
            classes[key] = limitClass
            return limitClass
        }
    }
}
