import GantryThreads
import Synchronization

/// How much one tenant asks for, and whether its name is a label. Any thread.
public final class TenantRank: Sendable {
    let tenant: String
    private let requests = Atomic<UInt64>(0)
    private let label = Atomic<Int>(0)
    /// Requests when labels were given out last; under the lock of `TenantLabels`.
    fileprivate let before = Atomic<UInt64>(0)

    init(tenant: String) {
        self.tenant = tenant
    }

    /// Counts a request.
    /// - Returns: the number of the tenant's label; 0 when it has none of its own.
    func count() -> Int {
        requests.add(1, ordering: .relaxed)
        return label.load(ordering: .relaxed)
    }

    fileprivate var number: Int {
        get { label.load(ordering: .relaxed) }
        set { label.store(newValue, ordering: .relaxed) }
    }

    fileprivate var requestCount: UInt64 { requests.load(ordering: .relaxed) }
}

/// Which tenants are named in the metrics: the busiest, so many and no more; all others are `other`. Any thread.
public final class TenantLabels: Sendable {
    /// What stands for all tenants without a label of their own.
    static let other = "other"

    private struct State {
        var ranks: [String: TenantRank] = [:]
        /// By number, counted from 1.
        var named: [Int: TenantRank] = [:]
    }

    /// How many tenants get a label; 0 for none, and then no family has one.
    public let limit: Int
    private let state = Lock(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Where a tenant's requests are counted; nil when tenants have no labels. The same object each time.
    public func rank(_ tenant: String) -> TenantRank? {
        guard limit > 0 else { return nil }
        return state.withLock { state in
            if let known = state.ranks[tenant] { return known }
            let rank = TenantRank(tenant: tenant)
            state.ranks[tenant] = rank
            return rank
        }
    }

    /// The label of a tenant by its id, as families that are not counted by rank need it.
    func label(of tenant: String) -> String {
        state.withLock { state in
            state.ranks[tenant].map { $0.number > 0 ? tenant : Self.other } ?? Self.other
        }
    }

    /// The label with a number.
    func label(_ number: Int) -> String { state.withLock { $0.named[number]?.tenant } ?? Self.other }

    /// Gives the labels to the tenants that asked for most since the last time. One that has a label keeps it unless
    /// another asks for more than twice as much, so that series do not come and go.
    /// - Parameter release: Called for each number that was taken away from a tenant.
    func giveOut(_ release: (Int) -> Void) {
        guard limit > 0 else { return }
        state.withLock { state in
            var challengers: [(rank: TenantRank, count: UInt64)] = []
            var holders: [(rank: TenantRank, count: UInt64)] = []
            for rank in state.ranks.values {
                let now = rank.requestCount
                let count = now - rank.before.exchange(now, ordering: .relaxed)
                if rank.number > 0 { holders.append((rank, count)) } else { challengers.append((rank, count)) }
            }
            challengers.sort { ($1.count, $0.rank.tenant) < ($0.count, $1.rank.tenant) }
            holders.sort { $0.count < $1.count }
            var weakest = holders.startIndex
            for (rank, count) in challengers {
                if state.named.count < limit {
                    guard let free = (1...limit).first(where: { state.named[$0] == nil }) else { return }
                    state.named[free] = rank
                    rank.number = free
                } else if weakest < holders.endIndex, count > 2 * holders[weakest].count {
                    let number = holders[weakest].rank.number
                    holders[weakest].rank.number = 0
                    release(number)
                    state.named[number] = rank
                    rank.number = number
                    weakest += 1
                } else {
                    return
                }
            }
        }
    }
}
