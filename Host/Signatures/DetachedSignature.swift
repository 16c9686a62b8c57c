import COpenSSL

/// A detached CMS message (RFC 5652) over some bytes: what `openssl cms -sign -binary` makes and `openssl cms -verify
/// -binary` reads.
public enum DetachedSignature {
    /// By what a signature is judged.
    public struct Policy: Sendable {
        /// Whom the operator trusts.
        public var store: TrustStore
        /// Key ids (see `CertificateSummary.keyID`) that count no more, wherever in a chain they stand.
        public var revokedKeys: Set<String>
        /// Whom the operator lets sign: key ids and common names; nil for everybody who is trusted.
        public var publishers: Set<String>?
        /// The moment to judge at, in seconds since 1970; nil for now. When a signature says that it was made is its
        /// maker's word and changes nothing.
        public var atSeconds: Int64?

        /// Everybody whom the store trusts.
        public init(store: TrustStore, revokedKeys: Set<String> = [], publishers: Set<String>? = nil) {
            self.store = store
            self.revokedKeys = revokedKeys
            self.publishers = publishers
        }
    }

    /// A signer who was found good.
    public struct Signer: Sendable, Equatable {
        /// The signer's certificate.
        public var certificate: CertificateSummary
        /// The last moment at which the whole chain is valid, in seconds since 1970.
        public var validUntil: Int64
    }

    /// Largest signature that is read.
    public static let maximumBytes = 1 << 20
    /// Most signers that are looked at.
    static let maximumSigners = 16

    /// The first signer that is good in every respect. One is enough: whoever can take a signature away can take away
    /// the others, so asking for all would protect nobody, and a bundle that changes hands is signed by both.
    /// Throws `SignatureError` with the reason of each when none is.
    public static func verify(
        _ signature: [UInt8], of content: [UInt8], by policy: Policy
    ) throws(SignatureError) -> Signer {
        try CryptoObjects.scope { (objects) throws(SignatureError) in
            let message = try Message(signature, objects)
            var failures: [SignatureError] = []
            for index in 0..<message.signerCount {
                do throws(SignatureError) {
                    return try SignerCheck(message, index, policy, objects).verify(content)
                } catch {
                    failures.append(error)
                }
            }
            guard failures.count > 1 else { throw failures[0] }
            throw SignatureError(
                failures[0].code,
                "None of the \(failures.count) signers is good: "
                    + failures.map(\.message).joined(separator: " "))
        }
    }

    /// The certificates of those who say that they signed, in the order of the signature, without asking whether it is
    /// good; nil for one whose certificate is not in it.
    public static func signers(of signature: [UInt8]) throws(SignatureError) -> [CertificateSummary?] {
        try CryptoObjects.scope { (objects) throws(SignatureError) in
            let message = try Message(signature, objects)
            var summaries: [CertificateSummary?] = []
            for index in 0..<message.signerCount {
                guard let certificate = message.certificate(of: message.signer(index), among: message.certificates)
                else {
                    summaries.append(nil)
                    continue
                }
                summaries.append(try CertificateSummary(certificate))
            }
            return summaries
        }
    }
}

extension DetachedSignature {
    /// A message that has the form of a detached signature: nothing of it is trusted yet.
    struct Message {
        let content: OpaquePointer
        /// What comes with it; it may be anything.
        let certificates: [OpaquePointer]
        let certificateList: OpaquePointer
        let signerCount: Int

        /// Reads DER, or PEM that holds it, to the last byte.
        init(_ bytes: [UInt8], _ objects: CryptoObjects) throws(SignatureError) {
            guard bytes.count <= DetachedSignature.maximumBytes else {
                throw SignatureError(.unreadable, "The signature is larger than 1 MiB.")
            }
            let der = try PEMText.bytes(in: bytes, objects)
            content = try objects.own(
                der.withUnsafeBufferPointer { buffer in
                    var next = buffer.baseAddress
                    let message = d2i_CMS_ContentInfo(nil, &next, buffer.count)
                    guard let message, next == buffer.baseAddress?.advanced(by: buffer.count) else {
                        CMS_ContentInfo_free(message)
                        return nil
                    }
                    return message
                }, { CMS_ContentInfo_free($0) }, .unreadable,
                "The signature is no CMS message, is cut off, or is followed by something else")
            guard OBJ_obj2nid(CMS_get0_type(content)) == NID_pkcs7_signed else {
                throw SignatureError(.unreadable, "The CMS message is no signature.")
            }
            guard CMS_is_detached(content) == 1, OBJ_obj2nid(CMS_get0_eContentType(content)) == NID_pkcs7_data else {
                throw SignatureError(
                    .notDetached, "The CMS message carries a content of its own; a detached signature is needed.")
            }
            signerCount = Int(gantry_signers_count(content))
            guard signerCount > 0 else { throw SignatureError(.unsigned, "Nobody has signed the CMS message.") }
            guard signerCount <= DetachedSignature.maximumSigners else {
                throw SignatureError(.unreadable, "The CMS message has \(signerCount) signers; 16 are the most.")
            }
            // None at all is nil as a fault is.
            certificateList = try objects.own(
                CMS_get1_certs(content) ?? gantry_certificates_new(), { gantry_certificates_free($0) }, .failed,
                "There is no memory")
            certificates = (0..<gantry_certificates_count(certificateList)).compactMap { [certificateList] in
                gantry_certificates_at(certificateList, $0)
            }
        }

        func signer(_ index: Int) -> OpaquePointer? { gantry_signers_at(content, Int32(index)) }

        /// The certificate that a signer names.
        func certificate(of signer: OpaquePointer?, among candidates: [OpaquePointer]) -> OpaquePointer? {
            candidates.first { CMS_SignerInfo_cert_cmp(signer, $0) == 0 }
        }

        /// Whether the digest that the signer signed is the content's.
        func isOf(
            _ content: [UInt8], _ signer: OpaquePointer?, _ objects: CryptoObjects
        ) throws(SignatureError) -> Bool {
            let source = try objects.stream(content)
            // Streams that take digests are put before the content's; they go before it does.
            guard let digests = CMS_dataInit(self.content, source) else {
                throw CryptoObjects.failure(.weak, "The digest that the signature names cannot be taken")
            }
            defer {
                var next: OpaquePointer? = digests
                while let stream = next, stream != source {
                    next = BIO_pop(stream)
                    BIO_free(stream)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            while BIO_read(digests, &chunk, Int32(chunk.count)) > 0 {}
            return CMS_SignerInfo_verify_content(signer, digests) == 1
        }
    }
}
