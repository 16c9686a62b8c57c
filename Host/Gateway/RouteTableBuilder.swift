import GantryContract
import GantryCore
import GantryTelemetry

/// Makes the tree of some modules' routes: first what they declare, then what the platform's versions add to it.
struct RouteTableBuilder {
    private let modules: [EnabledModule]
    private let metrics: Metrics
    private let shapes: [ErrorTemplate?]
    /// Contracts of second versions, where answers are held against them.
    private let seconds: [Contract?]
    private(set) var tree = RouteTree<ModuleRoute>()
    private(set) var declared: [ModuleRoute] = []
    /// First versions with their second ones, whether or not the second has its own path.
    private(set) var twins: [(first: ModuleRoute, second: ModuleRoute)] = []
    /// By module, the second versions that have a path, as `GET /api/v1/app/notes`.
    private(set) var served: [Set<String>]

    init(_ modules: [EnabledModule], checksAnswers: Bool, metrics: Metrics) {
        self.modules = modules
        self.metrics = metrics
        served = Array(repeating: [], count: modules.count)
        shapes = modules.map { module in
            let manifest = module.manifest
            return try? ErrorTemplate(
                manifest.errors, module: manifest.id, tellsMeta: manifest.isVersioned)
        }
        seconds = modules.map { module in
            checksAnswers && module.manifest.isVersioned ? SecondVersion(module.contract).contract : nil
        }
    }

    /// Adds the routes of a module as its manifest has them.
    mutating func declare(_ index: Int) throws(GatewayError) {
        let module = modules[index]
        if let conflict = module.contract.versionConflict(with: module.manifest) {
            throw GatewayError(.contract, "`\(module.manifest.id)`: \(conflict)")
        }
        for routeIndex in module.manifest.routes.indices {
            let form = PlatformForm(
                declared: module.manifest.routes[routeIndex], of: module, answers: seconds[index])
            let path = module.mount + form.path
            guard !HostRoutes.isOwned(path) else {
                throw GatewayError(
                    .routeConflict,
                    "The module `\(module.manifest.id)` declares \(path), which belongs to `platform`; a `mount` "
                        + "prefix settles it.")
            }
            let route = try make(form, of: index, routeIndex)
            if let taken = tree.insert(method: route.route.method, path: path, route: route) {
                throw GatewayError(
                    .routeConflict,
                    "The modules `\(taken.moduleID)` and `\(route.moduleID)` both declare \(route.route.method) "
                        + "\(path); a `mount` prefix for one of them settles it.")
            }
            declared.append(route)
        }
    }

    /// Adds the second version of a route that has one. Where another module declares its path, that one keeps it.
    mutating func addTwin(of first: ModuleRoute) throws(GatewayError) {
        let index = first.moduleIndex
        guard let form = PlatformForm.twin(of: first, answers: seconds[index]) else { return }
        let second = try make(form, of: index, first.routeIndex)
        let path = modules[index].mount + form.path
        if !HostRoutes.isOwned(path),
            tree.insert(method: first.route.method, path: path, route: second) == nil
        {
            served[index].insert("\(first.route.method) \(first.route.path)")
        }
        twins.append((first, second))
    }

    /// Adds the path without a version, unless somebody declares it.
    mutating func addVersionless(_ first: ModuleRoute, _ second: ModuleRoute) throws(GatewayError) {
        let index = first.moduleIndex
        guard let form = PlatformForm.versionless(of: first, second: second) else { return }
        let path = modules[index].mount + form.path
        guard !HostRoutes.isOwned(path) else { return }
        _ = tree.insert(
            method: first.route.method, path: path, route: try make(form, of: index, first.routeIndex))
    }

    private func make(_ form: PlatformForm, of index: Int, _ routeIndex: Int) throws(GatewayError)
        -> ModuleRoute
    {
        let manifest = modules[index].manifest
        let shape: ErrorTemplate
        if let known = shapes[index] {
            shape = known
        } else {
            // One that cannot be used says so here.
            shape = try ErrorTemplate(manifest.errors, module: manifest.id)
        }
        return try ModuleRoute(
            modules[index], moduleIndex: index, routeIndex: routeIndex, form: form, shape: shape,
            metrics: metrics)
    }
}
