import GantryCore
import GantryCryptography
import GantryJSON

/// A JSON Web Token in its compact form, taken apart. Nothing that it says is verified: what its header says may choose
/// among the keys that an issuer has published, and decides nothing else.
struct SignedToken {
    /// Longer tokens are not looked at.
    static let maximumBytes = 8192
    private static let maximumKeyIDBytes = 255
    /// What the type may say: tokens that were made for something else are no access tokens.
    private static let types: Set<String> = ["jwt", "application/jwt", "at+jwt", "application/at+jwt"]
    /// Members that change what the signature or the payload means.
    private static let refusedMembers: Set<String> = ["crit", "b64", "enc", "zip"]

    let algorithm: SignatureAlgorithm
    /// Which of the issuer's keys made the signature, where the token says so.
    let keyID: String?
    /// What was signed.
    let signedBytes: ArraySlice<UInt8>
    let signature: [UInt8]
    let claims: JSONDocument

    /// Throws `IdentityError` when the text is no token, or one of a kind that is never accepted.
    init(_ text: String) throws(IdentityError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumBytes else { throw IdentityError(.invalid, "The token is too long.") }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.bytes(parts[0]), let payload = Base64URL.bytes(parts[1]),
            let signature = Base64URL.bytes(parts[2]), !signature.isEmpty
        else { throw IdentityError(.invalid, "The token does not have the form of one.") }
        self.signature = signature
        signedBytes = bytes[..<parts[1].endIndex]
        guard let document = try? JSONDocument(header), let claims = try? JSONDocument(payload) else {
            throw IdentityError(.invalid, "The token's header or claims are not readable.")
        }
        guard claims.withRoot({ Self.hasDistinctMembers($0) }) else {
            throw IdentityError(.invalid, "The token's claims are no object, or one of them occurs twice.")
        }
        self.claims = claims
        (algorithm, keyID) = try document.withRoot { root throws(IdentityError) in try Self.read(header: root) }
    }

    private static func read(
        header: JSONValue
    ) throws(IdentityError) -> (algorithm: SignatureAlgorithm, keyID: String?) {
        guard hasDistinctMembers(header) else {
            throw IdentityError(.invalid, "The token's header is no object, or a member of it occurs twice.")
        }
        for member in header.members where member.name.string.map(refusedMembers.contains) == true {
            throw IdentityError(.invalid, "The token's header asks for what is not understood.")
        }
        guard let algorithm = header["alg"]?.string.flatMap(SignatureAlgorithm.init(rawValue:)) else {
            throw IdentityError(.invalid, "The token asks for an algorithm that is not accepted.")
        }
        if let type = header["typ"] {
            guard let name = type.string, types.contains(name.lowercased()) else {
                throw IdentityError(.invalid, "The token was made for something else.")
            }
        }
        guard let member = header["kid"] else { return (algorithm, nil) }
        guard let id = member.string, isKeyID(id) else {
            throw IdentityError(.invalid, "The token names its key in an impossible way.")
        }
        return (algorithm, id)
    }

    /// Ids of keys are compared with those that are published and used for nothing else; those that are long or hold
    /// control characters name none.
    static func isKeyID(_ text: String) -> Bool {
        (1...maximumKeyIDBytes).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// Whether the value is an object in which no name occurs twice, however it is written: readers differ in which of
    /// the two counts.
    private static func hasDistinctMembers(_ value: JSONValue) -> Bool {
        guard value.kind == .object else { return false }
        var names: Set<[UInt8]> = []
        for member in value.members {
            let isNew = member.name.withText { names.insert(Array($0)).inserted }
            if isNew != true { return false }
        }
        return true
    }
}
