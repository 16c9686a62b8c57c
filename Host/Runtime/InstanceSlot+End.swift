import GantryCore
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads
import Glibc
import Synchronization

extension InstanceSlot {
    static let stopTime = Duration.seconds(10)
    /// An instance with work that is due so soon is not stopped for it.
    private static let soonMilliseconds: Int64 = 60_000

    private enum EndStep {
        case stop(RunningModule, TenantEvents?)
        case wait(Latch)
        case done
    }

    /// Ends the slot for good: nobody gets the instance any more, then its events and jobs end, then itself. Waits
    /// for that until the deadline; what hangs is left behind.
    func end(until deadline: Deadline) {
        unavailableUntil.store(.max, ordering: .relaxed)
        while true {
            let step = state.withLock { state -> EndStep in
                state.isEnding = true
                switch state.phase {
                case .idle, .failed, .ended:
                    state.phase = .ended
                    return .done
                case .leaving, .retired:
                    // Whoever moves the tenant ends it.
                    return .done
                case .starting, .stopping:
                    let latch = Latch()
                    state.receivers.append { _ in latch.open() }
                    return .wait(latch)
                case .running(let module, let events):
                    state.phase = .stopping
                    gate.close()
                    return .stop(module, events)
                }
            }
            switch step {
            case .stop(let module, let events):
                stopRunning(module, events, until: deadline)
                resources.registry.didEnd(self)
                return settle(.ended, answer: false)
            case .wait(let latch):
                if !latch.wait(until: deadline) { return }
            case .done:
                return resources.registry.didEnd(self)
            }
        }
    }

    /// Looks at an instance from time to time: closes files that are not used, takes away a mark for nothing, and
    /// stops what nobody has wanted for so many sweeps.
    /// - Returns: whether memory was given back.
    func sweep(idleCount: Int) -> Bool {
        let isUsed = gate.takeUsed()
        let (running, quietCount) = state.withLock { state -> (RunningModule?, Int) in
            guard case .running(let module, _) = state.phase else { return (nil, 0) }
            state.quietCount = isUsed ? 0 : state.quietCount + 1
            return (module, state.quietCount)
        }
        guard let running else { return false }
        // Once when it has become quiet, and now and then after that.
        if quietCount % 8 == 1 { running.clearMarkIfIdle() }
        let hasClosed = running.closeIfUnused()
        return quietCount >= idleCount ? evict() : hasClosed
    }

    /// Stops the instance if nobody uses it and nothing of it is due soon; the next who wants it starts another.
    @discardableResult
    func evict() -> Bool {
        guard !state.withLock({ $0.isMoving }), gate.closeIfIdle() else { return false }
        let taken = state.withLock { state -> (RunningModule, TenantEvents?)? in
            guard case .running(let module, let events) = state.phase, !state.isEnding else { return nil }
            if state.isMoving {
                gate.open(module.instance)
                return nil
            }
            state.phase = .stopping
            return (module, events)
        }
        // Somebody else ends it, and has closed the gate or will.
        guard let (module, events) = taken else { return false }
        let due = module.nextWorkMilliseconds()
        guard due.map({ $0 > systemWallClock() + Self.soonMilliseconds }) ?? true else {
            resume(module, events)
            return false
        }
        resources.registry.didEnd(self)
        guard let left = stopRunning(module, events, until: .after(Self.stopTime)) else {
            let message = "It did not stop when it was idle; restart the host once the module is mended."
            let failure = StartFailure(message: message, isOfDatabase: false, retryNanoseconds: .max)
            resources.registry.didFail(self, failure)
            settle(.failed(failure), answer: false)
            unavailableUntil.store(.max, ordering: .relaxed)
            return false
        }
        let isEnding = state.withLock { $0.isEnding }
        settle(isEnding ? .ended : .idle, answer: !isEnding)
        if let due = left { resources.registry.schedule(self, atMilliseconds: due) }
        return true
    }

    private func resume(_ module: RunningModule, _ events: TenantEvents?) {
        state.withLock { state in
            state.phase = .running(module, events)
            gate.open(module.instance)
        }
        answerAll(true)
    }

    /// Ends events, jobs, instance and database in this order, and says in the log what did not end.
    /// - Returns: when the next work in the database is due, nil inside for none; nil when something hangs.
    @discardableResult
    func stopRunning(_ module: RunningModule, _ events: TenantEvents?, until deadline: Deadline) -> Int64?? {
        events?.stop(until: deadline)
        let fault = module.stop(until: deadline)
        if let fault {
            resources.log.write(.warning, "A module did not stop cleanly: \(fault)", scope: scope)
        }
        // Answers that are just being given still hold the instance.
        let patience = Deadline.after(.seconds(1))
        while gate.isBorrowed, !patience.hasPassed { usleep(1000) }
        if gate.isBorrowed {
            // Whoever hangs with it must find it in memory.
            _ = Unmanaged.passRetained(module)
        }
        return fault == nil ? .some(module.leftWorkMilliseconds) : nil
    }
}

extension InstanceSlot {
    /// Has a running instance look for events and jobs that somebody else has written.
    func announceWork() {
        let running = state.withLock { state -> RunningModule? in
            if case .running(let module, _) = state.phase { module } else { nil }
        }
        running?.database?.submitWrite(as: .host) { transaction throws(StoreError) in
            transaction.signal([.events, .jobs, .deliveries])
        } completion: { _ in
        }
    }

    /// Connects the events that the module publishes anew, after the tenant's modules have changed.
    func reconnectEvents() {
        let current = state.withLock { state -> (RunningModule, TenantEvents?)? in
            guard case .running(let module, let events) = state.phase, !state.isEnding else { return nil }
            return (module, events)
        }
        guard let (running, former) = current, running.publishes else { return }
        former?.stop(until: .after(Self.stopTime))
        let events = tenant.events(of: running)
        let isTaken = state.withLock { state -> Bool in
            guard case .running(let module, _) = state.phase, module === running, !state.isEnding else { return false }
            state.phase = .running(module, events)
            return true
        }
        if isTaken { events?.start() } else { events?.stop(until: .after(Self.stopTime)) }
    }
}
