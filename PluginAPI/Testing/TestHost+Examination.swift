import GantryKit

// What the conformance checks see and set beyond what tests need.
extension TestHost {
    /// How often a call that was answered was answered again.
    package var doubleAnswers: Int { state.withLock { $0.doubleAnswers } }

    /// How often a call was used after it was over, though its client had not left.
    package var staleUses: Int { state.withLock { $0.staleUses } }

    /// How often a function answered what a test wanted instead of the truth.
    package var faultsMet: Int { state.withLock { $0.faultsMet } }

    /// The function that did so last.
    package var lastFault: String { state.withLock { $0.lastFault } }

    /// Whether a transaction is under way.
    package var hasOpenTransaction: Bool { state.withLock { $0.transaction != nil } }

    /// Whether the client of a call that is answered later has left when the module's function returns.
    package var leavesAtOnce: Bool {
        get { state.withLock { $0.leavesAtOnce } }
        set { state.withLock { $0.leavesAtOnce = newValue } }
    }

    /// Whether all work that the module gave to the host's threads is done within so much real time.
    package func isIdle(within duration: Duration) -> Bool {
        threads.waiting { threads.waitUntilIdle(nanoseconds: duration.nanoseconds) }
    }
}
