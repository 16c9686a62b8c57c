import GantryCore
import GantryIdentity
import GantryLoader
import GantryServer

/// Matches the route in the tenant's own table, and settles the tenant where only the path names it.
enum RouteStep {
    static func run(
        _ context: RequestContext, _ target: UnsafeBufferPointer<UInt8>, _ parts: RequestPath
    ) -> Failure? {
        let path = UnsafeBufferPointer(rebasing: target[parts.path])
        var tenant: GatewayState.Tenant?
        switch TenantStep.run(context) {
        case .failure(let failure): return failure
        case .named(let named): tenant = named
        case .unnamed: break
        }
        if let tenant, !tenant.isActive { return .tenantInactive }
        guard let lender = tenant ?? context.state.defaultTenant, let match = lender.table.tree.match(path) else {
            context.tenant = tenant
            // Who sends a credential means a route of its tenant. A bad one selects none, so it is the credential that
            // is wrong, as far as can be said, and not the path.
            let isForeign = tenant == nil && context.authentication == .refused
            return isForeign ? .unauthenticated(wasRefused: true) : .routeNotFound
        }
        guard let position = tenantParameter(lender.table.tree.routes(match)) else {
            return lender.isActive ? choose(context, lender, match, path) : .tenantInactive
        }
        let piece = UnsafeBufferPointer(rebasing: path[match.parameters[position]])
        guard let name = RequestPath.decode(piece, plusIsSpace: false) else { return .malformedTarget }
        switch TenantStep.run(context, pathName: String(decoding: name, as: UTF8.self), tenant: tenant) {
        case .failure(let failure):
            return failure
        case .named(let named):
            guard named.isActive else { return .tenantInactive }
            guard named !== lender else { return choose(context, lender, match, path) }
            guard let own = named.table.tree.match(path) else { return .routeNotFound }
            return choose(context, named, own, path)
        case .unnamed:
            return .routeNotFound
        }
    }

    private static func tenantParameter(_ routes: [(method: String, route: ModuleRoute)]) -> Int? {
        for entry in routes { if let position = entry.route.tenantParameter { return position } }
        return nil
    }

    private static func choose(
        _ context: RequestContext, _ tenant: GatewayState.Tenant, _ match: RouteTree<ModuleRoute>.Match,
        _ path: UnsafeBufferPointer<UInt8>
    ) -> Failure? {
        context.tenant = tenant
        let method = context.exchange.method
        guard var route = tenant.table.tree.route(match, method: method == "HEAD" ? "GET" : method) else {
            return refuseMethod(context, method, tenant.table.tree.routes(match))
        }
        if let second = route.second {
            do throws(VersionHeader.Refusal) {
                if try VersionHeader.wanted(context.headers) == 2 { route = second }
            } catch {
                return error.failure
            }
        }
        if route.version > 0 { context.version = route.version }
        context.route = route
        let module = tenant.module(at: route.moduleIndex)
        context.module = module
        guard module.source.isAvailable(atNanoseconds: context.startNanoseconds) else {
            return .moduleUnavailable(route.moduleID)
        }
        context.request.path = context.request.append(path)
        for index in 0..<match.parameters.count {
            let piece = UnsafeBufferPointer(rebasing: path[match.parameters[index]])
            guard let range = context.request.appendDecoded(piece, plusIsSpace: false) else { return .malformedTarget }
            context.request.pathParameters.append(range)
        }
        return nil
    }

    private static func refuseMethod(
        _ context: RequestContext, _ method: String, _ routes: [(method: String, route: ModuleRoute)]
    ) -> Failure {
        // The failure looks as the module's others do; one path rarely belongs to two modules.
        context.shape = routes.first?.route.shape
        var allowed = routes.map(\.method)
        if allowed.contains("GET") { allowed.append("HEAD") }
        allowed.append("OPTIONS")
        if method == "OPTIONS" { return .options(allowed: allowed.sorted()) }
        return .methodNotAllowed(method, allowed: allowed.sorted())
    }
}
