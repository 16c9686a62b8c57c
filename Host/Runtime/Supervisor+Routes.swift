import GantryCore
import GantryGateway
import GantryLoader
import GantryTelemetry
import GantryThreads

extension Supervisor {
    /// Throws `HostError` naming both modules when the module's routes would collide with those that are served.
    func checkRoutes(with enablement: HostDirectory.Enablement) throws {
        let others = try directory.enablements(tenant: enablement.tenant)
            .filter { $0.isEnabled && $0.module != enablement.module }
        if let conflict = routeConflict(among: others + [enablement], tenant: enablement.tenant) {
            throw HostError(.configuration, conflict)
        }
    }

    /// What two of the modules both claim, in words; nil when they agree.
    func routeConflict(among enablements: [HostDirectory.Enablement], tenant: String) -> String? {
        let modules = enablements.compactMap { enablement in
            catalog.definitions[enablement.module].map { enabled(enablement, $0, instance: nil) }
        }
        return conflict(among: modules, tenant: tenant)
    }

    /// Shows the gateway all tenants with what of their modules runs and what does not.
    func showToGateway() throws {
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
                // A tenant whose declared modules collide was started with none; it is served with none.
                modules: conflict(among: modules, tenant: tenant.id) == nil ? modules : [])
        }
        gateway.replaceState(try gateway.makeState(shown))
        var isUp: [String: Bool] = [:]
        for (id, entry) in entries.values.joined() {
            let isRunning = if case .running = entry { true } else { false }
            isUp[id] = (isUp[id] ?? true) && isRunning
        }
        // A module that nobody has enabled any more is shown as down, one that nobody ever had not at all.
        let reported = state.withLock { state in
            state.reported.formUnion(isUp.keys)
            return state.reported
        }
        for id in reported {
            guard let definition = catalog.definitions[id] else { continue }
            metrics.setModule(id, version: definition.manifest.version, isUp: isUp[id] ?? false)
        }
    }

    private func conflict(among modules: [EnabledModule], tenant: String) -> String? {
        // Routes depend on modules and mounts only, and many tenants have the same.
        let key = modules.map { "\($0.manifest.id) \($0.mount)" }
        if state.withLock({ $0.agreeing.contains(key) }) { return nil }
        do {
            _ = try gateway.makeState([TenantEntry(id: tenant, modules: modules)])
            state.withLock { state in
                // Mounts are the operator's to invent, so the memory must not grow with them.
                if state.agreeing.count > 1000 { state.agreeing = [] }
                state.agreeing.insert(key)
            }
            return nil
        } catch {
            return error.message
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
