import Synchronization

/// One request under way, as its owner steers it. Any thread.
public final class OutboundTask: Sendable {
    private let engine: OutboundEngine
    private let credit: Atomic<Int>
    private let cancelled = Atomic<Bool>(false)
    private let paused = Atomic<Bool>(false)

    init(engine: OutboundEngine, credit: Int) {
        self.engine = engine
        self.credit = Atomic(credit)
    }

    /// Ends the request; the receiver hears of it by `finished`. Has no effect on one that is over.
    public func cancel() {
        cancelled.store(true, ordering: .releasing)
        engine.send(.cancel(self))
    }

    /// Lets so many more bytes of the body come.
    public func grant(_ byteCount: Int) {
        credit.add(byteCount, ordering: .sequentiallyConsistent)
        if paused.load(ordering: .sequentiallyConsistent) { engine.send(.resume(self)) }
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Takes credit for a piece; false when there is none, and the transfer has to wait for `grant`.
    func take(_ byteCount: Int) -> Bool {
        paused.store(false, ordering: .sequentiallyConsistent)
        if credit.load(ordering: .sequentiallyConsistent) > 0 { return spend(byteCount) }
        // Whoever grants after this sees that the transfer waits; whoever granted before is seen here.
        paused.store(true, ordering: .sequentiallyConsistent)
        guard credit.load(ordering: .sequentiallyConsistent) > 0 else { return false }
        paused.store(false, ordering: .sequentiallyConsistent)
        return spend(byteCount)
    }

    private func spend(_ byteCount: Int) -> Bool {
        credit.subtract(byteCount, ordering: .sequentiallyConsistent)
        return true
    }
}
