import GantryCore
import GantryTelemetry
import GantryThreads

/// The tenants and routes that requests are served from. Immutable; `Gateway.replaceState` puts another in its place.
public final class GatewayState: Sendable {
    /// A tenant with its routes. Of one that no request was made for this is all there is: what belongs to the tenant
    /// and a module is made when it is first asked for.
    final class Tenant: Sendable {
        /// The modules of a tenant that requests were made for.
        private final class Live: Sendable {
            final class Place: Sendable {
                let module = OnceReference<TenantModule>()
            }

            let places: [Place]

            init(count: Int) {
                places = (0..<count).map { _ in Place() }
            }
        }

        /// Rates of its own, which few tenants have.
        private final class OwnRates: Sendable {
            let rates: PlatformRates
            let hasOverall: Bool

            init(_ rates: PlatformRates) {
                self.rates = rates
                hasOverall = rates.overall != nil
            }
        }

        let id: String
        let isActive: Bool
        let hosts: [String]
        private let ownRates: OwnRates?
        private let modules: ModuleSet
        private let source: any TenantSource
        private let live = OnceReference<Live>()
        private let limits = OnceReference<TenantLimits>()
        private let ranked = OnceReference<TenantRank>()

        init(
            id: String, isActive: Bool, hosts: [String], rates: PlatformRates?, modules: ModuleSet,
            source: any TenantSource
        ) {
            self.id = id
            self.isActive = isActive
            self.hosts = hosts
            ownRates = rates.map { OwnRates($0) }
            self.modules = modules
            self.source = source
        }

        var table: RouteTable { modules.routes }

        /// Whether one of its modules wants to hear of its requests.
        var hearsOfRequests: Bool { modules.hearsOfRequests }

        /// Where its requests are counted, in metrics that name tenants.
        func rank(_ metrics: Metrics) -> TenantRank? {
            if metrics.tenants.limit == 0 { return nil }
            return ranked.load() ?? metrics.tenants.rank(id).map { ranked.storeIfNil($0) }
        }

        /// Whether there is an allowance for all requests together.
        func hasOverallLimit(_ gateway: Gateway) -> Bool { ownRates?.hasOverall ?? gateway.hasOverallLimit }

        /// What the platform allows.
        func limits(_ gateway: Gateway) -> TenantLimits {
            if let known = limits.load() { return known }
            return limits.storeIfNil(
                TenantLimits(rates(gateway), tenant: id, registry: gateway.registry, metrics: gateway.metrics))
        }

        private func rates(_ gateway: Gateway) -> PlatformRates {
            ownRates?.rates ?? gateway.configuration.rates
        }

        /// A module by its position in the set.
        func module(at index: Int) -> TenantModule {
            let live = live.load() ?? live.storeIfNil(Live(count: modules.shapes.count))
            if let known = live.places[index].module.load() { return known }
            return live.places[index].module.storeIfNil(
                TenantModule(
                    modules.shapes[index], tenant: id, source: source.source(of: modules.shapes[index].id),
                    resources: modules.resources))
        }

        /// A module that a request was made for; nil when there is none of that id.
        func usedModule(_ id: String) -> TenantModule? {
            guard let index = modules.shapes.firstIndex(where: { $0.id == id }) else { return nil }
            return live.load()?.places[index].module.load()
        }
    }

    let tenants: PersistentMap<Tenant>
    let hosts: PersistentMap<Tenant>
    let defaultTenant: Tenant?

    init(tenants: PersistentMap<Tenant>, hosts: PersistentMap<Tenant>, defaultTenant: Tenant?) {
        self.tenants = tenants
        self.hosts = hosts
        self.defaultTenant = defaultTenant
    }

    static let empty = GatewayState(tenants: PersistentMap(), hosts: PersistentMap(), defaultTenant: nil)

    /// Calls of the module for the tenant that have not been answered yet.
    public func callsUnderWay(tenant: String, module: String) -> Int {
        tenants[tenant]?.usedModule(module)?.bulkhead.callsUnderWay ?? 0
    }
}

/// Builds states from what the runtime knows, whole or from the one before.
struct GatewayStateBuilder {
    let gateway: Gateway
    private var tenants: PersistentMap<GatewayState.Tenant>
    private var hosts: PersistentMap<GatewayState.Tenant>

    /// - Parameter state: What the new one has in common with; `empty` for none.
    init(_ gateway: Gateway, from state: GatewayState) {
        self.gateway = gateway
        tenants = state.tenants
        hosts = state.hosts
    }

    /// A state of these tenants alone.
    static func build(_ entries: [TenantEntry], for gateway: Gateway) throws(GatewayError) -> GatewayState {
        var builder = GatewayStateBuilder(gateway, from: .empty)
        var byID: [String: GatewayState.Tenant] = [:]
        var byHost: [String: GatewayState.Tenant] = [:]
        byID.reserveCapacity(entries.count)
        for entry in entries {
            let tenant = try builder.tenant(entry)
            guard byID.updateValue(tenant, forKey: entry.id) == nil else {
                throw GatewayError(.tenantConflict, "The tenant `\(entry.id)` occurs twice.")
            }
            for host in entry.hosts {
                if let other = byHost.updateValue(tenant, forKey: host) {
                    throw hostConflict(host, other.id, entry.id)
                }
            }
        }
        builder.tenants = PersistentMap(byID)
        builder.hosts = PersistentMap(byHost)
        return builder.state
    }

    /// Puts the entries in the place of what the tenants were before, if they were anything.
    mutating func replace(_ entries: [TenantEntry]) throws(GatewayError) {
        // All are taken out first: a name may go from one of them to another.
        for entry in entries {
            for host in tenants[entry.id]?.hosts ?? [] { hosts[host] = nil }
        }
        for entry in entries {
            let tenant = try tenant(entry)
            tenants[entry.id] = tenant
            for host in entry.hosts {
                if let other = hosts[host] { throw Self.hostConflict(host, other.id, entry.id) }
                hosts[host] = tenant
            }
        }
    }

    var state: GatewayState {
        GatewayState(
            tenants: tenants, hosts: hosts, defaultTenant: tenants[gateway.configuration.defaultTenant])
    }

    private func tenant(_ entry: TenantEntry) throws(GatewayError) -> GatewayState.Tenant {
        let modules: ModuleSet
        let source: any TenantSource
        switch entry.content {
        case .fixed(let enabled):
            do { modules = try gateway.moduleSet(enabled) } catch {
                throw GatewayError(error.code, "Tenant `\(entry.id)`: \(error.message)")
            }
            source = FixedSource(enabled)
        case .lazy(let set, let lazy):
            modules = set
            source = lazy
        }
        return GatewayState.Tenant(
            id: entry.id, isActive: entry.status == .active, hosts: entry.hosts, rates: try rates(entry),
            modules: modules, source: source)
    }

    private func rates(_ entry: TenantEntry) throws(GatewayError) -> PlatformRates? {
        if entry.settings.isEmpty { return nil }
        do { return try gateway.configuration.rates.with(settings: entry.settings) } catch {
            throw GatewayError(.setting, "Tenant `\(entry.id)`: \(error)")
        }
    }

    private static func hostConflict(_ host: String, _ first: String, _ second: String) -> GatewayError {
        GatewayError(.tenantConflict, "The tenants `\(first)` and `\(second)` both claim the host `\(host)`.")
    }
}
