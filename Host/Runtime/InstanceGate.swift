import GantryLoader
import Synchronization

/// Lends the instance of a slot to calls while there is one, and tells when nobody has borrowed it. Every request comes
/// through here, so it takes an atomic addition to borrow and one to give back, and no lock. Any thread.
final class InstanceGate: Sendable {
    /// Set in `borrowers` while there is nothing to borrow; the bits below count.
    private static let closed = 1 << 62

    private let borrowers = Atomic<Int>(closed)
    /// The instance while the gate is open. Whoever opened it keeps the object until nobody has borrowed it any more.
    private let address = Atomic<UInt>(0)
    private let used = Atomic<Bool>(false)

    /// Lends the instance from now on.
    func open(_ instance: ModuleInstance) {
        address.store(UInt(bitPattern: Unmanaged.passUnretained(instance).toOpaque()), ordering: .releasing)
        borrowers.bitwiseAnd(~Self.closed, ordering: .sequentiallyConsistent)
    }

    /// Lends nothing any more; those who have borrowed keep it until they give it back.
    func close() { borrowers.bitwiseOr(Self.closed, ordering: .sequentiallyConsistent) }

    /// Lends nothing any more if nobody has borrowed now; else all stays as it is.
    func closeIfIdle() -> Bool {
        borrowers.compareExchange(expected: 0, desired: Self.closed, ordering: .sequentiallyConsistent).exchanged
    }

    /// Whether it lends nothing.
    var isClosed: Bool { borrowers.load(ordering: .acquiring) & Self.closed != 0 }

    /// How many have borrowed, like `isBorrowed`.
    var borrowedCount: Int { max(0, borrowers.load(ordering: .acquiring) & ~Self.closed) }

    /// Whether somebody has borrowed. One who has just been turned away may be counted for a moment.
    var isBorrowed: Bool { borrowers.load(ordering: .acquiring) & ~Self.closed > 0 }

    /// The instance, nil when there is none; else `giveBack` must follow.
    func borrow() -> ModuleInstance? {
        // Counted first and then looked at: whoever closes the gate sees this one, or this one sees it closed.
        if borrowers.add(1, ordering: .acquiringAndReleasing).newValue & Self.closed != 0 {
            giveBack()
            return nil
        }
        // A load is cheap while all only read; a store for each would not be.
        if !used.load(ordering: .relaxed) { used.store(true, ordering: .relaxed) }
        guard let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) else {
            preconditionFailure("an open gate has an instance")
        }
        return Unmanaged<ModuleInstance>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Ends what `borrow` began.
    func giveBack() { borrowers.subtract(1, ordering: .releasing) }

    /// Whether anybody has borrowed since this was asked last.
    func takeUsed() -> Bool { used.exchange(false, ordering: .relaxed) }
}
