import GantryCore
import GantryIdentity
import GantryServer

/// Works out the tenant: by the listener, the host name, the header, the credential, the path. Only a verified
/// credential selects one; names that contradict each other are refused in the same way whether or not the tenants
/// exist.
enum TenantStep {
    /// How the tenant was found.
    enum Outcome {
        /// Somebody named it: listener, host, header or credential.
        case named(GatewayState.Tenant)
        /// Nobody has named one so far; a path parameter may, and else the default tenant lends its routes.
        case unnamed
        case failure(Failure)
    }

    static func run(_ context: RequestContext) -> Outcome {
        let state = context.state
        let byHost = state.hosts.isEmpty ? nil : context.hostName.flatMap { state.hosts[$0] }
        let header = context.headers.tenant
        let byListener = context.exchange.listenerLabel
        if let byListener, byHost.map({ $0.id != byListener }) == true { return .failure(.tenantMismatch) }
        if let header, let other = byListener ?? byHost?.id, header != other { return .failure(.tenantMismatch) }
        let explicit = byListener ?? byHost?.id ?? header
        if let principal = context.principal {
            if principal.tenant.isEmpty {
                // Who belongs to no tenant has the routes of the default one, whether or not he names it.
                let isAtHome = explicit.map { $0 == context.gateway.configuration.defaultTenant } ?? true
                if isAtHome { return .unnamed }
                // His token speaks for that very tenant, which has removed him.
                return .failure(explicit == principal.user.formerTenant ? .tenantRequired : .tenantMismatch)
            }
            if let explicit, explicit != principal.tenant { return .failure(.tenantMismatch) }
            guard let tenant = context.connection.tenant(principal.tenant, in: state) else {
                return .failure(.tenantMismatch)
            }
            return .named(tenant)
        }
        if let byHost { return .named(byHost) }
        guard let explicit else { return .unnamed }
        return state.tenants[explicit].map { .named($0) } ?? .failure(.tenantNotFound)
    }

    /// Looks at the path parameter `org_id` of a route.
    /// - Parameters:
    ///   - name: The decoded value.
    ///   - tenant: The tenant so far; nil when only the default tenant lends its routes.
    static func run(_ context: RequestContext, pathName name: String, tenant: GatewayState.Tenant?) -> Outcome {
        if let tenant { return tenant.id == name ? .named(tenant) : .failure(.tenantMismatch) }
        // A user without a tenant belongs to none of those that the path could name but the default one.
        if context.principal != nil, name != context.gateway.configuration.defaultTenant {
            return .failure(.tenantMismatch)
        }
        return context.state.tenants[name].map { .named($0) } ?? .failure(.tenantNotFound)
    }
}
