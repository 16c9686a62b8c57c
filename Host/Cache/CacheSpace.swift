import GantryThreads

/// The part of a cache that belongs to one module of one tenant. Any thread.
public final class CacheSpace: Sendable {
    /// Why a value was not kept.
    public enum Refusal: Error, Sendable {
        /// A key of no or too many bytes.
        case invalidKey
        /// The value is larger than a quarter of the space.
        case tooLarge
        /// The key holds a value that is no counter, or the sum does not fit.
        case noCounter
        /// The space was closed.
        case closed
    }

    private static let maximumKeyBytes = 512

    private let cache: Cache
    private let clock: @Sendable () -> Int64
    private let state = Lock(CacheList())

    init(cache: Cache, clock: @escaping @Sendable () -> Int64 = { Deadline.now.monotonicNanoseconds }) {
        self.cache = cache
        self.clock = clock
    }

    deinit {
        close()
    }

    /// Bytes that are held now, with what keeping them costs.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    /// The value of a key, which counts as used now; nil when there is none. That of a counter is its decimal text.
    public func value(_ key: [UInt8]) -> [UInt8]? {
        let now = clock()
        return changing { $0.value(key, nowNanoseconds: now)?.bytes }
    }

    /// Keeps a value for a time, or as long as there is room.
    public func set(
        _ key: [UInt8], _ value: [UInt8], lifetimeMilliseconds: Int64 = 0
    ) throws(Refusal) {
        try check(key)
        let end = end(afterMilliseconds: lifetimeMilliseconds)
        let cost = CacheList.cost(key, .bytes(value))
        guard cost <= cache.maximumSpaceBytes / 4 else { throw .tooLarge }
        let isKept = changing { list in
            if list.isClosed { return false }
            list.put(key, .bytes(value), endNanoseconds: end)
            list.evict(down: cache.maximumSpaceBytes)
            return true
        }
        guard isKept else { throw .closed }
        cache.makeRoom()
    }

    /// Forgets a value; false when there was none.
    public func remove(_ key: [UInt8]) -> Bool {
        let now = clock()
        return changing { $0.remove(key, nowNanoseconds: now) }
    }

    /// Adds to a counter in one step and gives its new value. One that does not exist begins at 0 and gets the
    /// lifetime.
    public func add(
        _ key: [UInt8], _ amount: Int64, lifetimeMilliseconds: Int64 = 0
    ) throws(Refusal) -> Int64 {
        try check(key)
        let (now, end) = (clock(), end(afterMilliseconds: lifetimeMilliseconds))
        let result: Result<Int64, Refusal> = changing { list in
            if list.isClosed { return .failure(.closed) }
            switch list.value(key, nowNanoseconds: now) {
            case nil:
                list.put(key, .counter(amount), endNanoseconds: end)
                list.evict(down: cache.maximumSpaceBytes)
                return .success(amount)
            case .counter(let number):
                let (sum, overflow) = number.addingReportingOverflow(amount)
                if overflow { return .failure(.noCounter) }
                list.change(key, to: .counter(sum))
                return .success(sum)
            case .bytes: return .failure(.noCounter)
            }
        }
        cache.makeRoom()
        return try result.get()
    }

    /// Gives everything back. Nothing is kept afterwards.
    public func close() {
        changing { list in
            list.isClosed = true
            list.evict(down: 0)
        }
        cache.remove(self)
    }

    /// Lets go of at least so many bytes, those first that were not used for the longest time.
    func evict(_ count: Int) {
        changing { $0.evict(down: max(0, $0.byteCount - count)) }
    }

    private func check(_ key: [UInt8]) throws(Refusal) {
        guard (1...Self.maximumKeyBytes).contains(key.count) else { throw .invalidKey }
    }

    private func end(afterMilliseconds milliseconds: Int64) -> Int64 {
        guard milliseconds > 0 else { return .max }
        let (nanoseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let (end, endOverflow) = clock().addingReportingOverflow(nanoseconds)
        return overflow || endOverflow ? .max : end
    }

    /// Changes the list and tells the cache what that did to its size.
    private func changing<Result: Sendable>(_ change: (inout CacheList) -> Result) -> Result {
        state.withLock { list in
            let before = list.byteCount
            let result = change(&list)
            if list.byteCount != before { cache.usage.add(list.byteCount - before) }
            return result
        }
    }
}
