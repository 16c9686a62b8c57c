import Synchronization

/// The times that changes are stamped with: they do not fall, and new sessions get distinct ones.
///
/// Several sessions may be stored within one millisecond. Stamped with the bare clock they would be listed by
/// identifier instead of by age, so each is put a millisecond behind the last. Under a load that goes on the stamps
/// would run away; beyond a lead of 20 ms they are shared.
final class WriteClock: Sendable {
    private static let greatestLead: Int64 = 20

    private let last = Mutex<Int64>(0)

    /// The stamp of a new session.
    ///
    /// - Parameter nowMilliseconds: The host's clock.
    func creation(nowMilliseconds now: Int64) -> Int64 {
        last.withLock { last in
            Self.follow(now, &last)
            last = max(now, min(last + 1, now + Self.greatestLead))
            return last
        }
    }

    /// The stamp of any other change: not before those of earlier changes.
    ///
    /// - Parameter nowMilliseconds: The host's clock.
    func change(nowMilliseconds now: Int64) -> Int64 {
        last.withLock { last in
            Self.follow(now, &last)
            return max(now, last)
        }
    }

    /// A clock that was set back takes the stamps with it.
    private static func follow(_ now: Int64, _ last: inout Int64) {
        if last - now > greatestLead { last = now }
    }
}
