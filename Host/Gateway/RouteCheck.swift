import GantryTelemetry
public import GantryThreads

/// Tells whether modules could be served together, without a gateway that serves them.
public enum RouteCheck {
    /// What keeps the tenant's modules from being served together: two claim one route, or one claims a route of the
    /// host; nil when they agree.
    public static func conflict(in tenant: TenantEntry, pool: ThreadPool) -> GatewayError? {
        do throws(GatewayError) {
            switch tenant.content {
            case .fixed(let modules): _ = try RouteTable(modules, checksAnswers: false, metrics: Metrics())
            case .lazy: break
            }
            return nil
        } catch {
            return GatewayError(error.code, "Tenant `\(tenant.id)`: \(error.message)")
        }
    }
}
