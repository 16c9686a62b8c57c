import GantryCore
import GantryStore
import GantryThreads

extension Supervisor {
    /// What a module of a tenant is up to.
    struct ModuleState: Sendable {
        /// `idle`, `starting`, `started`, `stopping` or `failed`.
        var name: String
        /// Why it failed.
        var message: String?
    }

    /// Throws `HostError` naming both modules when the module's routes would collide with those that are served.
    func checkRoutes(with enablement: HostDirectory.Enablement) throws {
        let others = try directory.enablements(tenant: enablement.tenant)
            .filter { $0.isEnabled && $0.module != enablement.module }
        let modules = (others + [enablement])[...]
        var pins: [HostDirectory.Place: String] = [:]
        for enablement in modules { pins[enablement.place] = try directory.pin(enablement.place)?.version }
        if let conflict = profiles.profile(modules, catalog, pins).conflict {
            throw HostError(.configuration, "Tenant `\(enablement.tenant)`: \(conflict)")
        }
    }

    /// Which of the modules claim one route, in words; nil when they agree.
    func conflict(among enablements: [HostDirectory.Enablement]) -> String? {
        profiles.profile(enablements[...], catalog).conflict
    }

    /// What the module of the tenant is up to; nil when it is not enabled.
    func state(tenant: String, module: String) -> ModuleState? {
        guard let tenant = state.withLock({ $0.tenants[tenant] }), let enabled = tenant.profile.module(module) else {
            return nil
        }
        if let slot = tenant.usedSlot(module) { return slot.moduleState }
        do { _ = try tenant.definition(of: enabled) } catch {
            return ModuleState(name: "failed", message: "\(error)")
        }
        return ModuleState(name: "idle")
    }

    /// The build that the module is served from for the tenant, which a start of the module alone changes.
    func servedDefinition(tenant: String, module: String) -> ModuleDefinition? {
        state.withLock { $0.tenants[tenant] }?.profile.module(module)?.definition
    }

    /// Whether the module is served for the tenant from another build than the catalog has now of its version.
    func runsOtherBuild(tenant: String, module: String) -> Bool {
        guard let served = servedDefinition(tenant: tenant, module: module),
            let found = catalog.served(module, on: served.manifest.version)
        else { return false }
        return served.fingerprint != found.fingerprint
    }

    /// Starts the tenant's module unless it runs; throws `HostError` with what keeps it from starting.
    func wake(tenant: String, module: String) throws {
        guard let slot = state.withLock({ $0.tenants[tenant] })?.slot(module) else { return }
        if slot.startAndWait() { return }
        throw HostError(.bundle, slot.failure?.message ?? "The host is stopping.")
    }

    /// The open database of a running module.
    func database(tenant: String, module: String) -> Database? {
        state.withLock { $0.tenants[tenant] }?.usedSlot(module)?.database
    }
}

extension InstanceSlot {
    /// Why the last start failed; nil when it did not.
    var failure: StartFailure? {
        state.withLock { state in
            if case .failed(let failure) = state.phase { failure } else { nil }
        }
    }

    fileprivate var moduleState: Supervisor.ModuleState? {
        state.withLock { state in
            switch state.phase {
            case .idle: Supervisor.ModuleState(name: "idle")
            case .starting: Supervisor.ModuleState(name: "starting")
            case .running: Supervisor.ModuleState(name: "started")
            case .stopping: Supervisor.ModuleState(name: "stopping")
            case .leaving: Supervisor.ModuleState(name: "moving")
            case .failed(let failure): Supervisor.ModuleState(name: "failed", message: failure.message)
            case .retired, .ended: nil
            }
        }
    }

    var database: Database? {
        state.withLock { state in
            if case .running(let module, _) = state.phase { module.database } else { nil }
        }
    }

    /// Closes the files of a running instance that nobody uses.
    func closeIfUnused() {
        let running = state.withLock { state -> RunningModule? in
            if case .running(let module, _) = state.phase { module } else { nil }
        }
        _ = running?.closeIfUnused()
    }
}
