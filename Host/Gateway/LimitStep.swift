import GantryCore
import GantryIdentity
import GantryTelemetry

/// Whose allowance a request is taken from.
enum LimitSubject {
    /// The user, key or module's token; the client's address where there is no good credential.
    case caller
    /// The client's address, whatever the credential.
    case address
    /// All callers of the tenant together.
    case tenant
}

/// Counts the request against the class of its module, or the platform's group, and against what the tenant has in
/// all; refuses it when one of them is used up.
enum LimitStep {
    static func run(_ context: RequestContext, _ route: ModuleRoute, _ module: TenantModule) -> Failure? {
        guard let tenant = context.tenant else { return nil }
        let gateway = context.gateway
        var limit: TenantModule.Limit?
        if let index = route.limitIndex {
            limit = module.limits[index]
        } else if let group = route.limitGroup {
            limit = tenant.limits(gateway).groups[group]
        }
        var cell: LimitCell?
        if let limit {
            let (taken, allowance) = take(context, limit, route.limitSubject)
            context.allowance = allowance
            guard allowance.isGranted else { return refuse(limit, allowance) }
            cell = taken
        }
        guard tenant.hasOverallLimit(gateway), let overall = tenant.limits(gateway).overall else { return nil }
        let (_, allowance) = take(context, overall, .tenant)
        // Who counts is told of what ends first.
        if cell == nil || !allowance.isGranted || allowance.remaining < context.allowance.remaining {
            context.allowance = allowance
        }
        if allowance.isGranted { return nil }
        if let limit { cell?.giveBack(limit.rate, limit.state.kind, nowNanoseconds: context.startNanoseconds) }
        return refuse(overall, allowance)
    }

    private static func refuse(_ limit: TenantModule.Limit, _ allowance: Allowance) -> Failure {
        limit.rejections.increment()
        return .rateLimited(allowance)
    }

    private static func take(
        _ context: RequestContext, _ limit: TenantModule.Limit, _ subject: LimitSubject
    ) -> (LimitCell, Allowance) {
        while true {
            let cell = subject == .tenant ? limit.state.shared : cell(context, limit, subject)
            if let allowance = cell.take(limit.rate, limit.state.kind, nowNanoseconds: context.startNanoseconds) {
                return (cell, allowance)
            }
            // Thrown away since it was remembered.
            context.connection.cellClass = nil
        }
    }

    private static func cell(
        _ context: RequestContext, _ limit: TenantModule.Limit, _ subject: LimitSubject
    ) -> LimitCell {
        let connection = context.connection
        let principal = subject == .caller ? context.principal : nil
        let client = principal == nil ? context.client : nil
        // One connection mostly carries one caller to one class, so its cell is remembered. The highest bit keeps
        // credentials and addresses apart.
        let serial = client == nil ? connection.credentialSerial : context.clientSerial | 1 << 63
        if let cell = connection.cell, connection.cellClass === limit.state, connection.cellSerial == serial {
            return cell
        }
        let name = principal.map(name) ?? client?.subject ?? ""
        let cell = limit.state.cell(name, limit.rate, nowNanoseconds: context.startNanoseconds)
        connection.cell = cell
        connection.cellClass = limit.state
        connection.cellSerial = serial
        return cell
    }

    private static func name(_ principal: Principal) -> String {
        switch principal.kind {
        case .user: "u:" + principal.subject
        case .key: "k:" + principal.subject
        case .token: "m:" + principal.subject
        }
    }
}
