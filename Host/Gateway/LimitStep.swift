import GantryCore
import GantryTelemetry

/// Counts the request against its class and refuses it when the allowance is used up.
enum LimitStep {
    static func run(_ context: RequestContext, _ route: ModuleRoute, _ module: TenantModule) -> Failure? {
        guard let index = route.limitIndex else { return nil }
        let limit = module.limits[index]
        while true {
            let bucket = bucket(context, route, limit)
            if let allowance = bucket.take(limit.rate, nowNanoseconds: context.startNanoseconds) {
                context.allowance = allowance
                if allowance.isGranted { return nil }
                limit.rejections.increment()
                return .rateLimited(allowance)
            }
            // Thrown away since it was remembered.
            context.connection.bucketClass = nil
        }
    }

    private static func bucket(
        _ context: RequestContext, _ route: ModuleRoute, _ limit: TenantModule.Limit
    ) -> TokenBucket {
        let connection = context.connection
        let principal = context.principal
        // One connection mostly carries one caller to one class, so its bucket is remembered.
        let serial = route.limitSubject == .tenant || principal == nil ? 0 : connection.credentialSerial
        if let bucket = connection.bucket, connection.bucketClass === limit.state, connection.bucketSerial == serial {
            return bucket
        }
        let subject: String
        if route.limitSubject == .tenant {
            subject = "t"
        } else if let principal {
            let kind =
                switch principal.kind {
                case .user: "u:"
                case .key: "k:"
                case .token: "m:"
                }
            subject = kind + principal.subject
        } else {
            subject = connection.addressSubject
        }
        let bucket = limit.state.bucket(subject, nowNanoseconds: context.startNanoseconds)
        connection.bucket = bucket
        connection.bucketClass = limit.state
        connection.bucketSerial = serial
        return bucket
    }
}
