import Synchronization

/// Counts the calls inside one instance and lets none in after it was closed. Any thread.
///
/// Every call of every thread comes through here. A lock would make them queue up and switch threads, which took more
/// than half of a short database request's time; two atomic additions do not.
final class CallGate: Sendable {
    /// Set in `calls` once the gate is closed; the bits below count the calls inside.
    private static let closed = 1 << 62

    private let calls = Atomic<Int>(0)
    /// Address of the module's own data, which may be 0. Written before the first call and then left as it is.
    private let address = Atomic<UInt>(0)

    /// What calls get from now on.
    func open(_ pointer: UnsafeMutableRawPointer?) {
        address.store(UInt(bitPattern: pointer), ordering: .releasing)
    }

    /// Lets nobody in any more; those inside stay until they leave.
    func close() {
        calls.bitwiseOr(Self.closed, ordering: .sequentiallyConsistent)
    }

    /// Whether calls are inside. One that has just been turned away may be counted for a moment.
    var hasCalls: Bool {
        calls.load(ordering: .acquiring) & ~Self.closed > 0
    }

    /// The instance's pointer, nil when the gate is closed; else `leave` must follow.
    func enter() -> UnsafeMutableRawPointer?? {
        // Counted first and then looked at: whoever closes the gate sees this call, or this call sees it closed.
        if calls.add(1, ordering: .acquiringAndReleasing).newValue & Self.closed != 0 {
            leave()
            return nil
        }
        return .some(UnsafeMutableRawPointer(bitPattern: address.load(ordering: .acquiring)))
    }

    /// Ends a call that was let in.
    func leave() {
        calls.subtract(1, ordering: .releasing)
    }
}
