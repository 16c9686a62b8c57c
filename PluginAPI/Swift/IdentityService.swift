import CGantry

/// Who calls, and tokens that the module issues to its own callers. Keys and credentials never leave the host.
///
/// Issuing needs the capability `identity` and the kinds and roles under `issues` of the manifest.
public struct IdentityService {
    let scope: CallScope

    /// A token that the module asks for.
    public struct Order: Sendable {
        /// Its kind; stands under `issues` of the manifest.
        public var kind: String
        /// Whom it stands for, 1 to 256 bytes.
        public var subject: String
        /// The role that its bearer has; stands under `issues` of the manifest.
        public var role: String
        /// How long it holds, in whole seconds; more than the manifest allows is refused.
        public var lifetime: Duration
        /// A JSON object of at most 4 KiB that comes back in `Principal.claims`; empty for none.
        public var claims: [UInt8]

        /// An order without claims.
        public init(kind: String, subject: String, role: String, lifetime: Duration) {
            self.kind = kind
            self.subject = subject
            self.role = role
            self.lifetime = lifetime
            claims = []
        }

        /// An order whose claims are the JSON object of `claims`.
        public init(
            kind: String, subject: String, role: String, lifetime: Duration, claims: some Encodable
        ) throws {
            self.init(kind: kind, subject: subject, role: role, lifetime: lifetime)
            self.claims = try JSONCoding.encode(claims)
        }
    }

    /// A minted token.
    public struct Token: Sendable {
        /// The id by which it is revoked.
        public let id: String
        /// The credential. It is shown once: hand it on, and neither keep nor log it.
        public let text: String
        /// When it ends, in milliseconds since 1970.
        public let expiresMilliseconds: Int64
    }

    /// Who made the request; nil for events, jobs and where nobody had to say.
    public func principal() throws(HostError) -> Principal? {
        let table = try scope.tables.pointee.identity.get()
        var principal: Principal?
        let status = LentTaker<gantry_principal_v1>.lend { raw in
            principal = Principal(raw)
            return Status.ok.rawValue
        } to: { context in
            table.pointee.principal.unsafelyUnwrapped(scope.call, Lending.principal, context)
        }
        try HostError.check(status, "gantry.identity principal")
        return principal
    }

    /// Mints a token for the call's tenant; durable when this returns.
    public func mint(_ order: Order) throws(HostError) -> Token {
        let table = try scope.tables.pointee.identity.get()
        var arena = TextArena()
        let (kind, subject) = (arena.append(order.kind), arena.append(order.subject))
        let (role, claims) = (arena.append(order.role), order.claims.withUnsafeBytes { arena.append($0) })
        var token: Token?
        try issuing("gantry.identity mint") { record in
            arena.withBytes { bytes in
                var raw = gantry_token_order_v1(
                    kind: kind.text(in: bytes), subject: subject.text(in: bytes), role: role.text(in: bytes),
                    claims: claims.text(in: bytes), lifetime_seconds: order.lifetime.components.seconds)
                return LentTaker<gantry_token_v1>.lend { minted in
                    token = Token(
                        id: minted.pointee.id.string, text: minted.pointee.text.string,
                        expiresMilliseconds: minted.pointee.expires_milliseconds)
                    return Status.ok.rawValue
                } to: { context in
                    table.pointee.mint.unsafelyUnwrapped(
                        scope.call, &raw, Lending.token, context, record)
                }
            }
        }
        guard let token else { throw HostError(.failed, message: "gantry.identity minted nothing") }
        return token
    }

    /// Verifies a token of this module and tenant, such as one received in a body; nil for every other one, expired and
    /// revoked ones among them.
    public func verify(_ text: String) throws(HostError) -> Principal? {
        let table = try scope.tables.pointee.identity.get()
        var principal: Principal?
        do {
            try HostError.checkRecord("gantry.identity verify") { record in
                text.withText { text in
                    LentTaker<gantry_principal_v1>.lend { raw in
                        principal = Principal(raw)
                        return Status.ok.rawValue
                    } to: { context in
                        table.pointee.verify.unsafelyUnwrapped(
                            scope.call, text, Lending.principal, context, record)
                    }
                }
            }
        } catch  where error.status == .denied {
            return nil
        }
        return principal
    }

    /// Revokes one token by its id; false when there is none of it. Holds from the next request on.
    @discardableResult
    public func revoke(_ id: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.identity.get()
        var isFound = true
        try issuing("gantry.identity revoke") { record in
            let status = id.withText { table.pointee.revoke.unsafelyUnwrapped(scope.call, $0, record) }
            isFound = status != Status.end.rawValue
            return status
        }
        return isFound
    }

    /// Revokes all tokens of one kind for a subject, and returns how many there were.
    @discardableResult
    public func revokeAll(kind: String, subject: String) throws(HostError) -> Int {
        let table = try scope.tables.pointee.identity.get()
        var count: UInt64 = 0
        try issuing("gantry.identity revoke_subject") { record in
            kind.withText { kind in
                subject.withText { subject in
                    table.pointee.revoke_subject.unsafelyUnwrapped(scope.call, kind, subject, &count, record)
                }
            }
        }
        return Int(clamping: count)
    }

    private func issuing(
        _ name: StaticString, _ body: (UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) {
        do {
            try HostError.checkRecord(name, body)
        } catch  where error.status == .denied {
            throw HostError(
                .denied, code: error.code,
                message: "\(error.message) Issuing needs `identity` under `capabilities:` in module.yaml, "
                    + "and the token's kind and role under `issues:`.")
        }
    }
}
