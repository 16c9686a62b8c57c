import GantryCore
import GantryCryptography
import GantryJSON

/// Signs and verifies JSON Web Tokens with one shared secret and one algorithm, HS256. What a token's own header says
/// of the algorithm is compared with that and chooses nothing.
public struct TokenSigner: Sendable {
    /// How far clocks may differ.
    public static let skewMilliseconds: Int64 = 30_000
    /// Secrets shorter than the digest would be the weakest part.
    public static let minimumSecretBytes = 32

    private static let header = #"{"alg":"HS256","typ":"JWT"}"#

    private let secret: [UInt8]
    private let reader: ClaimReader

    /// A signer with the shared secret of at least `minimumSecretBytes` bytes.
    public init(secret: [UInt8]) throws(IdentityError) {
        try self.init(secret: secret, reader: ClaimReader(provider: .custom))
    }

    init(secret: [UInt8], reader: ClaimReader) throws(IdentityError) {
        guard secret.count >= Self.minimumSecretBytes else {
            throw IdentityError(.argument, "The secret for tokens needs at least \(Self.minimumSecretBytes) bytes.")
        }
        self.secret = secret
        self.reader = reader
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
        if let email = claims.email {
            payload.key("email")
            payload.string(email)
        }
        if let issued = claims.issuedAtMilliseconds {
            payload.key("iat")
            payload.int(issued / 1000)
        }
        payload.endObject()
        return sign(payload.bytes)
    }

    /// Makes a token of claims as they are.
    func sign(_ payload: [UInt8]) -> String {
        let signed = Base64URL.text(Array(Self.header.utf8)) + "." + Base64URL.text(payload)
        return signed + "." + Base64URL.text(Cryptography.hmacSHA256(Array(signed.utf8), key: secret).bytes)
    }

    /// Reads a token and checks signature, algorithm and times.
    public func verify(_ token: String, nowMilliseconds: Int64) throws(IdentityError) -> TokenClaims {
        try verify(SignedToken(token), nowMilliseconds: nowMilliseconds)
    }

    func verify(_ token: SignedToken, nowMilliseconds: Int64) throws(IdentityError) -> TokenClaims {
        guard hasSigned(token) else { throw IdentityError(.invalid, "The token's signature is wrong.") }
        return try token.claims.withRoot { root throws(IdentityError) in
            try reader.read(root, nowMilliseconds: nowMilliseconds)
        }
    }

    /// Whether the signature is of this secret.
    func hasSigned(_ token: SignedToken) -> Bool {
        guard token.algorithm == .hs256, let signature = Digest256(token.signature) else { return false }
        return Cryptography.hmacSHA256(Array(token.signedBytes), key: secret) == signature
    }
}
