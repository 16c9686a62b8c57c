import GantryCore
import GantryLoader
import GantryThreads

extension Supervisor {
    private static let sweepSeconds = 30
    private static let trimmingCount = 16

    /// From time to time closes the files that nobody uses, and stops the instances that nobody has wanted for long:
    /// most tenants are quiet most of the time, and what is open or runs costs files and memory.
    func scheduleSweep() {
        let time = systemWallClock() + Int64(interval) * 1000
        let token = resources.timers.schedule(atMilliseconds: time) { [weak self] in
            _ = self?.resources.startPool.submit { [weak self] in self?.sweep() }
        }
        let isStopped = state.withLock { state in
            state.sweep = token
            return state.isStopped
        }
        if isStopped { resources.timers.cancel(token) }
    }

    /// Closes files at once, since many were opened in a short time.
    func closeUnusedFiles() {
        for slot in registry.running { slot.closeIfUnused() }
    }

    /// Seconds between two sweeps.
    private var interval: Int {
        settings.idleSeconds > 0 ? min(Self.sweepSeconds, settings.idleSeconds) : Self.sweepSeconds
    }

    private func sweep() {
        if state.withLock({ $0.isStopped }) { return }
        ModuleInstance.endForsakenCalls()
        resources.services.saveUses()
        // So many sweeps in which nobody wanted it make an instance idle.
        let idleCount = settings.idleSeconds > 0 ? max(1, settings.idleSeconds / interval) : .max
        let count = registry.running.count { $0.sweep(idleCount: idleCount) }
        // What so many held lies scattered in the heap; the allocator gives it back only when asked to.
        if count >= Self.trimmingCount { FreeMemory.giveBack() }
        scheduleSweep()
    }
}
