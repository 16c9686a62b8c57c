import GantryContract
import GantryCore
import GantryTelemetry
import GantryThreads

/// Modules with their routes and limits, as tenants share them: each tenant that has the same modules enabled in the
/// same way holds the same object. `Gateway.moduleSet` makes it. Immutable.
public final class ModuleSet: Sendable {
    /// What does not depend on the tenant in one module.
    struct Shape: Sendable {
        /// One limit class with what applies here.
        struct Limit: Sendable {
            let name: String
            let rate: RateLimit
            let rejections: Counter
        }

        let id: String
        /// Operations by the position of their route in the manifest.
        let operations: [String]
        /// Limit classes sorted by name.
        let limits: [Limit]
        let isSerial: Bool
        let maximumConcurrentCalls: Int?
        /// Whether it wants to hear of the tenant's requests.
        let hearsOfRequests: Bool
        /// Whether it runs in another process.
        let isIsolated: Bool

        init(_ module: EnabledModule, metrics: Metrics) {
            id = module.manifest.id
            operations = module.manifest.routes.map(\.operation)
            limits = module.manifest.limits.sorted { $0.key < $1.key }.map { name, limit in
                Limit(
                    name: name, rate: module.limits[name] ?? limit.rate,
                    rejections: metrics.rateLimitRejections(group: "\(module.manifest.id).\(name)"))
            }
            hearsOfRequests = module.manifest.subscriptions.contains { $0.event == FinishedRequest.eventType }
            isSerial = module.manifest.entry == .serial
            maximumConcurrentCalls = module.manifest.maximumConcurrentCalls
            isIsolated = module.isIsolated
        }
    }

    let routes: RouteTable
    /// Whether a module wants to hear of the tenant's requests.
    let hearsOfRequests: Bool
    let shapes: [Shape]
    let resources: TenantModule.Resources

    init(routes: RouteTable, shapes: [Shape], resources: TenantModule.Resources) {
        self.routes = routes
        self.shapes = shapes
        hearsOfRequests = shapes.contains { $0.hearsOfRequests }
        self.resources = resources
    }

    /// Whether both are served by one route tree.
    public func sharesRoutes(with other: ModuleSet) -> Bool { routes === other.routes }
}

/// The routes of some modules at their mounts, whatever their limits are.
final class RouteTable: Sendable {
    /// What makes the tables of two sets equal.
    struct Key: Hashable {
        let contract: ObjectIdentifier
        let id: String
        let version: String
        let mount: String
        let routes: [String]
        let isIsolated: Bool

        init(_ module: EnabledModule) {
            contract = ObjectIdentifier(module.contract)
            id = module.manifest.id
            version = module.manifest.version
            mount = module.mount
            isIsolated = module.isIsolated
            routes = module.manifest.routes.map { "\($0.operation) \($0.method) \($0.path) \($0.execution)" }
        }
    }

    let tree: RouteTree<ModuleRoute>
    /// What the merged document is made of. Its contracts are held also so that the identities in the key stay theirs
    /// as long as the table is known by it.
    let sources: [DocumentSource]

    /// - Parameter checksAnswers: Whether answers of the platform's second version are to be held against contracts.
    init(_ modules: [EnabledModule], checksAnswers: Bool, metrics: Metrics) throws(GatewayError) {
        var builder = RouteTableBuilder(modules, checksAnswers: checksAnswers, metrics: metrics)
        for index in modules.indices { try builder.declare(index) }
        // What is declared literally comes before every twin, whichever module is the first.
        for route in builder.declared { try builder.addTwin(of: route) }
        for (first, second) in builder.twins { try builder.addVersionless(first, second) }
        tree = builder.tree
        sources = modules.indices.map { DocumentSource(modules[$0], twins: builder.served[$0]) }
    }
}

/// The route tables that some set of modules uses. Any thread.
final class RouteTables: Sendable {
    private struct Reference {
        weak var table: RouteTable?
    }

    private struct Tables {
        var byKey: [[RouteTable.Key]: Reference] = [:]
        var sweepCount = 64
        var socketCredentials: Set<String> = []
    }

    private let tables = Lock(Tables())

    /// Names of the parameters of queries that are credentials of openings in some table.
    var socketCredentials: Set<String> { tables.withLock { $0.socketCredentials } }

    private let checksAnswers: Bool

    init(checksAnswers: Bool) {
        self.checksAnswers = checksAnswers
    }

    func table(_ modules: [EnabledModule], metrics: Metrics) throws(GatewayError) -> RouteTable {
        let key = modules.map { RouteTable.Key($0) }
        if let known = tables.withLock({ $0.byKey[key]?.table }) { return known }
        let table = try RouteTable(modules, checksAnswers: checksAnswers, metrics: metrics)
        tables.withLock { tables in
            // Mounts are the operator's to invent, so tables that nobody uses any more are forgotten.
            if tables.byKey.count >= tables.sweepCount {
                tables.byKey = tables.byKey.filter { $0.value.table != nil }
                tables.sweepCount = max(64, tables.byKey.count * 2)
            }
            tables.byKey[key] = Reference(table: table)
            for route in modules.flatMap(\.manifest.routes) {
                if let name = route.socket?.credential { tables.socketCredentials.insert(name) }
            }
        }
        return table
    }
}
