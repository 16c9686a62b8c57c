import GantryCore
import GantryStore
import GantryThreads

extension Supervisor {
    private static let sweepMilliseconds: Int64 = 30_000
    private static let trimmingCount = 16

    /// What the module of the tenant is up to; nil when it is not enabled.
    func state(tenant: String, module: String) -> ModuleState? {
        state.withLock { state in
            switch state.entries[tenant]?[module] {
            case nil: nil
            case .running: ModuleState(name: "started")
            case .failed(_, let message): ModuleState(name: "failed", message: message)
            }
        }
    }

    /// The open database of a running module.
    func database(tenant: String, module: String) -> Database? {
        state.withLock { state in
            if case .running(let running) = state.entries[tenant]?[module] { return running.database }
            return nil
        }
    }

    /// Modules of any tenant that failed to start, by id.
    var failedModules: [String: String] {
        state.withLock { state in
            var failed: [String: String] = [:]
            for entries in state.entries.values {
                for case (let id, .failed(_, let message)) in entries { failed[id] = message }
            }
            return failed
        }
    }

    /// The definitions of all modules that some tenant has enabled.
    var modulesInService: [ModuleDefinition] {
        let ids = state.withLock { Set($0.entries.values.flatMap(\.keys)) }
        return ids.sorted().compactMap { catalog.definitions[$0] }
    }

    /// The running modules of all tenants.
    func running() -> [RunningModule] {
        state.withLock { state in state.entries.values.flatMap { $0.values.compactMap(\.running) } }
    }

    /// The running modules of one tenant by id.
    func running(of tenant: String) -> [RunningModule] {
        state.withLock { state in (state.entries[tenant] ?? [:]).values.compactMap(\.running) }
            .sorted { $0.enablement.module < $1.enablement.module }
    }

    /// From time to time closes the databases that nobody uses: most tenants are quiet most of the time, and each open
    /// database costs files and memory.
    func scheduleSweep() {
        let time = systemWallClock() + Self.sweepMilliseconds
        let token = resources.timers.schedule(atMilliseconds: time) { [weak self] in
            _ = self?.resources.backgroundPool.submit { [weak self] in self?.sweep() }
        }
        let isStopped = state.withLock { state in
            state.sweep = token
            return state.isStopped
        }
        if isStopped { resources.timers.cancel(token) }
    }
}

extension Supervisor {
    private func sweep() {
        if state.withLock({ $0.isStopped }) { return }
        let closedCount = running().count { $0.closeIfUnused() }
        // What so many connections held lies scattered in the heap; the allocator gives it back only when asked to.
        if closedCount >= Self.trimmingCount { FreeMemory.giveBack() }
        scheduleSweep()
    }
}

extension Supervisor.Entry {
    fileprivate var running: RunningModule? {
        if case .running(let module) = self { module } else { nil }
    }
}
