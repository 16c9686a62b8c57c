/// A gate that opens once and stays open; threads wait in front of it.
public final class Latch: Sendable {
    private let monitor = Monitor(false)

    /// A closed latch.
    public init() {}

    /// Opens the latch and wakes all who wait. Further calls change nothing.
    public func open() {
        monitor.withLock { $0 = true }
        monitor.broadcast()
    }

    /// Waits until the latch is open.
    /// - Returns: false when the deadline passed first.
    @discardableResult
    public func wait(until deadline: Deadline = .never) -> Bool {
        monitor.wait(until: deadline) { isOpen in isOpen ? true : nil } ?? false
    }
}
