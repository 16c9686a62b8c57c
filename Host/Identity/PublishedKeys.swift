import GantryCore
import GantryCryptography
import GantryJSON

/// The keys of a JWK set (RFC 7517) that can verify tokens. Each verifies signatures of one algorithm, which follows
/// from its own kind.
public struct PublishedKeys: Sendable, Equatable {
    struct Key: Sendable, Equatable {
        let id: String?
        let algorithm: SignatureAlgorithm
        /// Digest of the numbers of the key.
        let fingerprint: Digest256
        let verifier: SignatureKey

        static func == (left: Key, right: Key) -> Bool {
            left.algorithm == right.algorithm && left.fingerprint == right.fingerprint
                && left.id.map { Array($0.utf8) }
                    == right.id.map { Array($0.utf8) }
        }
    }

    /// Largest set that is read, in bytes.
    public static let maximumBytes = 256 << 10
    /// Most keys of a set that are looked at.
    static let maximumKeys = 100
    /// Most keys that one signature is tried with.
    static let maximumTries = 4

    let keys: [Key]
    /// How many keys of the set are of no use here: of another kind, too small, for encryption, or not well formed.
    public let unusableCount: Int

    /// Reads a set. Throws `IdentityError` when it is none; a key that cannot be used is left out.
    public init(_ bytes: [UInt8]) throws(IdentityError) {
        guard bytes.count <= Self.maximumBytes else { throw IdentityError(.invalid, "The key set is too large.") }
        guard let document = try? JSONDocument(bytes) else {
            throw IdentityError(.invalid, "The key set is not readable JSON.")
        }
        (keys, unusableCount) = try document.withRoot { root throws(IdentityError) in
            guard let list = root["keys"], list.kind == .array else {
                throw IdentityError(.invalid, "The key set has no member `keys` with a list.")
            }
            guard list.count <= Self.maximumKeys else {
                throw IdentityError(.invalid, "The key set has more than \(Self.maximumKeys) keys.")
            }
            let keys = list.elements.compactMap { Self.key($0) }
            return (keys, list.count - keys.count)
        }
    }

    /// How many keys can be used.
    public var count: Int { keys.count }

    /// The keys that may have made a signature: those of that id, or all where the token names none; nil where there
    /// are more than are tried.
    func candidates(_ algorithm: SignatureAlgorithm, id: String?) -> [SignatureKey]? {
        let found = keys.filter { key in
            guard key.algorithm == algorithm else { return false }
            guard let id else { return true }
            return key.id.map { $0.utf8.elementsEqual(id.utf8) } == true
        }
        return found.count <= Self.maximumTries ? found.map(\.verifier) : nil
    }

    private static func key(_ value: JSONValue) -> Key? {
        guard value.kind == .object, isForSignatures(value) else { return nil }
        var id: String?
        if let member = value["kid"] {
            guard let text = member.string, SignedToken.isKeyID(text) else { return nil }
            id = text
        }
        guard let (algorithm, numbers, verifier) = material(value) else { return nil }
        if let name = value["alg"] {
            // RFC 9864 has a name of its own for EdDSA with this curve.
            let isOfKind = name.stringEquals(algorithm.rawValue) || algorithm == .edDSA && name.stringEquals("Ed25519")
            guard isOfKind else { return nil }
        }
        return Key(id: id, algorithm: algorithm, fingerprint: Cryptography.sha256(numbers), verifier: verifier)
    }

    /// A key for encryption is none for signatures; one whose private part is published is nobody's any more.
    private static func isForSignatures(_ value: JSONValue) -> Bool {
        if let use = value["use"], !use.stringEquals("sig") { return false }
        if let operations = value["key_ops"] {
            guard operations.elements.contains(where: { $0.stringEquals("verify") }) else { return false }
        }
        return value["d"] == nil && value["k"] == nil
    }

    private static func material(
        _ value: JSONValue
    ) -> (algorithm: SignatureAlgorithm, numbers: [UInt8], verifier: SignatureKey)? {
        func number(_ name: StaticString) -> [UInt8]? {
            value[name]?.withText { Base64URL.bytes($0) } ?? nil
        }
        switch value["kty"]?.string {
        case "RSA":
            guard let modulus = number("n"), let exponent = number("e"),
                let key = SignatureKey(rsaModulus: modulus, exponent: exponent)
            else { return nil }
            return (.rs256, modulus + exponent, key)
        case "EC":
            guard value["crv"]?.stringEquals("P-256") == true, let x = number("x"), let y = number("y"),
                let key = SignatureKey(p256X: x, y: y)
            else { return nil }
            return (.es256, x + y, key)
        case "OKP":
            guard value["crv"]?.stringEquals("Ed25519") == true, let x = number("x"),
                let key = SignatureKey(ed25519: x)
            else { return nil }
            return (.edDSA, x, key)
        default:
            return nil
        }
    }
}
