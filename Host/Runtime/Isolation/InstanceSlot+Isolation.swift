import GantryLoader
import GantryThreads
import Synchronization

extension InstanceSlot {
    /// The worker that its instance may have run in has ended. What was under way is answered, and the instance starts
    /// again when the worker may. Does not wait.
    func workerEnded(_ worker: WorkerProcess, _ unavailable: WorkerUnavailable) {
        let taken = state.withLock { state -> (RunningModule, TenantEvents?)? in
            guard case .running(let module, let events) = state.phase, module.instance.module.runs(in: worker) else {
                return nil
            }
            state.phase = .stopping
            gate.close()
            return (module, events)
        }
        guard let (module, events) = taken else { return }
        unavailableUntil.store(unavailable.retryNanoseconds, ordering: .relaxed)
        let isAccepted = resources.startPool.submitReserved { [self] in
            stopRunning(module, events, until: .after(.seconds(2)))
            resources.registry.didEnd(self)
            if state.withLock({ $0.isEnding }) { return settle(.ended, answer: false) }
            let failure = StartFailure(
                message: unavailable.description, isOfDatabase: false, retryNanoseconds: unavailable.retryNanoseconds)
            resources.registry.didFail(self, failure)
            settle(.failed(failure), answer: false)
            // Its events and jobs wait for it, whether or not somebody asks for it.
            if failure.retryNanoseconds != .max {
                let wait = max(0, failure.retryNanoseconds - Deadline.now.monotonicNanoseconds)
                resources.registry.schedule(self, atMilliseconds: systemWallClock() + wait / 1_000_000 + 1)
            }
        }
        if !isAccepted { settle(.ended, answer: false) }
    }

    /// Ends an instance that runs, and forgets a start that has failed, so that the next start is tried at once. Waits
    /// for that.
    func stopForRestart() {
        let taken = state.withLock { state -> (RunningModule, TenantEvents?)? in
            if state.isEnding || state.isMoving { return nil }
            switch state.phase {
            case .failed:
                state.phase = .idle
                unavailableUntil.store(0, ordering: .relaxed)
                return nil
            case .running(let module, let events):
                state.phase = .stopping
                gate.close()
                return (module, events)
            default: return nil
            }
        }
        guard let (module, events) = taken else { return }
        stopRunning(module, events, until: .after(Self.stopTime))
        resources.registry.didEnd(self)
        let isEnding = state.withLock { $0.isEnding }
        settle(isEnding ? .ended : .idle, answer: !isEnding)
    }
}
