import Crypto

/// The few cryptographic functions that the host needs, over swift-crypto.
public enum Cryptography {
    /// The SHA-256 digest of the bytes.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return digest(hash.finalize())
    }

    /// The SHA-256 digest of the bytes.
    public static func sha256(_ bytes: [UInt8]) -> Digest256 {
        bytes.withUnsafeBytes { sha256($0) }
    }

    /// The SHA-256 digest of the text's UTF-8.
    public static func sha256(_ text: String) -> Digest256 {
        var text = text
        return text.withUTF8 { sha256(UnsafeRawBufferPointer($0)) }
    }

    /// The HMAC of the bytes with SHA-256.
    public static func hmacSHA256(_ bytes: UnsafeRawBufferPointer, key: [UInt8]) -> Digest256 {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        code.update(data: bytes)
        return digest(code.finalize())
    }

    /// The HMAC of the bytes with SHA-256.
    public static func hmacSHA256(_ bytes: [UInt8], key: [UInt8]) -> Digest256 {
        bytes.withUnsafeBytes { hmacSHA256($0, key: key) }
    }

    /// Whether both hold the same bytes, in a time that tells only their lengths.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    /// Bytes from the system's source of randomness.
    public static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            var index = 0
            while index < count {
                var word = generator.next()
                for _ in 0..<min(8, count - index) {
                    buffer[index] = UInt8(truncatingIfNeeded: word)
                    word >>= 8
                    index += 1
                }
            }
            initializedCount = count
        }
    }

    private static func digest(_ bytes: some Sequence<UInt8>) -> Digest256 {
        guard let digest = Digest256(Array(bytes)) else { preconditionFailure("SHA-256 gives 32 bytes.") }
        return digest
    }
}
