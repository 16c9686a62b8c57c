import GantryCore
import GantryTelemetry
import GantryThreads

/// The tenants and routes that requests are served from. Immutable; `Gateway.replaceState` puts another in its place.
public final class GatewayState: Sendable {
    /// A tenant with its routes.
    final class Tenant: Sendable {
        let id: String
        let isActive: Bool
        let routes: RouteTree<ModuleRoute>
        let modules: [TenantModule]

        init(id: String, isActive: Bool, routes: RouteTree<ModuleRoute>, modules: [TenantModule]) {
            self.id = id
            self.isActive = isActive
            self.routes = routes
            self.modules = modules
        }
    }

    let tenants: [String: Tenant]
    let hosts: [String: Tenant]
    let defaultTenant: Tenant?

    init(tenants: [String: Tenant], hosts: [String: Tenant], defaultTenant: Tenant?) {
        self.tenants = tenants
        self.hosts = hosts
        self.defaultTenant = defaultTenant
    }

    static let empty = GatewayState(tenants: [:], hosts: [:], defaultTenant: nil)

    /// Calls of the module for the tenant that have not been answered yet.
    public func callsUnderWay(tenant: String, module: String) -> Int {
        tenants[tenant]?.modules.first { $0.id == module }?.bulkhead.callsUnderWay ?? 0
    }
}

/// Builds states, sharing route trees between tenants whose modules are equal.
struct GatewayStateBuilder {
    /// What makes the trees of two tenants equal.
    private struct ModuleKey: Hashable {
        let contract: ObjectIdentifier
        let version: String
        let mount: String
    }

    let configuration: GatewayConfiguration
    let registry: LimitRegistry
    let metrics: Metrics
    let pool: ThreadPool
    private var trees: [[ModuleKey]: RouteTree<ModuleRoute>] = [:]

    init(configuration: GatewayConfiguration, registry: LimitRegistry, metrics: Metrics, pool: ThreadPool) {
        self.configuration = configuration
        self.registry = registry
        self.metrics = metrics
        self.pool = pool
    }

    mutating func build(_ entries: [TenantEntry]) throws(GatewayError) -> GatewayState {
        var tenants: [String: GatewayState.Tenant] = [:]
        var hosts: [String: GatewayState.Tenant] = [:]
        for entry in entries {
            var modules: [TenantModule] = []
            for module in entry.modules {
                modules.append(
                    TenantModule(
                        module, tenant: entry.id, registry: registry, metrics: metrics, pool: pool,
                        maximumConcurrentCalls: configuration.maximumConcurrentCalls))
            }
            let tenant = GatewayState.Tenant(
                id: entry.id, isActive: entry.status == .active, routes: try tree(entry), modules: modules)
            guard tenants.updateValue(tenant, forKey: entry.id) == nil else {
                throw GatewayError(.tenantConflict, "The tenant `\(entry.id)` occurs twice.")
            }
            for host in entry.hosts {
                if let other = hosts.updateValue(tenant, forKey: host) {
                    throw GatewayError(
                        .tenantConflict, "The tenants `\(other.id)` and `\(entry.id)` both claim the host `\(host)`.")
                }
            }
        }
        return GatewayState(tenants: tenants, hosts: hosts, defaultTenant: tenants[configuration.defaultTenant])
    }

    private mutating func tree(_ entry: TenantEntry) throws(GatewayError) -> RouteTree<ModuleRoute> {
        let key = entry.modules.map { module in
            ModuleKey(
                contract: ObjectIdentifier(module.contract), version: module.manifest.version, mount: module.mount)
        }
        if let known = trees[key] { return known }
        var tree = RouteTree<ModuleRoute>()
        for (moduleIndex, module) in entry.modules.enumerated() {
            let shape = try ErrorTemplate(module.manifest.errors, module: module.manifest.id)
            for routeIndex in module.manifest.routes.indices {
                let path = module.mount + module.manifest.routes[routeIndex].path
                try refuseHostRoute(module.manifest.id, path: path, tenant: entry.id)
                let route = try ModuleRoute(
                    module, moduleIndex: moduleIndex, routeIndex: routeIndex, shape: shape, metrics: metrics)
                if let taken = tree.insert(method: route.route.method, path: path, route: route) {
                    throw GatewayError(
                        .routeConflict,
                        "The modules `\(taken.moduleID)` and `\(route.moduleID)` of the tenant `\(entry.id)` both "
                            + "declare \(route.route.method) \(path); a `mount` prefix for one of them settles it.")
                }
            }
        }
        trees[key] = tree
        return tree
    }

    private func refuseHostRoute(_ module: String, path: String, tenant: String) throws(GatewayError) {
        guard HostRoutes.fixedPaths.contains(path) else { return }
        throw GatewayError(
            .routeConflict,
            "The module `\(module)` of the tenant `\(tenant)` declares \(path), which belongs to `platform`; "
                + "a `mount` prefix settles it.")
    }
}
