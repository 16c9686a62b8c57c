import GantryCore
import GantryIdentity
import GantryLoader
import GantryTelemetry

/// Whose allowance a request is taken from.
enum LimitSubject {
    /// The user, key or module's token; the client's address where there is no good credential.
    case caller
    /// The client's address, whatever the credential.
    case address
    /// All callers of the tenant together.
    case tenant
    /// All callers of the tenant together, for what the path names.
    case path
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
        return charge(context, limit, route.limitSubject, tenant)
    }

    /// The same for a route of the host's that belongs to a group of the platform.
    static func run(_ context: RequestContext, group: LimitGroup, of tenant: GatewayState.Tenant) -> Failure? {
        let limit = LimitGroup.allCases.firstIndex(of: group).map { tenant.limits(context.gateway).groups[$0] }
        return charge(context, limit, group.subject == .caller ? .caller : .address, tenant)
    }

    private static func charge(
        _ context: RequestContext, _ limit: TenantModule.Limit?, _ subject: LimitSubject, _ tenant: GatewayState.Tenant
    ) -> Failure? {
        let gateway = context.gateway
        var cell: LimitCell?
        if let limit {
            let (taken, allowance) = take(context, limit, subject)
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

    /// What is left of an allowance, without taking any of it.
    static func look(_ context: RequestContext, _ limit: TenantModule.Limit, _ subject: LimitSubject) -> Allowance {
        let name = subject == .caller ? context.principal.map(name) : nil
        let cell = limit.state.cell(
            name ?? context.client.subject, limit.rate, nowNanoseconds: context.startNanoseconds)
        return cell.look(limit.rate, nowNanoseconds: context.startNanoseconds)
    }

    private static func refuse(_ limit: TenantModule.Limit, _ allowance: Allowance) -> Failure {
        limit.rejections.increment()
        return .rateLimited(allowance)
    }

    private static func take(
        _ context: RequestContext, _ limit: TenantModule.Limit, _ subject: LimitSubject
    ) -> (LimitCell, Allowance) {
        while true {
            let cell =
                switch subject {
                case .tenant: limit.state.shared
                case .path: limit.state.cell(pathName(context), limit.rate, nowNanoseconds: context.startNanoseconds)
                case .caller, .address: cell(context, limit, subject)
                }
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

    /// What the parameters of the path say, without regard to the case of letters, since what is named by a UUID may be
    /// written in many.
    private static func pathName(_ context: RequestContext) -> String {
        let text = context.request.text
        let values = context.request.pathParameters.map { range in
            String(decoding: text[range.start..<range.start + range.count], as: UTF8.self).lowercased()
        }
        return "r:" + values.joined(separator: "/")
    }

    private static func name(_ principal: Principal) -> String {
        switch principal.kind {
        case .user: "u:" + principal.subject
        case .key: "k:" + principal.subject
        case .token: "m:" + principal.subject
        }
    }
}
