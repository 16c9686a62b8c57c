import Crypto

/// A key that encrypts and authenticates with AES-GCM. What was sealed is opened with the same key and the same context
/// or not at all.
public struct SealingKey: Sendable {
    /// Bytes of a key.
    public static let byteCount = 32

    private let key: SymmetricKey

    /// A key of exactly `byteCount` bytes; nil for any other number.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// A key of its own for another purpose.
    public func derived(for purpose: String) -> SealingKey {
        let bytes = key.withUnsafeBytes { Cryptography.hmacSHA256(Array(purpose.utf8), key: Array($0)).bytes }
        guard let derived = SealingKey(bytes) else { preconditionFailure("A digest has the size of a key.") }
        return derived
    }

    /// HMAC-SHA256 of the bytes. For a key that was derived for this and nothing else.
    public func authenticate(_ bytes: [UInt8]) -> Digest256 {
        key.withUnsafeBytes { Cryptography.hmacSHA256(bytes, key: Array($0)) }
    }

    /// Encrypts. `context` is not in the result; it says what the bytes belong to.
    public func seal(_ bytes: [UInt8], context: String) -> [UInt8] {
        guard let box = try? AES.GCM.seal(bytes, using: key, authenticating: Array(context.utf8)),
            let combined = box.combined
        else { preconditionFailure("Bytes of this size can be sealed.") }
        return Array(combined)
    }

    /// Decrypts; nil when the bytes were changed, or sealed with another key or for another context.
    public func open(_ sealed: [UInt8], context: String) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let bytes = try? AES.GCM.open(box, using: key, authenticating: Array(context.utf8))
        else { return nil }
        return Array(bytes)
    }
}
