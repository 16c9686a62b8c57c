import COpenSSL

/// The checks of one signer: of what its signature is made, that it is the content's, and who stands behind it.
struct SignerCheck {
    private static let digests: Set<Int32> = [NID_sha256, NID_sha384, NID_sha512]
    /// OpenSSL's level 2: 112 bits of security, so no SHA-1 in a chain and no RSA key below 2048 bits.
    private static let securityLevel: Int32 = 2
    private static let maximumDepth: Int32 = 8

    private let message: DetachedSignature.Message
    private let signer: OpaquePointer?
    private let policy: DetachedSignature.Policy
    private let objects: CryptoObjects

    init(
        _ message: DetachedSignature.Message, _ index: Int, _ policy: DetachedSignature.Policy,
        _ objects: CryptoObjects
    ) {
        self.message = message
        signer = message.signer(index)
        self.policy = policy
        self.objects = objects
    }

    func verify(_ content: [UInt8]) throws(SignatureError) -> DetachedSignature.Signer {
        try checkDigest()
        let candidates = try message.certificates + policy.store.all(objects)
        let (certificate, summary) = try certificate(among: candidates, content)
        let chain = try chain(from: certificate, summary)
        try checkPurpose(certificate, summary)
        for link in chain where policy.revokedKeys.contains(link.keyID) {
            throw SignatureError(
                .revokedKey, "The key \(link.keyID) of the certificate of \(link.subject) is among the revoked keys.")
        }
        try checkPublisher(summary)
        return DetachedSignature.Signer(
            certificate: summary, validUntil: chain.map(\.validUntil).min() ?? summary.validUntil)
    }

    /// The certificate whose key made the signature. A signer names it by issuer and number, which anybody can put into
    /// a certificate of his own, so all that bear them are tried.
    private func certificate(
        among candidates: [OpaquePointer], _ content: [UInt8]
    ) throws(SignatureError) -> (OpaquePointer, CertificateSummary) {
        var failure = SignatureError(
            .missingCertificate, "The signer's certificate is neither in the signature nor in the trust store.")
        for certificate in candidates.lazy.filter({ CMS_SignerInfo_cert_cmp(signer, $0) == 0 }).prefix(16) {
            do throws(SignatureError) {
                let summary = try CertificateSummary(certificate)
                try checkKey(summary)
                try checkSignature(certificate, summary, content)
                return (certificate, summary)
            } catch {
                failure = error
                // The right one was found: it is the content that differs.
                if error.code == .otherContent { break }
            }
        }
        throw failure
    }

    private func checkDigest() throws(SignatureError) {
        var digest: UnsafeMutablePointer<X509_ALGOR>?
        var signature: UnsafeMutablePointer<X509_ALGOR>?
        CMS_SignerInfo_get0_algs(signer, nil, nil, &digest, &signature)
        let number = OBJ_obj2nid(digest?.pointee.algorithm)
        guard Self.digests.contains(number) else {
            throw SignatureError(
                .weak, "The signature is made over the digest \(Self.name(number)); SHA-256, SHA-384 and SHA-512 count."
            )
        }
        // The signature's own algorithm may name a digest, too; PSS and plain RSA do not.
        var named = NID_undef
        let combined = OBJ_obj2nid(signature?.pointee.algorithm)
        if OBJ_find_sigid_algs(combined, &named, nil) == 1, named != NID_undef, named != number {
            throw SignatureError(
                .weak, "The signature names two digests, \(Self.name(number)) and \(Self.name(named)).")
        }
        guard CMS_signed_get_attr_count(signer) > 0 else {
            throw SignatureError(
                .unreadable, "The signature has no signed attributes; do not use `-noattr` when signing.")
        }
    }

    private func checkKey(_ summary: CertificateSummary) throws(SignatureError) {
        let isGood =
            switch summary.key {
            case "P-256", "P-384": true
            case let key where key.hasPrefix("RSA"):
                key.split(separator: " ").last.flatMap { Int($0) }.map { (2048...16384).contains($0) } ?? false
            default: false
            }
        guard isGood else {
            throw SignatureError(
                .weak,
                "The key of \(summary.subject) is \(summary.key); P-256, P-384 and RSA of 2048 bits or more count.")
        }
    }

    private func checkSignature(
        _ certificate: OpaquePointer, _ summary: CertificateSummary, _ content: [UInt8]
    ) throws(SignatureError) {
        CMS_SignerInfo_set1_signer_cert(signer, certificate)
        guard CMS_SignerInfo_verify(signer) == 1 else {
            throw CryptoObjects.failure(
                .badSignature,
                "The signature was altered, or was not made with the key of \(summary.subject)")
        }
        guard try message.isOf(content, signer, objects) else {
            throw CryptoObjects.failure(
                .otherContent,
                "The signature of \(summary.subject) is of other content: this is not what was signed")
        }
    }

    /// The certificates from the signer's to one of the store's.
    private func chain(
        from certificate: OpaquePointer, _ summary: CertificateSummary
    ) throws(SignatureError) -> [CertificateSummary] {
        let store = try policy.store.store(objects)
        let context = try objects.own(
            X509_STORE_CTX_new(), { X509_STORE_CTX_free($0) }, .failed, "There is no memory")
        guard X509_STORE_CTX_init(context, store, certificate, message.certificateList) == 1 else {
            throw CryptoObjects.failure(.failed, "The chain of \(summary.subject) cannot be followed")
        }
        let parameters = X509_STORE_CTX_get0_param(context)
        X509_VERIFY_PARAM_set_auth_level(parameters, Self.securityLevel)
        X509_VERIFY_PARAM_set_depth(parameters, Self.maximumDepth)
        if let moment = policy.atSeconds { X509_VERIFY_PARAM_set_time(parameters, Int(moment)) }
        guard X509_verify_cert(context) == 1 else { throw try Self.refusal(context, summary) }
        let list = X509_STORE_CTX_get0_chain(context)
        var chain: [CertificateSummary] = []
        for index in 0..<gantry_certificates_count(list) {
            guard let link = gantry_certificates_at(list, index) else { continue }
            chain.append(try CertificateSummary(link))
        }
        return chain
    }

    private static func refusal(
        _ context: OpaquePointer, _ summary: CertificateSummary
    ) throws(SignatureError) -> SignatureError {
        let number = X509_STORE_CTX_get_error(context)
        let reason = X509_verify_cert_error_string(Int(number)).map { String(cString: $0) } ?? "no reason is known"
        var whose = summary.subject
        if let current = X509_STORE_CTX_get_current_cert(context) {
            whose = try CertificateSummary.name(X509_get_subject_name(current))
        }
        let code: SignatureError.Code =
            switch number {
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_CERT_REVOKED: .revoked
            case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_CRL_NOT_YET_VALID,
                X509_V_ERR_CRL_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER,
                X509_V_ERR_DIFFERENT_CRL_SCOPE, X509_V_ERR_CRL_PATH_VALIDATION_ERROR,
                X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
                .noRevocationList
            case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: .weak
            case X509_V_ERR_INVALID_PURPOSE: .wrongPurpose
            default: .untrusted
            }
        let what =
            switch code {
            case .expired: "has expired"
            case .notYetValid: "is not valid yet"
            case .revoked: "was revoked by its authority"
            case .noRevocationList: "cannot be held against a revocation list that is in date"
            default: "is not trusted"
            }
        return SignatureError(code, "The certificate of \(whose) \(what): \(reason).")
    }

    private func checkPurpose(_ certificate: OpaquePointer, _ summary: CertificateSummary) throws(SignatureError) {
        let flags = X509_get_extension_flags(certificate)
        // Where a certificate does not say what it is for, libcrypto answers that it is for everything.
        let isForCode =
            flags & UInt32(EXFLAG_XKUSAGE) != 0
            && X509_get_extended_key_usage(certificate) & UInt32(XKU_CODE_SIGN) != 0
        guard isForCode else {
            throw SignatureError(
                .wrongPurpose,
                "The certificate of \(summary.subject) is not for signing code (extendedKeyUsage codeSigning).")
        }
        let isForSignatures =
            flags & UInt32(EXFLAG_KUSAGE) == 0
            || X509_get_key_usage(certificate) & UInt32(KU_DIGITAL_SIGNATURE) != 0
        guard isForSignatures, flags & UInt32(EXFLAG_CA) == 0 else {
            throw SignatureError(
                .wrongPurpose,
                "The certificate of \(summary.subject) is an authority's, or its key is not for signatures.")
        }
    }

    private func checkPublisher(_ summary: CertificateSummary) throws(SignatureError) {
        guard let publishers = policy.publishers, !publishers.contains(summary.keyID) else { return }
        if let name = summary.commonName, publishers.contains(name) { return }
        throw SignatureError(
            .wrongPublisher,
            "\(summary.subject) is trusted but is none of the publishers of this module "
                + "(\(publishers.sorted().joined(separator: ", "))).")
    }

    private static func name(_ number: Int32) -> String {
        OBJ_nid2ln(number).map { String(cString: $0) } ?? "that has no name"
    }
}
