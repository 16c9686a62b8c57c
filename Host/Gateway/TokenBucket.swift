import GantryCore
import GantryThreads
import Synchronization

/// What a rate limit says of one request.
struct Allowance: Equatable {
    var isGranted: Bool
    /// Requests of a whole allowance.
    var limit: Int
    /// Requests left after this one.
    var remaining: Int
    /// Time until the allowance is whole again, or the window ends.
    var resetNanoseconds: Int64
    /// Time until the next request can be granted; 0 when this one was.
    var retryNanoseconds: Int64
}

/// One allowance that refills steadily. It is kept as the moment at which it will be whole again, so that taking from
/// it is one atomic exchange (the generic cell rate algorithm). Any thread.
final class TokenBucket: Sendable {
    /// Marks a bucket that was thrown away; it must be looked up again.
    private static let retired = Int64.max

    private let wholeAt = Atomic<Int64>(0)

    /// Takes one request's worth; nil when the bucket was retired.
    func take(_ rate: RateLimit, nowNanoseconds now: Int64) -> Allowance? {
        let period = Int64(rate.periodSeconds) * 1_000_000_000
        let interval = max(1, period / Int64(rate.count))
        var current = wholeAt.load(ordering: .relaxed)
        while true {
            if current == Self.retired { return nil }
            let next = max(current, now) + interval
            // Rounding of the interval must not cost the last request of a whole allowance.
            if next - now > interval * Int64(rate.count) {
                return Allowance(
                    isGranted: false, limit: rate.count, remaining: 0, resetNanoseconds: current - now,
                    retryNanoseconds: next - now - interval * Int64(rate.count))
            }
            let (exchanged, original) = wholeAt.weakCompareExchange(
                expected: current, desired: next, ordering: .relaxed)
            if exchanged {
                let used = (next - now + interval - 1) / interval
                return Allowance(
                    isGranted: true, limit: rate.count, remaining: max(0, rate.count - Int(used)),
                    resetNanoseconds: next - now, retryNanoseconds: 0)
            }
            current = original
        }
    }

    /// Ends the bucket if it is whole, so that nothing is lost by forgetting it.
    func retire(nowNanoseconds now: Int64) -> Bool {
        let current = wholeAt.load(ordering: .relaxed)
        guard current <= now else { return false }
        return wholeAt.compareExchange(expected: current, desired: Self.retired, ordering: .relaxed).exchanged
    }
}

/// One rate-limit class of one module for one tenant, with a bucket for each subject. Outlives changes of the
/// gateway's state, so that a new route table forgives nobody. Any thread.
final class LimitClassState: Sendable {
    private struct Table {
        var buckets: [String: TokenBucket] = [:]
        var sweepAt = 4096
    }

    private let table = Lock(Table())

    func bucket(_ subject: String, nowNanoseconds: Int64) -> TokenBucket {
        table.withLock { table in
            if let known = table.buckets[subject] { return known }
            if table.buckets.count >= table.sweepAt {
                table.buckets = table.buckets.filter { !$0.value.retire(nowNanoseconds: nowNanoseconds) }
                table.sweepAt = max(4096, table.buckets.count * 2)
            }
            let bucket = TokenBucket()
            table.buckets[subject] = bucket
            return bucket
        }
    }
}

/// What outlives changes of the gateway's state: limit classes, bulkheads and shares, by tenant and module.
final class LimitRegistry: Sendable {
    private let classes = Lock<[String: LimitClassState]>([:])
    private let bulkheads = Lock<[String: Bulkhead]>([:])
    private let shares = Lock<[String: PoolShare]>([:])

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

    /// The threads that a tenant's module may hold, also counting those of calls that began under an earlier table.
    func share(tenant: String, module: String, pool: ThreadPool, limit: Int) -> PoolShare {
        let key = "\(tenant)/\(module)"
        return shares.withLock { shares in
            if let known = shares[key] { return known }
            let share = PoolShare(pool: pool, limit: limit)
            shares[key] = share
            return share
        }
    }

    func limitClass(tenant: String, module: String, name: String) -> LimitClassState {
        // None of the parts can hold a slash, save the last.
        let key = "\(tenant)/\(module)/\(name)"
        return classes.withLock { classes in
            if let known = classes[key] { return known }
            let limitClass = LimitClassState()
            classes[key] = limitClass
            return limitClass
        }
    }
}
