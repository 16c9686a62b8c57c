import GantryCore
import GantryIdentity
import GantryLoader

/// What the host tells handlers in headers of its own, which no client can set.
enum ToldHeaders {
    /// Who acts as the user, by a token of impersonation.
    static let actor = "gantry-actor"
    /// The caller's allowance in the group that the route names, none of it taken: how many requests it has in all and
    /// how many are left, the Unix time in seconds at which its window ends, and the setting.
    static let allowance = "gantry-allowance"

    static func append(_ context: RequestContext, _ route: ModuleRoute) {
        if let actor = context.principal?.user.actor, !actor.isEmpty {
            context.request.append(header: Self.actor, actor)
        }
        guard let group = route.route.toldGroup, let place = LimitGroup.allCases.firstIndex(of: group),
            let tenant = context.tenant
        else { return }
        let limit = tenant.limits(context.gateway).groups[place]
        let subject: LimitSubject = group.subject == .caller ? .caller : .address
        let left = LimitStep.look(context, limit, subject)
        let reset = (context.wallMilliseconds + left.resetNanoseconds / 1_000_000 + 999) / 1000
        context.request.append(header: allowance, "\(left.limit) \(left.remaining) \(reset) \(limit.rate)")
    }
}
