import GantryContract
import GantryCore
import GantryJSON
import GantryTelemetry
import Synchronization

/// One route of a route tree, with all that the steps need to know of it. Shared by tenants with equal modules.
final class ModuleRoute: Sendable {
    let moduleID: String
    /// Position of the module among the tenant's modules.
    let moduleIndex: Int
    /// Position of the route in the manifest.
    let routeIndex: Int
    let route: Manifest.Route
    /// Position of the limit class in the module's list; nil when the route names none.
    let limitIndex: Int?
    /// Position of the platform's group in `LimitGroup.allCases`, which counts the routes of modules with `x-versions`
    /// that name no class of their own.
    let limitGroup: Int?
    let limitSubject: LimitSubject
    let operation: ContractOperation
    /// What the module's answers are held against.
    let answers: ContractOperation
    /// Version of the platform in which it answers; 0 for what is served as it is declared.
    let version: Int
    /// Whether successful answers are put into the platform's envelope.
    let wrapsAnswers: Bool
    /// The second version, where the path leaves the choice to a header.
    let second: ModuleRoute?
    let shape: ErrorTemplate
    let policy: ValidationPolicy
    let idempotency: Manifest.Idempotency
    /// Whether a body may come compressed: the contract says so, or there is none.
    let takesCodings: Bool
    /// Whether the handler begins on the event loop; else on a thread that may wait.
    var beginsOnEventLoop: Bool { maybeOnEventLoop && !hasKeptLoop.load(ordering: .relaxed) }
    private let maybeOnEventLoop: Bool
    /// Whether the handler runs in another process and neither it nor the module's check waits: then the event loop
    /// begins the call, and nobody waits for it.
    let beginsElsewhere: Bool
    private let hasKeptLoop = Atomic<Bool>(false)
    /// Whether nobody calls it while acting as somebody else: by its role, and by the platform's paths.
    let isForAdministrators: Bool
    /// Position of the parameter `org_id` in the path.
    let tenantParameter: Int?
    let instruments: RouteInstruments

    /// Whether the module runs in another process, which no event loop waits for.
    let isIsolated: Bool

    /// From now on the handler begins on a thread that may wait: it has kept an event loop for too long.
    func leaveEventLoops() { hasKeptLoop.store(true, ordering: .relaxed) }

    init(
        _ module: EnabledModule, moduleIndex: Int, routeIndex: Int, form: PlatformForm, shape: ErrorTemplate,
        metrics: Metrics
    ) throws(GatewayError) {
        let manifest = module.manifest
        route = manifest.routes[routeIndex]
        guard let operation = module.contract.operation(id: route.operation) else {
            throw GatewayError(
                .contract, "The contract of `\(manifest.id)` has no operation `\(route.operation)`.")
        }
        guard operation.method == route.method, operation.path == route.path else {
            throw GatewayError(
                .contract,
                "`\(manifest.id)` declares \(route.method) \(route.path) for `\(route.operation)`, and its contract "
                    + "\(operation.method) \(operation.path).")
        }
        moduleID = manifest.id
        self.moduleIndex = moduleIndex
        self.routeIndex = routeIndex
        self.operation = operation
        answers = form.answers ?? operation
        version = form.version
        wrapsAnswers = form.wrapsAnswers
        second = form.second
        self.shape = shape
        policy = manifest.validation
        idempotency = manifest.idempotency
        takesCodings = operation.requestBody == nil || operation.declaresHeader("content-encoding")
        // Event loops do not wait for each other, so a serially entered module begins elsewhere.
        isIsolated = module.isIsolated
        beginsElsewhere =
            module.isIsolated && route.execution == .inline && manifest.entry == .concurrent && !route.checks
            && !route.streamsBody && route.socket == nil
        maybeOnEventLoop =
            !module.isIsolated
            && (route.execution == .inline || (route.execution == .async && manifest.entry == .concurrent))
        limitIndex = route.limit.flatMap { manifest.limits.keys.sorted().firstIndex(of: $0) }
        let group =
            route.limit == nil && manifest.isVersioned && !operation.isUncounted
            ? LimitGroup(method: route.method, path: route.path) : nil
        limitGroup = group.flatMap { LimitGroup.allCases.firstIndex(of: $0) }
        limitSubject =
            switch (route.limit.flatMap { manifest.limits[$0]?.subject }, group?.subject) {
            case (.tenant, _): .tenant
            case (.path, _): .path
            case (.credential, _), (nil, .caller), (nil, nil): .caller
            case (nil, .address): .address
            }
        let path = module.mount + form.path
        isForAdministrators = route.role >= .admin || route.path.hasPrefix("/api/v1/admin/")
        tenantParameter = RouteTree<ModuleRoute>.parameterNames(path).firstIndex(of: "org_id")
        instruments = metrics.route(method: route.method, route: path, version: form.version == 2 ? "v2" : "v1")
    }
}
