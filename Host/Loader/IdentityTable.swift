import CGantry
import GantryCore
import GantryJSON

/// `gantry.identity`: who calls, and the tokens that the module issues.
enum IdentityTable {
    private static let maximumSubjectBytes: UInt64 = 256
    private static let maximumClaimsBytes: UInt64 = 4096
    private static let maximumTextBytes: UInt64 = 16384

    static let principal:
        @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_principal_fn_v1?, UnsafeMutableRawPointer?) -> Int32 = {
            call, onPrincipal, context in
            guard let onPrincipal else { return ModuleStatus.invalid.rawValue }
            guard let call = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
            return lend(call.principal) { onPrincipal(context, $0) }
        }

    static let mint:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UnsafePointer<gantry_token_order_v1>?, gantry_token_fn_v1?,
            UnsafeMutableRawPointer?, UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, order, onToken, context, error in
            guard let order = order?.pointee, let onToken else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.identity.mint", error) { call, tokens throws(PortOutcome) in
                let order = try checked(order, call.instance.manifest)
                guard call.instance.isGranted(.identity, part: order.kind) else {
                    throw call.instance.refusal(.identity, part: order.kind, "gantry.identity.mint")
                }
                let token = try tokens.mint(order)
                var texts = LentTexts()
                let (id, text) = (texts.add(token.id), texts.add(token.text))
                return texts.lend { texts in
                    var lent = gantry_token_v1(
                        id: texts[id], text: texts[text], expires_milliseconds: token.expiresAtMilliseconds)
                    return ModuleStatus(rawValue: onToken(context, &lent))
                }
            }
        }

    static let verify:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, gantry_principal_fn_v1?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, text, onPrincipal, context, error in
            guard let onPrincipal else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.identity.verify", error) { call, tokens throws(PortOutcome) in
                guard text.size <= maximumTextBytes, let text = text.text, let principal = tokens.verify(text) else {
                    throw PortOutcome(.denied, message: "This is no token of this module and tenant that is good.")
                }
                if let kind = principal.token?.kind, !call.instance.isGranted(.identity, part: kind) {
                    throw call.instance.refusal(.identity, part: kind, "gantry.identity.verify")
                }
                return ModuleStatus(rawValue: lend(principal) { onPrincipal(context, $0) })
            }
        }

    static let revoke:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, id, error in
            run(call, "gantry.identity.revoke", error) { _, tokens throws(PortOutcome) in
                let id = try ServiceCalls.text(id, atMost: maximumSubjectBytes, "id")
                return try tokens.revoke(id: id) ? .ok : .end
            }
        }

    static let revokeSubject:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, gantry_str_v1, UnsafeMutablePointer<UInt64>?,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, kind, subject, outCount, error in
            run(call, "gantry.identity.revoke_subject", error) { call, tokens throws(PortOutcome) in
                let kind = try ServiceCalls.text(kind, atMost: 64, "kind")
                _ = try declared(kind, call.instance.manifest)
                let subject = try ServiceCalls.text(subject, atMost: maximumSubjectBytes, "subject")
                outCount?.pointee = UInt64(try tokens.revoke(kind: kind, subject: subject))
                return .ok
            }
        }

    private static func run(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: StaticString,
        _ error: UnsafeMutablePointer<gantry_error_v1>?,
        _ body: (ModuleCall, any TokenPort) throws(PortOutcome) -> ModuleStatus
    ) -> Int32 {
        ServiceCalls.run(call, \.tokens, error, waits: true, needs: (.identity, function), body)
    }

    private static func declared(_ kind: String, _ manifest: Manifest) throws(PortOutcome) -> Manifest.TokenKind {
        guard let declared = manifest.issues.first(where: { $0.kind == kind }) else {
            throw PortOutcome(.denied, message: "The kind of tokens `\(kind)` is not declared under `issues`.")
        }
        return declared
    }

    /// What the module asks for, held against its manifest.
    private static func checked(
        _ order: gantry_token_order_v1, _ manifest: Manifest
    ) throws(PortOutcome) -> TokenPortOrder {
        let kind = try declared(ServiceCalls.text(order.kind, atMost: 64, "kind"), manifest)
        let role = try ServiceCalls.text(order.role, atMost: 64, "role")
        guard kind.roles.contains(role) else {
            throw PortOutcome(.denied, message: "Tokens of the kind `\(kind.kind)` may not have the role `\(role)`.")
        }
        guard (1...kind.maximumLifetimeSeconds).contains(order.lifetime_seconds) else {
            throw PortOutcome(
                .limit,
                message: "Tokens of the kind `\(kind.kind)` are good for 1 to \(kind.maximumLifetimeSeconds) seconds.")
        }
        let subject = try ServiceCalls.text(order.subject, atMost: maximumSubjectBytes, "subject")
        guard !subject.isEmpty else { throw PortOutcome(.invalid, message: "A token needs a subject.") }
        let claims = try ServiceCalls.text(order.claims, atMost: maximumClaimsBytes, "claims")
        if !claims.isEmpty {
            let isObject = (try? JSONDocument(Array(claims.utf8)))?.withRoot { $0.kind == .object }
            guard isObject == true else { throw PortOutcome(.invalid, message: "`claims` is no JSON object.") }
        }
        return TokenPortOrder(
            kind: kind.kind, role: role, subject: subject, claims: claims, lifetimeSeconds: order.lifetime_seconds)
    }

    /// Lends a principal to the module; nil for nobody.
    static func lend<Result>(
        _ principal: Principal?, _ body: (UnsafePointer<gantry_principal_v1>) -> Result
    ) -> Result {
        let kind: UInt32 =
            switch principal?.kind {
            case nil: 0
            case .user: 1
            case .key: 2
            case .token: 3
            }
        let role = principal?.token?.role ?? principal?.role.rawValue ?? ""
        var texts = LentTexts()
        let numbers = [
            principal?.subject ?? "", role, principal?.token?.id ?? "", principal?.token?.claims ?? "",
        ].map { texts.add($0) }
        return texts.lend { texts in
            var lent = gantry_principal_v1(
                kind: kind, reserved: 0, subject: texts[numbers[0]], role: texts[numbers[1]], token: texts[numbers[2]],
                claims: texts[numbers[3]])
            return body(&lent)
        }
    }
}
