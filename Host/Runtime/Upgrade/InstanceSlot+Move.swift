import GantryCore
import GantryGateway
import GantryLoader
import GantryTelemetry
import GantryThreads
import Glibc
import Synchronization

/// One generation takes another one's place. `Supervisor.move` does these steps in their order, one move of a module
/// at a time.
extension InstanceSlot {
    /// Keeps the instance from being stopped for idleness until its successor has come, and starts it if it rests.
    /// - Returns: what runs; nil when it cannot be started.
    func beginMove() -> RunningModule? {
        state.withLock { $0.isMoving = true }
        guard startAndWait() else { return nil }
        return state.withLock { state in
            if case .running(let running, _) = state.phase { running } else { nil }
        }
    }

    /// No successor comes after all.
    func endMove() { state.withLock { $0.isMoving = false } }

    /// Starts an instance beside the one that serves, on the same files. Nobody gets it yet, and it has neither events
    /// nor jobs. Throws what failed, and then only migrations that ran before the failure are left.
    func prepare(beside former: RunningModule) throws -> RunningModule {
        let definition = try tenant.definition(of: module)
        return try RunningModule(
            module.enablement(tenant: tenant.id), definition: definition, resources: resources, beside: former
        ) { [tenant] in tenant.subscribers(to: definition.manifest) }
    }

    /// Ends what `prepare` made.
    func discard(_ prepared: RunningModule) {
        gate.close()
        state.withLock { $0.phase = .ended }
        stopRunning(prepared, nil, until: .after(Self.stopTime))
        resources.registry.didEnd(self)
    }

    /// Lends the prepared instance from now on.
    func open(_ prepared: RunningModule) {
        state.withLock { state in
            state.phase = .running(prepared, nil)
            gate.open(prepared.instance)
        }
        resources.registry.didStart(self)
    }

    /// Begins the jobs of an instance whose predecessor's have ended.
    func beginJobs() {
        guard let running = runningModule else { return }
        startJobs(running)
    }

    /// Ends the delivery of the events that the instance publishes; they are kept meanwhile.
    func pauseEvents(until deadline: Deadline) {
        let events = state.withLock { state -> TenantEvents? in
            guard case .running(let module, let events) = state.phase, let events else { return nil }
            state.phase = .running(module, nil)
            return events
        }
        events?.stop(until: deadline)
    }

    /// So long sockets have to end in before a state is handed over without waiting for them.
    private static let farewellTime = Duration.seconds(1)

    /// Takes no call any more and waits for those inside; who wants one from now on waits for the successor. Sockets
    /// are closed; they, and streams that do not end by themselves, are waited for a moment only: requests wait too.
    /// - Returns: what ran, for `leave` to be followed by its end; nil when nothing does.
    func leave(until deadline: Deadline) -> RunningModule? {
        let left = state.withLock { state -> (RunningModule, TenantEvents?)? in
            guard case .running(let running, let events) = state.phase, !state.isEnding else { return nil }
            state.phase = .leaving(running)
            gate.close()
            return (running, events)
        }
        guard let (running, events) = left else { return nil }
        running.announceSuccessor()
        running.instance.closeSockets()
        events?.stop(until: deadline)
        let farewell = Deadline.after(Self.farewellTime)
        while gate.isBorrowed, !deadline.hasPassed {
            if farewell.hasPassed, gate.borrowedCount <= running.instance.openEnds { break }
            usleep(500)
        }
        return running
    }

    /// Another slot has taken the place: who waits here goes there, and so does everybody who comes later and finds
    /// this instance gone.
    func retire(to successor: InstanceSlot) {
        let isRunning = (runningModule ?? leavingModule) != nil
        let receivers = state.withLock { state in
            state.phase = .retired(successor)
            defer { state.receivers = [] }
            return state.receivers
        }
        unavailableUntil.store(0, ordering: .relaxed)
        if !isRunning { resources.registry.didEnd(self) }
        for receive in receivers { successor.start(receive) }
    }

    /// Waits until nobody uses a retired instance any more and its jobs have ended, or ends what still goes on when the
    /// time is over; stops it. Jobs that were cut off are its successor's.
    func drain(_ running: RunningModule, until deadline: Deadline) {
        defer { handOverJobs(of: running) }
        running.announceSuccessor()
        while running.hasJobsUnderWay, !deadline.hasPassed { usleep(5000) }
        // It is closed already where state was handed over.
        while gate.isClosed ? gate.isBorrowed : !gate.closeIfIdle() {
            if deadline.hasPassed {
                gate.close()
                break
            }
            usleep(5000)
        }
        stopRunning(running, nil, until: .after(Self.stopTime))
        resources.registry.didEnd(self)
    }

    private func handOverJobs(of running: RunningModule) {
        guard let present = newest.runningModule, present !== running else { return }
        do { try present.takeOverJobs(of: running) } catch {
            // The next start runs them again.
            resources.log.write(.warning, "Jobs of the old generation wait for a restart: \(error)", scope: scope)
        }
    }

    /// What takes no call any more and has not ended yet.
    var leavingModule: RunningModule? {
        state.withLock { state in
            if case .leaving(let running) = state.phase { running } else { nil }
        }
    }

    var runningModule: RunningModule? {
        state.withLock { state in
            if case .running(let running, _) = state.phase { running } else { nil }
        }
    }
}
