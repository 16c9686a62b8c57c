import GantryCore
import Synchronization

/// How an allowance comes back.
enum LimitKind {
    /// A bit at a time (`TokenBucket`).
    case steady
    /// All at once, when the window has passed that its first request opened (`FixedWindow`).
    case windowed
}

/// What one subject has used of one allowance, in one number that is changed by atomic exchange. What the number means
/// is for the kind to say; a cell is only ever used with one. Any thread.
final class LimitCell: Sendable {
    /// Marks a cell that was thrown away; it must be looked up again.
    static let retired = Int64.max

    private let used = Atomic<Int64>(0)

    /// Takes one request's worth; nil when the cell was thrown away.
    func take(_ rate: RateLimit, _ kind: LimitKind, nowNanoseconds now: Int64) -> Allowance? {
        var current = used.load(ordering: .relaxed)
        while true {
            if current == Self.retired { return nil }
            let (next, allowance) =
                kind == .steady
                ? TokenBucket.take(current, rate, nowNanoseconds: now)
                : FixedWindow.take(current, rate, nowNanoseconds: now)
            if !allowance.isGranted { return allowance }
            let (exchanged, original) = used.weakCompareExchange(
                expected: current, desired: next, ordering: .relaxed)
            if exchanged { return allowance }
            current = original
        }
    }

    /// What is left of a window, without taking any of it; before its first request that of a whole one.
    func look(_ rate: RateLimit, nowNanoseconds now: Int64) -> Allowance {
        let current = used.load(ordering: .relaxed)
        return FixedWindow.look(current == Self.retired ? 0 : current, rate, nowNanoseconds: now)
    }

    /// Gives back what a request took that was refused after all.
    func giveBack(_ rate: RateLimit, _ kind: LimitKind, nowNanoseconds now: Int64) {
        var current = used.load(ordering: .relaxed)
        while current != Self.retired {
            let next =
                kind == .steady
                ? TokenBucket.giveBack(current, rate) : FixedWindow.giveBack(current, nowNanoseconds: now)
            let (exchanged, original) = used.weakCompareExchange(
                expected: current, desired: next, ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }

    /// The used part of the allowance, 0 to about 1.
    func usedShare(_ rate: RateLimit, _ kind: LimitKind, nowNanoseconds now: Int64) -> Double {
        let current = used.load(ordering: .relaxed)
        return kind == .steady
            ? TokenBucket.usedShare(current, rate, nowNanoseconds: now)
            : FixedWindow.usedShare(current, rate, nowNanoseconds: now)
    }

    /// Throws the cell away if it is whole, so that nothing is lost by forgetting it.
    func retireIfWhole(_ rate: RateLimit, _ kind: LimitKind, nowNanoseconds now: Int64) -> Bool {
        let current = used.load(ordering: .relaxed)
        let isWhole =
            kind == .steady
            ? TokenBucket.usedShare(current, rate, nowNanoseconds: now) == 0
            : FixedWindow.usedShare(current, rate, nowNanoseconds: now) == 0
        guard isWhole else { return false }
        return used.compareExchange(expected: current, desired: Self.retired, ordering: .relaxed).exchanged
    }

    /// Throws the cell away whatever it holds.
    func retire() { used.store(Self.retired, ordering: .relaxed) }
}
