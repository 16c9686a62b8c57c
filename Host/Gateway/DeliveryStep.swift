import GantryCore
import GantryIdentity
import GantryLoader
import GantryServer

/// Takes what a provider outside delivers: nothing of it is read before its signature is found good, and then it
/// reaches the handler as it came.
enum DeliveryStep {
    /// The header in which the module finds the key that the delivery is remembered under. Nobody else can set it.
    static let keyHeader = "gantry-delivery"

    static func run(
        _ context: RequestContext, _ route: ModuleRoute, _ provider: Manifest.Delivery, _ instance: any ModulePort
    ) {
        context.exchange.withBody { body in
            var headers = DeliverySecrets.Headers()
            headers.id = context.headerValue("svix-id")
            headers.timestamp = context.headerValue("svix-timestamp")
            headers.signatures = context.headerValue("svix-signature")
            headers.bearer = context.headerValue("authorization").flatMap(PrincipalStep.bearer)
            let verdict = context.gateway.configuration.deliveries.judge(
                provider, tenant: context.tenant?.id ?? "", headers, body: body,
                nowMilliseconds: context.wallMilliseconds)
            switch verdict {
            case .notConfigured: return ResponseStep.fail(context, .notConfigured(provider.rawValue))
            case .refused: return ResponseStep.fail(context, .unauthenticated(wasRefused: true))
            case .authentic(let key):
                context.request.append(context.exchange, client: context.client, version: route.version)
                context.request.append(header: keyHeader, key)
            }
            context.receivedBytes = body.count
            context.runHandler(route) { trace in
                instance.handle(
                    context.request, body: body, nodes: UnsafeBufferPointer(start: nil, count: 0),
                    deadlineNanoseconds: context.deadlineNanoseconds, trace: trace, sink: context)
            }
        }
    }
}

extension ModuleRequest {
    /// Adds a header of the host's own.
    mutating func append(header name: String, _ value: String) {
        headers.append(Field(name: append(name), value: append(value)))
    }
}
