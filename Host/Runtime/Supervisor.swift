import GantryCore
import GantryGateway
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads
import Synchronization

/// Starts and stops the modules of all tenants and keeps the gateway's picture of them true. A module that cannot be
/// started concerns only its tenant: its routes answer 503 and its state says why.
final class Supervisor: Sendable {
    /// What a module of a tenant is up to.
    struct ModuleState: Sendable {
        /// `started` or `failed`.
        var name: String
        /// Why it failed.
        var message: String?
    }

    private enum Entry {
        case running(RunningModule)
        case failed(HostDirectory.Enablement, message: String)
    }

    private struct State {
        /// By tenant and module.
        var entries: [String: [String: Entry]] = [:]
        var events: [String: TenantEvents] = [:]
    }

    private static let stopTime = Duration.seconds(10)

    let directory: HostDirectory
    let catalog: ModuleCatalog
    let resources: InstanceResources
    let gateway: Gateway
    private let metrics: Metrics
    private let state = Mutex(State())
    /// Held while modules start or stop, which is slow; `state` is only ever held for a moment.
    private let change = Mutex(())

    init(
        directory: HostDirectory, catalog: ModuleCatalog, resources: InstanceResources, gateway: Gateway,
        metrics: Metrics
    ) {
        self.directory = directory
        self.catalog = catalog
        self.resources = resources
        self.gateway = gateway
        self.metrics = metrics
    }

    /// Starts everything that is enabled, then shows it to the gateway.
    func startAll() throws {
        let enablements = try directory.enablements().filter(\.isEnabled)
        try change.withLock { _ in
            for (tenant, enablements) in Dictionary(grouping: enablements, by: \.tenant).sorted(by: { $0.key < $1.key })
            {
                if let conflict = routeConflict(among: enablements, tenant: tenant) {
                    // Nothing of a plan with a conflict is applied; the other tenants are served.
                    for enablement in enablements { fail(enablement, conflict) }
                } else {
                    for enablement in enablements { _ = run(enablement) }
                }
                try connectEvents(tenant)
            }
            try showToGateway()
            for (_, module) in running() { try module.startJobs() }
        }
    }

    /// Starts one module and serves it; one that fails is reported in the error and answers 503 from now on.
    func start(_ enablement: HostDirectory.Enablement) throws {
        try change.withLock { _ in
            try end(tenant: enablement.tenant, module: enablement.module)
            let failure = run(enablement)
            try connectEvents(enablement.tenant)
            try showToGateway()
            if let failure { throw HostError(.bundle, failure) }
            if case .running(let module) = state.withLock({ $0.entries[enablement.tenant]?[enablement.module] }) {
                try module.startJobs()
            }
        }
    }

    /// Takes a module's routes away, then its events and jobs, then stops it.
    func stop(tenant: String, module: String) throws {
        try change.withLock { _ in
            try end(tenant: tenant, module: module)
            try connectEvents(tenant)
        }
    }

    /// Shows tenants that were made or changed to the gateway.
    func refresh() throws {
        try change.withLock { _ in try showToGateway() }
    }

    /// Throws `HostError` naming both modules when the module's routes would collide with those that are served.
    func checkRoutes(with enablement: HostDirectory.Enablement) throws {
        let others = try directory.enablements(tenant: enablement.tenant)
            .filter { $0.isEnabled && $0.module != enablement.module }
        if let conflict = routeConflict(among: others + [enablement], tenant: enablement.tenant) {
            throw HostError(.configuration, conflict)
        }
    }

    /// Stops everything: events first, then module by module.
    func stopAll() {
        change.withLock { _ in
            let events = state.withLock { state in
                defer { state.events = [:] }
                return Array(state.events.values)
            }
            for events in events { events.stop(within: Self.stopTime) }
            for (tenant, module) in running() { stopRunning(module, tenant: tenant) }
            state.withLock { $0.entries = [:] }
        }
    }

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

    private func running() -> [(tenant: String, module: RunningModule)] {
        state.withLock { state in
            state.entries.flatMap { tenant, entries in
                entries.values.compactMap { entry in
                    if case .running(let module) = entry { return (tenant, module) }
                    return nil
                }
            }
        }
    }

    /// Gives what went wrong, if anything did.
    private func run(_ enablement: HostDirectory.Enablement) -> String? {
        do {
            let module = try RunningModule(
                enablement, definition: catalog.definition(enablement.module), resources: resources)
            state.withLock { $0.entries[enablement.tenant, default: [:]][enablement.module] = .running(module) }
            return nil
        } catch {
            fail(enablement, "\(error)")
            return "\(error)"
        }
    }

    private func fail(_ enablement: HostDirectory.Enablement, _ message: String) {
        resources.log.write(
            .error, "A module could not be started: \(message)",
            scope: LogScope(tenant: enablement.tenant, module: enablement.module))
        state.withLock {
            $0.entries[enablement.tenant, default: [:]][enablement.module] = .failed(enablement, message: message)
        }
    }

    /// Removes the entry, then its routes, then stops it; the instance itself waits for its calls under way.
    private func end(tenant: String, module: String) throws {
        let entry = state.withLock { $0.entries[tenant]?.removeValue(forKey: module) }
        guard case .running(let running) = entry else { return }
        try showToGateway()
        state.withLock { $0.events.removeValue(forKey: tenant) }?.stop(within: Self.stopTime)
        stopRunning(running, tenant: tenant)
    }

    private func stopRunning(_ module: RunningModule, tenant: String) {
        guard let fault = module.stop(within: Self.stopTime) else { return }
        resources.log.write(
            .warning, "A module did not stop cleanly: \(fault)",
            scope: LogScope(tenant: tenant, module: module.enablement.module))
    }

    /// Connects the tenant's running modules anew.
    private func connectEvents(_ tenant: String) throws {
        state.withLock { $0.events.removeValue(forKey: tenant) }?.stop(within: Self.stopTime)
        let modules = running().filter { $0.tenant == tenant }.map(\.module)
            .sorted { $0.enablement.module < $1.enablement.module }
        guard !modules.isEmpty else { return }
        let events = try TenantEvents(modules: modules, resources: resources)
        state.withLock { $0.events[tenant] = events }
        events.start()
    }

    private func routeConflict(among enablements: [HostDirectory.Enablement], tenant: String) -> String? {
        let modules = enablements.compactMap { enablement in
            catalog.definitions[enablement.module].map { enabled(enablement, $0, instance: nil) }
        }
        do {
            _ = try gateway.makeState([TenantEntry(id: tenant, modules: modules)])
            return nil
        } catch {
            return error.message
        }
    }

    private func showToGateway() throws {
        let tenants = try directory.tenants()
        let entries = state.withLock { $0.entries }
        let shown = tenants.map { tenant in
            let modules = (entries[tenant.id] ?? [:]).sorted { $0.key < $1.key }.compactMap { id, entry in
                switch entry {
                case .running(let module):
                    return enabled(module.enablement, module.definition, instance: module.instance)
                case .failed(let enablement, _):
                    return catalog.definitions[id].map { enabled(enablement, $0, instance: nil) }
                }
            }
            return TenantEntry(
                id: tenant.id, status: TenantEntry.Status(rawValue: tenant.status) ?? .inactive, hosts: tenant.hosts,
                modules: modules)
        }
        gateway.replaceState(try gateway.makeState(withoutConflicts(shown)))
        for (id, definition) in catalog.definitions {
            let states = entries.values.compactMap { $0[id] }
            guard !states.isEmpty else { continue }
            let isUp = states.allSatisfy { if case .running = $0 { true } else { false } }
            metrics.setModule(id, version: definition.manifest.version, isUp: isUp)
        }
    }

    /// A tenant whose declared modules collide was started with none; it is served with none.
    private func withoutConflicts(_ entries: [TenantEntry]) -> [TenantEntry] {
        entries.map { entry in
            var entry = entry
            do { _ = try gateway.makeState([TenantEntry(id: entry.id, modules: entry.modules)]) } catch {
                entry.modules = []
            }
            return entry
        }
    }

    private func enabled(
        _ enablement: HostDirectory.Enablement, _ definition: ModuleDefinition, instance: ModuleInstance?
    ) -> EnabledModule {
        EnabledModule(
            manifest: definition.manifest, contract: definition.contract, instance: instance,
            limits: LimitsText.limits(enablement.limits), mount: enablement.mount)
    }
}
