public import GantryCore
import GantryCryptography
import GantryJSON

/// What a user's token says.
public struct TokenClaims: Sendable, Equatable {
    /// The user's id, never empty.
    public var subject: String
    /// Milliseconds since 1970.
    public var expiresAtMilliseconds: Int64
    /// What the user may do; `user` when the token says nothing that is known.
    public var role: Role
    /// The tenant named by `org_id`; nil when the token names none.
    public var tenant: String?
    /// Milliseconds since 1970.
    public var issuedAtMilliseconds: Int64?

    /// Creates claims.
    public init(
        subject: String, expiresAtMilliseconds: Int64, role: Role, tenant: String?, issuedAtMilliseconds: Int64? = nil
    ) {
        self.subject = subject
        self.expiresAtMilliseconds = expiresAtMilliseconds
        self.role = role
        self.tenant = tenant
        self.issuedAtMilliseconds = issuedAtMilliseconds
    }
}

/// Signs and verifies JSON Web Tokens with one shared secret and one algorithm, HS256. What a token's own header says
/// of the algorithm is compared with that and chooses nothing.
public struct TokenSigner: Sendable {
    /// How far clocks may differ.
    public static let skewMilliseconds: Int64 = 30_000
    /// Secrets shorter than the digest would be the weakest part.
    public static let minimumSecretBytes = 32
    /// Longer tokens are not looked at.
    static let maximumTokenBytes = 8192

    private static let header = #"{"alg":"HS256","typ":"JWT"}"#

    private let secret: [UInt8]

    /// A signer with the shared secret of at least `minimumSecretBytes` bytes.
    public init(secret: [UInt8]) throws(IdentityError) {
        guard secret.count >= Self.minimumSecretBytes else {
            throw IdentityError(.argument, "The secret for tokens needs at least \(Self.minimumSecretBytes) bytes.")
        }
        self.secret = secret
    }

    /// Makes a token.
    public func mint(_ claims: TokenClaims) -> String {
        var payload = JSONWriter()
        payload.beginObject()
        payload.key("sub")
        payload.string(claims.subject)
        payload.key("exp")
        payload.int(claims.expiresAtMilliseconds / 1000)
        payload.key("role")
        payload.string(claims.role.rawValue)
        if let tenant = claims.tenant {
            payload.key("org_id")
            payload.string(tenant)
        }
        if let issued = claims.issuedAtMilliseconds {
            payload.key("iat")
            payload.int(issued / 1000)
        }
        payload.endObject()
        let signed = Base64URL.text(Array(Self.header.utf8)) + "." + Base64URL.text(payload.bytes)
        return signed + "." + Base64URL.text(Cryptography.hmacSHA256(Array(signed.utf8), key: secret).bytes)
    }

    /// Reads a token and checks signature, algorithm and times.
    public func verify(_ token: String, nowMilliseconds: Int64) throws(IdentityError) -> TokenClaims {
        let bytes = Array(token.utf8)
        guard bytes.count <= Self.maximumTokenBytes else { throw IdentityError(.invalid, "The token is too long.") }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.bytes(parts[0]), let payload = Base64URL.bytes(parts[1]),
            let signature = Base64URL.bytes(parts[2]).flatMap({ Digest256($0) })
        else { throw IdentityError(.invalid, "The token does not have the form of one.") }
        let expected = Cryptography.hmacSHA256(Array(bytes[..<parts[1].endIndex]), key: secret)
        guard expected == signature else { throw IdentityError(.invalid, "The token's signature is wrong.") }
        let isPinned = (try? JSONDocument(header))?.withRoot { $0["alg"]?.string == "HS256" && $0["crit"] == nil }
        guard isPinned == true else { throw IdentityError(.invalid, "The token asks for another algorithm.") }
        guard let document = try? JSONDocument(payload) else {
            throw IdentityError(.invalid, "The token's claims are not readable.")
        }
        return try document.withRoot { root throws(IdentityError) in
            try Self.claims(root, nowMilliseconds: nowMilliseconds)
        }
    }

    private static func claims(_ root: JSONValue, nowMilliseconds: Int64) throws(IdentityError) -> TokenClaims {
        guard let subject = root["sub"]?.string, !subject.isEmpty, subject.utf8.count <= 255 else {
            throw IdentityError(.invalid, "The token names no subject.")
        }
        guard let expiry = milliseconds(root["exp"]) else {
            throw IdentityError(.invalid, "The token has no expiry.")
        }
        guard nowMilliseconds < expiry + skewMilliseconds else {
            throw IdentityError(.expired, "The token has expired.")
        }
        for claim in [root["iat"], root["nbf"]] where claim != nil {
            guard let moment = milliseconds(claim), moment <= nowMilliseconds + skewMilliseconds else {
                throw IdentityError(.invalid, "The token is not valid yet.")
            }
        }
        let tenant = root["org_id"]?.string
        guard tenant.map(Identifiers.isTenant) ?? (root["org_id"] == nil) else {
            throw IdentityError(.invalid, "The token names an impossible tenant.")
        }
        let role = root["role"]?.string.flatMap(Role.init(rawValue:)) ?? .user
        return TokenClaims(
            subject: subject, expiresAtMilliseconds: expiry, role: role == .public ? .user : role, tenant: tenant,
            issuedAtMilliseconds: milliseconds(root["iat"]))
    }

    /// A number of seconds, which may have a fraction, in milliseconds.
    private static func milliseconds(_ value: JSONValue?) -> Int64? {
        guard let seconds = value?.double, seconds.magnitude < 1e12 else { return nil }
        return Int64(seconds * 1000)
    }
}
