import Crypto

/// A SHA-256 digest of bytes that come one piece after the other.
public struct RunningDigest: Sendable {
    private var hash = SHA256()

    /// The digest of nothing so far.
    public init() {}

    /// Adds bytes to the end.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// The digest of all bytes so far.
    public var digest: Digest256 {
        guard let digest = Digest256(Array(hash.finalize())) else { preconditionFailure("SHA-256 gives 32 bytes.") }
        return digest
    }
}
