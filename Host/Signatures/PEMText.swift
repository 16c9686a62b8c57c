import COpenSSL

/// The one PEM block (RFC 7468) that a signature's file may consist of instead of DER.
enum PEMText {
    private static let labels: Set<String> = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"]

    /// The bytes themselves where they are no PEM; else what the block holds. Nothing but blanks may follow it.
    static func bytes(in bytes: [UInt8], _ objects: CryptoObjects) throws(SignatureError) -> [UInt8] {
        guard bytes.starts(with: "-----BEGIN ".utf8) else { return bytes }
        let stream = try objects.stream(bytes)
        var label: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard PEM_read_bio(stream, &label, &header, &data, &count) == 1 else {
            throw CryptoObjects.failure(.unreadable, "The signature begins like PEM but is no whole block of it")
        }
        defer {
            gantry_openssl_free(label)
            gantry_openssl_free(header)
            gantry_openssl_free(data)
        }
        guard let label, labels.contains(String(cString: label)), header?.pointee == 0 else {
            throw SignatureError(.unreadable, "The signature's PEM block is not one of CMS or PKCS7.")
        }
        guard CryptoObjects.bytes(stream).allSatisfy({ [0x09, 0x0A, 0x0D, 0x20].contains($0) }) else {
            throw SignatureError(.unreadable, "Something follows the signature's PEM block.")
        }
        return Array(UnsafeBufferPointer(start: data, count: max(0, count)))
    }
}
