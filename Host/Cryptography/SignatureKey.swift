import Crypto
import CryptoExtras
import FoundationEssentials

/// A public key that verifies signatures of exactly one kind. Which kind, the key alone decides, never the signature.
public struct SignatureKey: Sendable {
    private enum Kind: Sendable {
        case rsa(_RSA.Signing.PublicKey, modulusByteCount: Int)
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// Bits that a modulus may have. Smaller ones can be factored, larger ones would take the event loop's time.
    public static let rsaModulusBits = 2048...8192
    private static let maximumExponentByteCount = 4
    private static let coordinateByteCount = 32

    private let kind: Kind

    /// An RSA key for RSASSA-PKCS1-v1_5 with SHA-256; nil when the numbers are none that a good key has.
    /// - Parameters:
    ///   - modulus: Big endian, without leading zeros.
    ///   - exponent: Big endian, without leading zeros; odd, at least 3, of at most 4 bytes.
    public init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        guard let high = modulus.first, high != 0, let low = modulus.last, low & 1 == 1,
            Self.rsaModulusBits.contains(modulus.count * 8 - high.leadingZeroBitCount),
            let first = exponent.first, first != 0, exponent.count <= Self.maximumExponentByteCount,
            let last = exponent.last, last & 1 == 1, exponent != [1],
            let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
        else { return nil }
        kind = .rsa(key, modulusByteCount: modulus.count)
    }

    /// A point of the curve P-256 for ECDSA with SHA-256; nil when it is not on the curve.
    /// - Parameters:
    ///   - x: Big endian, exactly 32 bytes.
    ///   - y: Big endian, exactly 32 bytes.
    public init?(p256X x: [UInt8], y: [UInt8]) {
        guard x.count == Self.coordinateByteCount, y.count == Self.coordinateByteCount,
            let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
        else { return nil }
        kind = .p256(key)
    }

    /// An Ed25519 key of exactly 32 bytes; nil for any other number.
    public init?(ed25519 bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return nil }
        kind = .ed25519(key)
    }

    /// Whether the signature is this key's for the bytes. An ECDSA signature is the two numbers of 32 bytes each, as
    /// tokens have it; the form of certificates (DER) is refused.
    public func isValid(_ signature: [UInt8], for bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        switch kind {
        case .rsa(let key, let modulusByteCount):
            guard signature.count == modulusByteCount else { return false }
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: bytes),
                padding: .insecurePKCS1v1_5)
        case .p256(let key):
            guard signature.count == 2 * Self.coordinateByteCount,
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: bytes))
        case .ed25519(let key):
            return key.isValidSignature(signature, for: bytes)
        }
    }
}
