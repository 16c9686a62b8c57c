import GantryCore
import GantryIdentity
import GantryServer

/// Lets a request wait while the keys that its credential was signed with are being fetched, without a thread: its body
/// is read meanwhile, and the steps from the credential on follow when the keys are there or could not be had.
enum KeyStep {
    /// What is read of the body while nobody knows whose request it is. Larger ones are asked to come again.
    static let maximumBodyBytes = 1 << 20

    /// What the request waits for.
    static func wait(_ context: RequestContext) -> KeyWait? {
        if case .pending(let wait)? = context.authentication { return wait }
        return nil
    }

    /// Goes on later; called when the body is complete.
    static func run(_ context: RequestContext, _ wait: KeyWait) { run(context, wait, mayWaitAgain: !wait.isNewest) }

    /// A fetch that was under way already may bring keys that are older than the request's; then the next one counts.
    private static func run(_ context: RequestContext, _ wait: KeyWait, mayWaitAgain: Bool) {
        wait.whenReady {
            context.exchange.execute {
                // The server may have ended it, or the client may have left.
                if context.isOver { return }
                PrincipalStep.run(context, mayWait: mayWaitAgain)
                if let wait = self.wait(context) { return run(context, wait, mayWaitAgain: false) }
                goOn(context)
            }
        }
    }

    /// Looks at a credential of a route of the host's, and goes on as soon as something is known of it; with a failure
    /// where nobody can say. Event loop only.
    /// - Parameter mayWait: Whether the keys that it was signed with may be fetched first.
    static func whenJudged(
        _ context: RequestContext, header: String?, mayWait: Bool = true, _ body: @escaping @Sendable (Failure?) -> Void
    ) {
        PrincipalStep.run(context, header: header, mayWait: mayWait)
        if let wait = wait(context) {
            guard mayWait else { return body(.issuerUnavailable(retrySeconds: 1)) }
            return wait.whenReady {
                context.exchange.execute { whenJudged(context, header: header, mayWait: false, body) }
            }
        }
        if case .unavailable(let seconds)? = context.authentication {
            return body(.issuerUnavailable(retrySeconds: seconds))
        }
        body(nil)
    }

    private static func goOn(_ context: RequestContext) {
        let failure = context.exchange.withTarget { target -> Failure? in
            guard let parts = RequestPath(target) else { return .malformedTarget }
            return context.gateway.runCallerSteps(context, target, parts)
        }
        if let failure { return ResponseStep.fail(context, failure) }
        guard let route = context.route?.route else { return ResponseStep.fail(context, .routeNotFound) }
        // A body that is to be read as it arrives has been read already.
        if route.streamsBody { return ResponseStep.fail(context, .issuerUnavailable(retrySeconds: 1)) }
        guard context.exchange.withBody({ $0.count <= route.maximumBodyBytes }) else {
            return ResponseStep.fail(context, .bodyTooLarge(maximumBytes: route.maximumBodyBytes))
        }
        ModuleStep.run(context)
    }
}

extension Failure {
    /// The credential can neither be accepted nor refused.
    static func issuerUnavailable(retrySeconds: Int) -> Failure {
        Failure(
            503, "issuer_unavailable",
            "The credential cannot be checked at the moment, since its issuer does not answer. Try again."
        )
        .with { $0.member("service", "auth") }
        .with(header: "Retry-After: \(retrySeconds)")
    }
}
