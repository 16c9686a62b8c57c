import GantryCore
import GantryLoader

/// Refuses callers who are known but may not do this.
enum RoleStep {
    static func run(_ context: RequestContext, _ route: ModuleRoute) -> Failure? {
        guard let principal = context.principal else { return nil }
        if let token = principal.token, token.module != context.module?.id {
            // Another module must not even see it; and its sender believes to be somebody.
            return .unauthenticated(wasRefused: true)
        }
        context.request.principal = principal
        if route.route.role == .public { return nil }
        if let token = principal.token {
            return route.route.tokens.contains(token.kind) ? nil : .userTokenRequired
        }
        if principal.kind == .key && !route.route.acceptsKeys { return .userTokenRequired }
        if principal.user.isShutOut { return .shutOut }
        if !principal.user.actor.isEmpty {
            if route.route.admitsActing { return nil }
            if route.isForAdministrators { return .actsForAnother }
        }
        if principal.tenant.isEmpty {
            guard route.route.admitsTenantless else { return .tenantRequired }
            if route.route.excusesTenantless { return nil }
        }
        if principal.role < route.route.role { return .roleRequired(route.shape.name(of: route.route.role)) }
        return nil
    }
}
