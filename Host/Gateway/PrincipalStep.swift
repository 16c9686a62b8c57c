import GantryCore
import GantryIdentity

/// Looks at the credential. It is not refused here: limits come first, and the tenant may depend on it.
enum PrincipalStep {
    /// - Parameter mayWait: Whether the request may wait for keys, once more where it has done so.
    static func run(_ context: RequestContext, mayWait: Bool = true) {
        let inQuery = context.socketRequest?.credential.map { "Bearer " + $0.value }
        run(context, header: inQuery ?? context.headers.authorization, mayWait: mayWait)
    }

    /// Looks at a credential as it stands in the header `Authorization`, or would.
    static func run(_ context: RequestContext, header: String?, mayWait: Bool = true) {
        guard let header else { return }
        context.authentication = context.connection.authenticate(
            header, with: context.gateway.authenticator, nowMilliseconds: context.wallMilliseconds, mayWait: mayWait)
    }

    /// The text after `Bearer `; nil when the header says something else.
    static func bearer(_ header: String) -> String? {
        let bytes = header.utf8
        guard bytes.count > 7 else { return nil }
        var index = bytes.startIndex
        for expected in "bearer ".utf8 {
            guard HeaderName.lower(bytes[index]) == expected else { return nil }
            index = bytes.index(after: index)
        }
        return String(header[index...])
    }

    /// Refuses a missing or bad credential where the route needs one.
    static func require(_ context: RequestContext, _ route: ModuleRoute) -> Failure? {
        // What a provider bears is no credential of anybody's; it is looked at with the body.
        if context.principal != nil || route.route.delivery != nil { return nil }
        // A credential that was sent and is bad is refused on public routes too: the sender believes to be somebody.
        if context.authentication == nil && route.route.role == .public { return nil }
        return .unauthenticated(wasRefused: context.authentication != nil)
    }
}
