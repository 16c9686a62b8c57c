import GantryLoader
import GantryTelemetry
import GantryThreads
import Synchronization

extension InstanceSlot {
    /// An instance that takes no call any more, since its bundle was revoked.
    struct Withdrawn: Sendable {
        let slot: InstanceSlot
        fileprivate let running: RunningModule
        fileprivate let events: TenantEvents?
        /// Why.
        let reason: String

        /// Ends what ran, and leaves its routes to answer 503. Waits a moment for calls that are inside.
        func end() {
            slot.stopRunning(running, events, until: .after(.seconds(2)))
            slot.resources.registry.didEnd(slot)
            if slot.state.withLock({ $0.isEnding }) { return slot.settle(.ended, answer: false) }
            let failure = StartFailure(
                message: reason, isOfDatabase: false, retryNanoseconds: .max, isRevoked: true)
            slot.resources.registry.didFail(slot, failure)
            slot.settle(.failed(failure), answer: false)
        }
    }

    /// Lets no call in any more; nil when nothing runs. `end` of what is given must follow.
    func withdraw(because reason: String) -> Withdrawn? {
        let taken = state.withLock { state -> (RunningModule, TenantEvents?)? in
            guard case .running(let running, let events) = state.phase, !state.isEnding else { return nil }
            state.phase = .stopping
            gate.close()
            return (running, events)
        }
        guard let (running, events) = taken else { return nil }
        unavailableUntil.store(.max, ordering: .relaxed)
        return Withdrawn(slot: self, running: running, events: events, reason: reason)
    }

    /// The revocation that ended the instance was taken back: it may start again.
    /// - Returns: false when it was not ended by one.
    func readmit() -> Bool {
        let isReadmitted = state.withLock { state in
            guard case .failed(let failure) = state.phase, failure.isRevoked, !state.isEnding else { return false }
            state.phase = .idle
            return true
        }
        guard isReadmitted else { return false }
        unavailableUntil.store(0, ordering: .relaxed)
        resources.registry.didEnd(self)
        return true
    }

    /// Whether it was ended because its bundle was revoked.
    var isWithdrawn: Bool { failure?.isRevoked ?? false }
}
