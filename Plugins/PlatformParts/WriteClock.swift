import Synchronization

/// The times that changes are stamped with: they do not fall, and new records get distinct ones.
///
/// Several records may be stored within one millisecond. Stamped with the bare clock they would be listed by
/// identifier instead of by age, so each is put a millisecond behind the last. Under a load that goes on the stamps
/// would run away; beyond a lead of 20 ms they are shared.
public final class WriteClock: Sendable {
    private static let greatestLead: Int64 = 20

    private let last = Atomic<Int64>(0)

    /// A clock that has stamped nothing yet.
    public init() {}

    /// The stamp of a new record.
    ///
    /// - Parameter nowMilliseconds: The host's clock.
    public func creation(nowMilliseconds now: Int64) -> Int64 {
        advance(now) { last in max(now, min(last + 1, now + Self.greatestLead)) }
    }

    /// The stamp of any other change: not before those of earlier changes.
    ///
    /// - Parameter nowMilliseconds: The host's clock.
    public func change(nowMilliseconds now: Int64) -> Int64 {
        max(now, advance(now) { $0 })
    }

    /// Puts the last stamp forward, and again where another thread was faster. A clock that was set back takes the
    /// stamps with it.
    private func advance(_ now: Int64, _ next: (Int64) -> Int64) -> Int64 {
        var seen = last.load(ordering: .relaxed)
        while true {
            let stamp = next(seen - now > Self.greatestLead ? now : seen)
            let (isExchanged, current) = last.weakCompareExchange(expected: seen, desired: stamp, ordering: .relaxed)
            if isExchanged { return stamp }
            seen = current
        }
    }
}
