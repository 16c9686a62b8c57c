import Synchronization

/// A number that only grows. Any thread.
public final class Counter: Sendable {
    private let number = Atomic<UInt64>(0)

    init() {}

    /// The number so far.
    public var value: UInt64 { number.load(ordering: .relaxed) }

    /// Adds to it.
    public func increment(by amount: UInt64 = 1) { number.add(amount, ordering: .relaxed) }
}

/// A number that goes up and down. Any thread.
public final class Gauge: Sendable {
    private let number = Atomic<Int64>(0)

    init() {}

    /// The number now.
    public var value: Int64 { number.load(ordering: .relaxed) }

    /// Replaces it.
    public func set(_ value: Int64) { number.store(value, ordering: .relaxed) }

    /// Adds to it; a negative amount takes away.
    public func add(_ amount: Int64) { number.add(amount, ordering: .relaxed) }
}

/// How durations are spread over fixed buckets. Any thread.
public final class DurationHistogram: Sendable {
    /// Upper bounds in nanoseconds, ascending; what is longer counts in a last bucket without bound.
    static let bounds: [UInt64] = [
        250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]
    /// The bounds in seconds as Prometheus writes them.
    static let labels = [
        "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5",
        "5", "10",
    ]

    private let buckets = CounterArray(count: DurationHistogram.bounds.count + 1)
    private let sum = Atomic<UInt64>(0)

    init() {}

    /// Counts one duration.
    public func observe(nanoseconds: Int64) {
        let nanoseconds = UInt64(max(0, nanoseconds))
        var index = 0
        while index < Self.bounds.count && nanoseconds > Self.bounds[index] { index += 1 }
        buckets.increment(index)
        sum.add(nanoseconds, ordering: .relaxed)
    }

    /// Counts of the buckets, each by itself, and the sum of all durations in nanoseconds.
    func snapshot() -> (counts: [UInt64], sumNanoseconds: UInt64) {
        ((0..<buckets.count).map { buckets[$0] }, sum.load(ordering: .relaxed))
    }

    var hasObserved: Bool { (0..<buckets.count).contains { buckets[$0] > 0 } }

    /// Counts all that another has counted.
    func add(_ other: DurationHistogram) {
        let (counts, nanoseconds) = other.snapshot()
        for index in counts.indices { buckets.increment(index, by: counts[index]) }
        sum.add(nanoseconds, ordering: .relaxed)
    }
}

/// A row of counters in one piece of memory. Any thread.
final class CounterArray: @unchecked Sendable {
    // Guard: the pointer never changes, and what it points to is atomic.
    private let counters: UnsafeMutablePointer<Atomic<UInt64>>
    let count: Int

    init(count: Int) {
        self.count = count
        counters = .allocate(capacity: count)
        for index in 0..<count { (counters + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counters.deinitialize(count: count)
        counters.deallocate()
    }

    subscript(index: Int) -> UInt64 { counters[index].load(ordering: .relaxed) }

    func increment(_ index: Int, by amount: UInt64 = 1) {
        precondition(index < count, "There is no such counter.")
        counters[index].add(amount, ordering: .relaxed)
    }

    /// Puts a number in the place of 0.
    /// - Returns: what stood there before; the number was stored only where that is 0.
    func claim(_ index: Int, _ number: UInt64) -> UInt64 {
        precondition(index < count, "There is no such counter.")
        return counters[index].compareExchange(expected: 0, desired: number, ordering: .relaxed).original
    }
}
