import COpenSSL

/// The certificates that an operator trusts, and the revocation lists that he holds them against.
///
/// Every certificate of the store is an end of a chain, whether it is an authority's or a signer's own. Where there are
/// revocation lists, every authority of a chain must have one that is in date, so that leaving one out hides nothing.
public struct TrustStore: Sendable {
    private let certificates: [[UInt8]]
    private let revocationLists: [[UInt8]]

    /// Largest file, and most files, that are taken.
    public static let maximumBytes = 4 << 20

    /// Reads PEM files. Throws `SignatureError` naming the file that cannot be used, or when there is no certificate.
    /// - Parameters:
    ///   - certificates: Files with one certificate or more each.
    ///   - revocationLists: Files with one revocation list or more each, in PEM or DER.
    public init(
        certificates: [(name: String, bytes: [UInt8])], revocationLists: [(name: String, bytes: [UInt8])] = []
    ) throws(SignatureError) {
        guard !certificates.isEmpty else {
            throw SignatureError(.unusableFile, "The trust store holds no certificate.")
        }
        self.certificates = certificates.map(\.bytes)
        self.revocationLists = revocationLists.map(\.bytes)
        try CryptoObjects.scope { (objects) throws(SignatureError) in
            for file in certificates { _ = try Self.certificates(file.bytes, file.name, objects) }
            for file in revocationLists { _ = try Self.lists(file.bytes, file.name, objects) }
        }
    }

    /// What is told of each certificate.
    public func summaries() throws(SignatureError) -> [CertificateSummary] {
        try CryptoObjects.scope { (objects) throws(SignatureError) in
            var summaries: [CertificateSummary] = []
            for certificate in try all(objects) { summaries.append(try CertificateSummary(certificate)) }
            return summaries
        }
    }

    /// The certificates, for looking a signer up.
    func all(_ objects: CryptoObjects) throws(SignatureError) -> [OpaquePointer] {
        var all: [OpaquePointer] = []
        for bytes in certificates { all += try Self.certificates(bytes, "The trust store", objects) }
        return all
    }

    /// The store as libcrypto wants it.
    func store(_ objects: CryptoObjects) throws(SignatureError) -> OpaquePointer {
        let store = try objects.own(X509_STORE_new(), { X509_STORE_free($0) }, .failed, "There is no memory")
        for certificate in try all(objects) where X509_STORE_add_cert(store, certificate) != 1 {
            throw CryptoObjects.failure(.unusableFile, "A certificate cannot be put into the trust store")
        }
        for bytes in revocationLists {
            for list in try Self.lists(bytes, "A revocation list", objects) where X509_STORE_add_crl(store, list) != 1 {
                throw CryptoObjects.failure(.unusableFile, "A revocation list cannot be used")
            }
        }
        var flags = UInt(X509_V_FLAG_PARTIAL_CHAIN)
        if !revocationLists.isEmpty { flags |= UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) }
        X509_STORE_set_flags(store, flags)
        return store
    }

    /// The certificates of a PEM file. What else is in it is passed over; a certificate that cannot be read is not.
    static func certificates(
        _ bytes: [UInt8], _ name: String, _ objects: CryptoObjects
    ) throws(SignatureError) -> [OpaquePointer] {
        let stream = try objects.stream(bytes)
        var found: [OpaquePointer] = []
        while let certificate = PEM_read_bio_X509(stream, nil, nil, nil) {
            found.append(try objects.own(certificate, { X509_free($0) }, .unusableFile, name))
        }
        try expectEnd(name, "certificate", isEmpty: found.isEmpty)
        return found
    }

    private static func lists(
        _ bytes: [UInt8], _ name: String, _ objects: CryptoObjects
    ) throws(SignatureError) -> [OpaquePointer] {
        let stream = try objects.stream(bytes)
        // DER begins with the mark of a sequence, which no text does.
        if bytes.first == 0x30 {
            return [
                try objects.own(
                    d2i_X509_CRL_bio(stream, nil), { X509_CRL_free($0) }, .unusableFile,
                    "\(name) holds no revocation list that can be read")
            ]
        }
        var found: [OpaquePointer] = []
        while let list = PEM_read_bio_X509_CRL(stream, nil, nil, nil) {
            found.append(try objects.own(list, { X509_CRL_free($0) }, .unusableFile, name))
        }
        try expectEnd(name, "revocation list", isEmpty: found.isEmpty)
        return found
    }

    /// Reading stops at the end of a file as it stops at a fault; only the list of errors tells them apart.
    private static func expectEnd(_ name: String, _ kind: String, isEmpty: Bool) throws(SignatureError) {
        let last = ERR_peek_last_error()
        let isEnd = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE
        guard isEnd, !isEmpty else {
            throw CryptoObjects.failure(.unusableFile, "\(name) holds no \(kind) that can be read")
        }
        ERR_clear_error()
    }
}
