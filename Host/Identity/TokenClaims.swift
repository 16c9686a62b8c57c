public import GantryCore
import GantryJSON

/// What a user's token says.
public struct TokenClaims: Sendable, Equatable {
    /// The user's id, never empty.
    public var subject: String
    /// Milliseconds since 1970.
    public var expiresAtMilliseconds: Int64
    /// What the user may do; `user` when the token says nothing that is known.
    public var role: Role
    /// The tenant that the token names; nil when it names none.
    public var tenant: String?
    /// Milliseconds since 1970.
    public var issuedAtMilliseconds: Int64?
    /// The user's address; nil when the token names none that is a plain address.
    public var email: String?

    /// Creates claims.
    public init(
        subject: String, expiresAtMilliseconds: Int64, role: Role, tenant: String?, issuedAtMilliseconds: Int64? = nil,
        email: String? = nil
    ) {
        self.subject = subject
        self.expiresAtMilliseconds = expiresAtMilliseconds
        self.role = role
        self.tenant = tenant
        self.issuedAtMilliseconds = issuedAtMilliseconds
        self.email = email
    }
}

extension Principal {
    /// The bearer of a token that belongs to the tenant; empty for none. A role holds in the tenant that the token
    /// names, so that who belongs to none is a plain user.
    /// - Parameter origin: The tenant whose own issuer has made the token; empty for every other issuer.
    init(user claims: TokenClaims, tenant: String, origin: String = "") {
        var facts = UserFacts()
        facts.origin = origin
        facts.email = claims.email ?? ""
        facts.issuedAtMilliseconds = claims.issuedAtMilliseconds ?? 0
        self.init(
            kind: .user, subject: claims.subject, role: tenant.isEmpty ? .user : claims.role, tenant: tenant,
            user: facts)
    }
}

/// Reads the claims of a token, each where the issuer puts it.
struct ClaimReader {
    private static let maximumSubjectBytes = 255

    let provider: Deployment.Authentication.Provider
    /// The `iss` that is demanded; nil for any.
    var issuer: String?
    /// The `aud` that is demanded; nil for any.
    var audience: String?
    /// Whether a token that acts for somebody else is one of ours; those of issuers never are.
    var allowsImpersonation = false

    /// Throws `IdentityError` unless everything about the claims is as it must be. The signature is checked elsewhere.
    func read(_ root: JSONValue, nowMilliseconds: Int64) throws(IdentityError) -> TokenClaims {
        guard let subject = Self.text(root["sub"]), subject.utf8.count <= Self.maximumSubjectBytes else {
            throw IdentityError(.invalid, "The token names no subject.")
        }
        let expiry = try Self.checkTimes(root, nowMilliseconds: nowMilliseconds)
        if let issuer, root["iss"]?.stringEquals(issuer) != true {
            throw IdentityError(.invalid, "The token is of another issuer.")
        }
        if let audience, !Self.names(root["aud"], audience) {
            throw IdentityError(.invalid, "The token is for another audience.")
        }
        if let mark = root["imp"], mark.bool != false, !allowsImpersonation {
            throw IdentityError(.invalid, "The token acts for somebody else, which only the host's own may.")
        }
        return TokenClaims(
            subject: subject, expiresAtMilliseconds: expiry, role: role(root), tenant: try tenant(root),
            issuedAtMilliseconds: Self.milliseconds(root["iat"]),
            email: root["email"]?.string.flatMap { EmailAddress.isPlain($0) ? $0 : nil })
    }

    /// The tenant that a token names; nil where it names none. Throws where the name is none that a tenant can have.
    func tenant(_ root: JSONValue) throws(IdentityError) -> String? {
        let places: [JSONValue?] =
            switch provider {
            case .custom: [root["org_id"]]
            // What users may write themselves, `user_metadata`, is not looked at.
            case .supabase: [root["org_id"], root["app_metadata"]?["org_id"]]
            case .clerk: [root["org_id"], root["o"]?["id"]]
            }
        for case let place? in places where !place.isNull {
            guard let name = place.string, Identifiers.isTenant(name) else {
                throw IdentityError(.invalid, "The token names an impossible tenant.")
            }
            return name
        }
        return nil
    }

    private func role(_ root: JSONValue) -> Role {
        let places: [JSONValue?] =
            switch provider {
            case .custom: [root["role"]]
            // Supabase's own `role` names a role of its database, such as `authenticated`.
            case .supabase: [root["app_metadata"]?["role"], root["role"]]
            case .clerk: [root["role"], root["org_role"], root["o"]?["rol"]]
            }
        for case let place? in places {
            guard var name = place.string else { continue }
            if provider == .clerk, name.hasPrefix("org:") { name.removeFirst(4) }
            // Nobody calls as `public`, and a word that is not known is the least that a user can be.
            if let role = Role(rawValue: name), role != .public { return role }
            return .user
        }
        return .user
    }

    private static func checkTimes(_ root: JSONValue, nowMilliseconds: Int64) throws(IdentityError) -> Int64 {
        guard let expiry = milliseconds(root["exp"]) else {
            throw IdentityError(.invalid, "The token has no expiry.")
        }
        guard nowMilliseconds < expiry + TokenSigner.skewMilliseconds else {
            throw IdentityError(.expired, "The token has expired.")
        }
        for claim in [root["iat"], root["nbf"]] where claim != nil {
            guard let moment = milliseconds(claim), moment <= nowMilliseconds + TokenSigner.skewMilliseconds else {
                throw IdentityError(.invalid, "The token is not valid yet.")
            }
        }
        return expiry
    }

    /// A number of seconds, which may have a fraction, in milliseconds.
    private static func milliseconds(_ value: JSONValue?) -> Int64? {
        guard let seconds = value?.double, seconds.magnitude < 1e12 else { return nil }
        return Int64((seconds * 1000).rounded(.down))
    }

    /// A text that is not empty and holds no control characters.
    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        return text
    }

    /// Whether `aud`, a text or a list of texts, names the audience.
    private static func names(_ value: JSONValue?, _ audience: String) -> Bool {
        guard let value else { return false }
        if value.kind == .string { return value.stringEquals(audience) }
        var isNamed = false
        for element in value.elements {
            guard element.kind == .string else { return false }
            if element.stringEquals(audience) { isNamed = true }
        }
        return isNamed
    }
}
