import COpenSSL
import GantryCryptography
import Glibc

/// What is told of a certificate.
public struct CertificateSummary: Sendable, Equatable {
    /// Whose it is, on one line.
    public var subject: String
    /// The subject's common name, where it has exactly one.
    public var commonName: String?
    /// Who issued it.
    public var issuer: String
    /// SHA-256 of its public key as the certificate holds it (SubjectPublicKeyInfo): 64 hexadecimal digits.
    public var keyID: String
    /// SHA-256 of the whole certificate.
    public var fingerprint: String
    /// When its validity begins, in seconds since 1970.
    public var validFrom: Int64
    /// When its validity ends, in seconds since 1970.
    public var validUntil: Int64
    /// The kind of its key, such as `P-256` or `RSA 3072`.
    public var key: String

    /// Reads what there is to tell. Throws where a part cannot be encoded, which only a broken certificate does.
    init(_ certificate: OpaquePointer) throws(SignatureError) {
        subject = try Self.name(X509_get_subject_name(certificate))
        issuer = try Self.name(X509_get_issuer_name(certificate))
        commonName = Self.commonName(X509_get_subject_name(certificate))
        fingerprint = Cryptography.sha256(try Self.encoding { i2d_X509(certificate, $0) }).hexadecimal
        keyID = try Self.keyID(certificate)
        key = Self.keyText(certificate)
        validFrom = try Self.seconds(X509_get0_notBefore(certificate))
        validUntil = try Self.seconds(X509_get0_notAfter(certificate))
    }

    static func keyID(_ certificate: OpaquePointer) throws(SignatureError) -> String {
        let key = X509_get_X509_PUBKEY(certificate)
        return Cryptography.sha256(try encoding { i2d_X509_PUBKEY(key, $0) }).hexadecimal
    }

    static func name(_ name: OpaquePointer?) throws(SignatureError) -> String {
        try CryptoObjects.scope { (objects) throws(SignatureError) in
            let stream = try objects.emptyStream()
            guard gantry_name_print(stream, name) >= 0 else {
                throw CryptoObjects.failure(.unreadable, "A name in a certificate cannot be read")
            }
            return String(decoding: CryptoObjects.bytes(stream), as: UTF8.self)
        }
    }

    /// Nil for none, for several and for one with control characters: such a name is no name to go by.
    private static func commonName(_ name: OpaquePointer?) -> String? {
        let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
        guard index >= 0, X509_NAME_get_index_by_NID(name, NID_commonName, index) < 0 else { return nil }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)))
        guard count > 0, let bytes else { return nil }
        defer { gantry_openssl_free(bytes) }
        let text = String(validating: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
        return text.flatMap { text in text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? nil : text }
    }

    private static func encoding(
        _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) throws(SignatureError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = encode(&bytes)
        guard count > 0, let bytes else {
            throw CryptoObjects.failure(.unreadable, "A certificate cannot be encoded")
        }
        defer { gantry_openssl_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    static func keyText(_ certificate: OpaquePointer) -> String {
        guard let key = X509_get0_pubkey(certificate) else { return "unknown" }
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: return "RSA \(EVP_PKEY_get_bits(key))"
        case EVP_PKEY_RSA_PSS: return "RSA-PSS \(EVP_PKEY_get_bits(key))"
        case EVP_PKEY_EC: return curve(key) ?? "an elliptic curve that has no name"
        default:
            return EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
        }
    }

    private static func curve(_ key: OpaquePointer) -> String? {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return nil }
        let text = String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return ["prime256v1": "P-256", "secp384r1": "P-384"][text] ?? text
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(SignatureError) -> Int64 {
        var fields = tm()
        guard ASN1_TIME_to_tm(time, &fields) == 1 else {
            throw CryptoObjects.failure(.unreadable, "A certificate's validity cannot be read")
        }
        return Int64(timegm(&fields))
    }
}
