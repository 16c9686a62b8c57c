import GantryCore
import GantryIdentity

/// Works out the tenant. Only a verified credential selects one; names that contradict each other are refused in the
/// same way whether or not the tenants exist.
enum TenantStep {
    /// How the tenant was found.
    enum Outcome {
        /// Somebody named it: host, header or credential.
        case named(GatewayState.Tenant)
        /// Nobody has named one so far; a path parameter may, and else the default tenant lends its routes.
        case unnamed
        case failure(Failure)
    }

    static func run(_ context: RequestContext) -> Outcome {
        let state = context.state
        let byHost = state.hosts.isEmpty ? nil : context.hostName.flatMap { state.hosts[$0] }
        let header = context.headers.tenant
        if let byHost, let header, byHost.id != header { return .failure(.tenantMismatch) }
        let explicit = byHost?.id ?? header
        if let principal = context.principal {
            if let explicit, explicit != principal.tenant { return .failure(.tenantMismatch) }
            if principal.tenant.isEmpty { return .unnamed }
            guard let tenant = state.tenants[principal.tenant] else { return .failure(.tenantMismatch) }
            return .named(tenant)
        }
        if let byHost { return .named(byHost) }
        guard let header else { return .unnamed }
        return state.tenants[header].map { .named($0) } ?? .failure(.tenantNotFound)
    }

    /// Looks at the path parameter `org_id` of a route.
    /// - Parameters:
    ///   - name: The decoded value.
    ///   - tenant: The tenant so far; nil when only the default tenant lends its routes.
    static func run(_ context: RequestContext, pathName name: String, tenant: GatewayState.Tenant?) -> Outcome {
        if let tenant { return tenant.id == name ? .named(tenant) : .failure(.tenantMismatch) }
        // A user without a tenant belongs to none of those that the path could name.
        if context.principal != nil { return .failure(.tenantMismatch) }
        return context.state.tenants[name].map { .named($0) } ?? .failure(.tenantNotFound)
    }
}
