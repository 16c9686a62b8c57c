import COpenSSL

/// A private key with its certificate, as a publisher signs with it. It holds the key's bytes; keep it no longer than
/// needed.
public struct SigningKey: Sendable {
    private let key: [UInt8]
    private let passphrase: String
    private let certificate: [UInt8]
    private let chain: [UInt8]?

    /// Reads the three files. Throws `SignatureError` when one cannot be used or key and certificate do not belong
    /// together.
    /// - Parameters:
    ///   - key: PEM of the private key: P-256, P-384 or RSA.
    ///   - passphrase: What the key is encrypted with; empty for none.
    ///   - certificate: PEM of the signer's certificate; of several the first counts.
    ///   - chain: PEM of the authorities between it and the trust store, which the signature carries along.
    public init(key: [UInt8], passphrase: String = "", certificate: [UInt8], chain: [UInt8]? = nil)
        throws(SignatureError)
    {
        self.key = key
        self.passphrase = passphrase
        self.certificate = certificate
        self.chain = chain
        try CryptoObjects.scope { (objects) throws(SignatureError) in _ = try self.read(objects) }
    }

    private typealias Pair = (key: OpaquePointer, certificate: OpaquePointer)

    private func read(_ objects: CryptoObjects) throws(SignatureError) -> Pair {
        let stream = try objects.stream(key)
        // With no function to ask and the passphrase as its argument, libcrypto asks nobody at the terminal.
        let found = passphrase.withCString { text in
            PEM_read_bio_PrivateKey(stream, nil, nil, UnsafeMutableRawPointer(mutating: text))
        }
        let key = try objects.own(
            found, { EVP_PKEY_free($0) }, .unusableFile,
            "The private key cannot be read; is it PEM, and is the passphrase right?")
        let certificates = try TrustStore.certificates(certificate, "The certificate's file", objects)
        guard X509_check_private_key(certificates[0], key) == 1 else {
            throw CryptoObjects.failure(.unusableFile, "The private key is not the certificate's")
        }
        return (key, certificates[0])
    }

    /// A detached CMS message over the content, in DER, with SHA-256.
    public func sign(_ content: [UInt8]) throws(SignatureError) -> [UInt8] {
        try CryptoObjects.scope { (objects) throws(SignatureError) in
            let flags = UInt32(CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP)
            let message = try objects.own(
                CMS_sign(nil, nil, nil, nil, flags), { CMS_ContentInfo_free($0) }, .failed,
                "A signature cannot be begun")
            try add(to: message, flags, objects)
            let source = try objects.stream(content)
            guard CMS_final(message, source, nil, flags) == 1 else {
                throw CryptoObjects.failure(.failed, "The signature cannot be made")
            }
            return try Self.encoding(of: message, objects)
        }
    }

    /// The same message with one more signer: whoever trusts either of them takes it. It is not asked whether those
    /// who have signed before are good.
    public func sign(_ content: [UInt8], besides signature: [UInt8]) throws(SignatureError) -> [UInt8] {
        try CryptoObjects.scope { (objects) throws(SignatureError) in
            let former = try DetachedSignature.Message(signature, objects)
            let message = former.content
            // The new signer takes its digest from the message, so it has to be this content's.
            guard try former.isOf(content, former.signer(0), objects) else {
                throw CryptoObjects.failure(.otherContent, "The signature that is there is of other content")
            }
            let own = try read(objects).certificate
            for index in 0..<former.signerCount where CMS_SignerInfo_cert_cmp(former.signer(index), own) == 0 {
                throw SignatureError(
                    .failed, "The certificate of \(try CertificateSummary(own).subject) has signed already.")
            }
            let flags = UInt32(CMS_REUSE_DIGEST | CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP)
            try add(to: message, flags, objects)
            return try Self.encoding(of: message, objects)
        }
    }

    private func add(to message: OpaquePointer, _ flags: UInt32, _ objects: CryptoObjects) throws(SignatureError) {
        let pair = try read(objects)
        guard CMS_add1_signer(message, pair.certificate, pair.key, EVP_sha256(), flags) != nil else {
            throw CryptoObjects.failure(.failed, "The signer cannot be added to the signature")
        }
        guard let chain else { return }
        for authority in try TrustStore.certificates(chain, "The chain's file", objects)
        where CMS_add1_cert(message, authority) != 1 {
            throw CryptoObjects.failure(.failed, "The chain cannot be added to the signature")
        }
    }

    private static func encoding(
        of message: OpaquePointer, _ objects: CryptoObjects
    ) throws(SignatureError) -> [UInt8] {
        let stream = try objects.emptyStream()
        guard i2d_CMS_bio(stream, message) == 1 else {
            throw CryptoObjects.failure(.failed, "The signature cannot be encoded")
        }
        return CryptoObjects.bytes(stream)
    }
}
