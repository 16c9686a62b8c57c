import GantryCore
import GantryGateway
import GantryThreads

/// What a tenant has enabled and how. Tenants that have the same enabled in the same way share one object, and those
/// that differ in configurations only still share the set of modules that the gateway routes by. Immutable.
final class TenantProfile: Sendable {
    /// One module, as it is enabled.
    final class Module: Sendable {
        let id: String
        let configuration: String
        let limits: String
        let mount: String
        /// Nil when no bundle was found.
        let definition: ModuleDefinition?
        /// Where its code runs.
        let isolation: Deployment.Isolation

        /// - Parameters:
        ///   - definition: The build that it is served by until it is started anew.
        ///   - isolation: Where it runs until it is started anew.
        init(
            _ enablement: HostDirectory.Enablement, definition: ModuleDefinition?,
            isolation: Deployment.Isolation = Deployment.Isolation()
        ) {
            self.isolation = isolation
            id = enablement.module
            configuration = enablement.configuration
            limits = enablement.limits
            mount = enablement.mount
            self.definition = definition
        }

        func enablement(tenant: String) -> HostDirectory.Enablement {
            HostDirectory.Enablement(
                tenant: tenant, module: id, isEnabled: true, configuration: configuration, limits: limits, mount: mount)
        }

        func isEqual(to other: Module) -> Bool {
            id == other.id && configuration == other.configuration && limits == other.limits && mount == other.mount
                && definition === other.definition && isolation == other.isolation
        }

        /// What makes two of them equal, in one line.
        fileprivate var key: Key {
            Key(
                id: id, configuration: configuration, limits: limits, mount: mount,
                definition: definition.map { ObjectIdentifier($0) }, isolation: isolation.text)
        }

        fileprivate struct Key: Hashable {
            let id: String
            let configuration: String
            let limits: String
            let mount: String
            let definition: ObjectIdentifier?
            let isolation: String
        }
    }

    /// By id.
    let modules: [Module]
    /// What the gateway serves; nothing when modules claim one route.
    let served: ModuleSet
    /// Which modules claim one route; nil when they agree.
    let conflict: String?

    init(modules: [Module], served: ModuleSet, conflict: String?) {
        self.modules = modules
        self.served = served
        self.conflict = conflict
    }

    func module(_ id: String) -> Module? { modules.first { $0.id == id } }

    fileprivate func consists(of others: [Module]) -> Bool {
        modules.count == others.count && zip(modules, others).allSatisfy { $0.isEqual(to: $1) }
    }
}

/// The profiles that tenants have, each once. Any thread.
final class TenantProfiles: Sendable {
    private struct Reference<Object: AnyObject> {
        weak var object: Object?
    }

    private struct State {
        var profiles: [[TenantProfile.Module.Key]: Reference<TenantProfile>] = [:]
        var sets: [[TenantProfile.Module.Key]: Reference<ModuleSet>] = [:]
        /// Neighbours in the list of tenants are mostly alike.
        weak var last: TenantProfile?
        var sweepCount = 256
    }

    private let gateway: Gateway
    private let isolations: IsolationSettings
    private let state = Lock(State())

    init(gateway: Gateway, isolations: IsolationSettings) {
        self.gateway = gateway
        self.isolations = isolations
    }

    /// The profile of what is enabled, of one tenant, by the builds of a catalog.
    /// - Parameter pins: Versions of what is not on the newest.
    func profile(
        _ enablements: ArraySlice<HostDirectory.Enablement>, _ catalog: ModuleCatalog,
        _ pins: [HostDirectory.Place: String] = [:]
    ) -> TenantProfile {
        profile(enablements.map { module($0, catalog, on: pins.isEmpty ? nil : pins[$0.place]) })
    }

    /// A module as it is enabled for a tenant, by the build of a catalog.
    /// - Parameter version: The version that the tenant is on; nil for the newest.
    func module(
        _ enablement: HostDirectory.Enablement, _ catalog: ModuleCatalog, on version: String? = nil
    ) -> TenantProfile.Module {
        module(enablement, catalog.served(enablement.module, on: version))
    }

    /// A module as it is enabled for a tenant, by a build.
    func module(
        _ enablement: HostDirectory.Enablement, _ definition: ModuleDefinition?
    ) -> TenantProfile.Module {
        // What cannot be read of `host.db` now is what was there at the start: the host's process.
        let isolation = (try? isolations.isolation(of: enablement.module)) ?? Deployment.Isolation()
        return TenantProfile.Module(enablement, definition: definition, isolation: isolation)
    }

    /// The profile of the modules of one tenant.
    func profile(_ modules: [TenantProfile.Module]) -> TenantProfile {
        let modules = modules.sorted { $0.id < $1.id }
        return state.withLock { state in
            if let last = state.last, last.consists(of: modules) { return last }
            let key = modules.map(\.key)
            let profile = state.profiles[key]?.object ?? make(modules, &state.sets)
            state.profiles[key] = Reference(object: profile)
            state.last = profile
            // What nobody has any more is forgotten.
            if state.profiles.count > state.sweepCount {
                state.profiles = state.profiles.filter { $0.value.object != nil }
                state.sets = state.sets.filter { $0.value.object != nil }
                state.sweepCount = max(256, state.profiles.count * 2)
            }
            return profile
        }
    }

    private func make(
        _ modules: [TenantProfile.Module], _ sets: inout [[TenantProfile.Module.Key]: Reference<ModuleSet>]
    ) -> TenantProfile {
        do {
            return TenantProfile(modules: modules, served: try set(modules, &sets), conflict: nil)
        } catch {
            // Nothing of a set with a conflict is served. An empty one never has a conflict.
            guard let none = try? set([], &sets) else { preconditionFailure("no modules, no conflict") }
            return TenantProfile(modules: modules, served: none, conflict: error.message)
        }
    }

    private func set(
        _ modules: [TenantProfile.Module], _ sets: inout [[TenantProfile.Module.Key]: Reference<ModuleSet>]
    ) throws(GatewayError) -> ModuleSet {
        var key: [TenantProfile.Module.Key] = []
        var enabled: [EnabledModule] = []
        for module in modules {
            guard let definition = module.definition else { continue }
            key.append(
                TenantProfile.Module.Key(
                    id: module.id, configuration: "", limits: module.limits, mount: module.mount,
                    definition: ObjectIdentifier(definition), isolation: "\(module.isolation.isWorker)"))
            var entry = EnabledModule(
                manifest: definition.manifest, contract: definition.contract,
                limits: LimitsText.limits(module.limits), mount: module.mount)
            entry.isIsolated = module.isolation.isWorker
            enabled.append(entry)
        }
        if let known = sets[key]?.object { return known }
        let set = try gateway.moduleSet(enabled)
        sets[key] = Reference(object: set)
        return set
    }
}
