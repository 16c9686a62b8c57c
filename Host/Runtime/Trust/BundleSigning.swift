import GantryCore
import GantryCryptography
import GantryJSON
import GantryLoader
import GantrySignatures

/// What `gantry bundle sign`, `verify` and `inspect` do with signatures. None of it runs code of the module.
public enum BundleSigning {
    /// The files that a publisher signs with.
    public struct Signing: Sendable {
        /// PEM of the private key.
        public var key: String
        /// PEM of the certificate.
        public var certificate: String
        /// PEM of the authorities between the certificate and the trust store; nil for none.
        public var chain: String?
        /// File with the key's passphrase, up to its first line break; nil for none.
        public var passphrase: String?
        /// Whether those who have signed before stay.
        public var isAddition: Bool

        /// Names the files.
        public init(key: String, certificate: String, chain: String?, passphrase: String?, isAddition: Bool) {
            self.key = key
            self.certificate = certificate
            self.chain = chain
            self.passphrase = passphrase
            self.isAddition = isAddition
        }
    }

    /// Lists the files of a bundle and signs the list; gives a line that says so. Throws why it cannot be done.
    public static func sign(_ folder: String, with files: Signing) throws -> String {
        let passphrase = try files.passphrase.map { path in
            String(decoding: try TrustFiles.bytes(of: path).prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        }
        let key = try SigningKey(
            key: TrustFiles.bytes(of: files.key), passphrase: passphrase ?? "",
            certificate: TrustFiles.bytes(of: files.certificate), chain: files.chain.map(TrustFiles.bytes))
        let manifest = try Bundle(folder: folder).manifest
        let bundleFolder = BundleFolder(folder)
        let list = try bundleFolder.writeDigests(of: manifest)
        let content = Array(list.text.utf8)
        let signature =
            files.isAddition
            ? try key.sign(content, besides: BundleSignature(folder: folder).signature) : try key.sign(content)
        try bundleFolder.writeSignature(signature)
        let names = try DetachedSignature.signers(of: signature).compactMap { $0?.subject }.joined(separator: "; ")
        return "\(folder): \(list.id) \(list.version), \(list.files.count) files, signed by \(names)"
    }

    /// Verifies a bundle against a trust store, as a host with `policy: required` would; gives a line that says so.
    /// Throws the reason for which it would be refused.
    public static func verify(
        _ folder: String, store: String, revocationLists: [String], revokedKeys: [String]
    ) throws -> String {
        var trust = Deployment.Trust()
        trust.policy = .required
        trust.store = store
        trust.revocationLists = revocationLists
        trust.revokedKeys = Set(revokedKeys.map { $0.lowercased() })
        let verifier = BundleTrust(trust, directory: nil)
        do {
            let admission = try verifier.admit(folder)
            _ = try ModuleDefinition(bundle: admission.bundle)
            guard let signer = try verifier.signer(of: admission.bundle) else { return "" }
            let manifest = admission.bundle.manifest
            return "\(folder): \(manifest.id) \(manifest.version), signed by \(signer.certificate.subject), key "
                + "\(signer.certificate.keyID), good until \(TrustTime.text(signer.validUntil))"
                + (admission.remark.map { "\n\($0)" } ?? "")
        } catch {
            throw HostError(.bundle, "\(folder): \(BundleTrust.text(error))")
        }
    }

    /// What a bundle says of itself: files with their digests, capabilities, and who claims to have signed it. Nobody
    /// is trusted for that.
    public static func describe(_ folder: String) throws -> String {
        let manifest = try Bundle(folder: folder).manifest
        var lines = ["asks for: \(manifest.capabilities.map(\.rawValue).sorted().joined(separator: ", "))"]
        let present: DigestList
        do { present = try BundleFolder(folder).digests(of: manifest) } catch {
            return (lines + ["cannot be signed as it is: \(BundleTrust.text(error))"]).joined(separator: "\n")
        }
        do {
            let files = try BundleSignature(folder: folder)
            for signer in try DetachedSignature.signers(of: files.signature) { lines.append(text(of: signer)) }
            lines.append(
                files.list.elementsEqual(present.text.utf8)
                    ? "whether a signature is good, and whose it is, says `gantry bundle verify`"
                    : "the files are not those that were listed when the bundle was signed")
        } catch let error as LoaderError where error.code == .unsigned {
            lines.append("not signed")
        } catch {
            lines.append("signature: \(BundleTrust.text(error))")
        }
        lines += present.files.map { "\($0.digest.hexadecimal) \($0.byteCount) \($0.path)" }
        return lines.joined(separator: "\n")
    }

    private static func text(of signer: CertificateSummary?) -> String {
        guard let signer else { return "says it is signed by somebody whose certificate it does not carry" }
        return "says it is signed by \(signer.subject), issued by \(signer.issuer), \(signer.key) key \(signer.keyID), "
            + "valid from \(TrustTime.text(signer.validFrom)) until \(TrustTime.text(signer.validUntil))"
    }
}
