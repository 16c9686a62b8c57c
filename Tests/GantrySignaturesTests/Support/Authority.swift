import GantrySignatures
import TestCommands
import Testing

/// Keys, certificates and signatures made by the `openssl` program, each set in a folder of its own. What the tests
/// verify was thus made by somebody else, and what they sign is read by somebody else.
struct Authority {
    let folder = TemporaryFolder()

    /// What `openssl` could not do.
    struct Failure: Error { var output: String }

    /// An authority with a certificate of its own, in `root.pem` with `root.key`.
    init(_ name: String = "Root") throws {
        folder.write(
            """
            [authority]
            basicConstraints=critical,CA:TRUE
            keyUsage=critical,keyCertSign,cRLSign
            subjectKeyIdentifier=hash
            [code]
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=codeSigning
            [web]
            basicConstraints=CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=serverAuth
            [plain]
            basicConstraints=CA:FALSE
            [encipherment]
            keyUsage=critical,keyEncipherment
            extendedKeyUsage=codeSigning
            [ca]
            database=\(folder.path)/index.txt
            serial=\(folder.path)/serial
            crlnumber=\(folder.path)/crlnumber
            new_certs_dir=\(folder.path)
            default_md=sha256
            default_crl_days=30
            policy=any
            unique_subject=no
            [any]
            organizationName=optional
            commonName=supplied
            """, to: "openssl.cnf")
        folder.write("", to: "index.txt")
        folder.write("1000", to: "serial")
        folder.write("1000", to: "crlnumber")
        try key("root")
        try run(
            ["req", "-x509", "-new", "-key", path("root.key"), "-subj", "/CN=\(name)", "-days", "3650"]
                + ["-extensions", "authority", "-config", path("request.cnf"), "-out", path("root.pem")])
    }

    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    func bytes(_ name: String) throws -> [UInt8] { try #require(TestFiles.read(path(name))) }

    @discardableResult
    func run(_ arguments: [String]) throws -> String {
        if !TestFiles.exists(path("request.cnf")) {
            let text = TestFiles.text(path("openssl.cnf")) ?? ""
            folder.write("[req]\ndistinguished_name=name\nprompt=no\n[name]\nCN=unnamed\n\(text)", to: "request.cnf")
        }
        let outcome = Command.run(["openssl"] + arguments)
        guard outcome.succeeded else { throw Failure(output: outcome.output) }
        return outcome.output
    }

    /// A key in `<name>.key`: a curve's name, or `rsa:BITS`.
    func key(_ name: String, _ kind: String = "P-256") throws {
        let options =
            kind.hasPrefix("rsa:")
            ? ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(kind.dropFirst(4))"]
            : kind == "ED25519" ? ["-algorithm", kind] : ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:\(kind)"]
        try run(["genpkey", "-out", path("\(name).key")] + options)
    }

    /// A certificate in `<name>.pem` for a new key in `<name>.key`. `from` and `until` are like `20200101000000Z`.
    func certificate(
        _ name: String, _ use: String = "code", kind: String = "P-256", issuer: String = "root",
        from: String = "20200101000000Z", until: String = "21200101000000Z", digest: String = "sha256"
    ) throws {
        try key(name, kind)
        try run(
            ["req", "-new", "-key", path("\(name).key"), "-subj", "/O=Test/CN=\(name)", "-config", path("request.cnf")]
                + ["-out", path("\(name).csr")])
        try run(
            ["ca", "-batch", "-config", path("request.cnf"), "-name", "ca", "-in", path("\(name).csr")]
                + ["-cert", path("\(issuer).pem"), "-keyfile", path("\(issuer).key"), "-extensions", use]
                + ["-startdate", from, "-enddate", until, "-md", digest, "-notext", "-out", path("\(name).pem")])
    }

    /// Signs as a publisher without Gantry does; the message in DER.
    func sign(_ content: [UInt8], by name: String, _ options: [String] = []) throws -> [UInt8] {
        folder.write(content, to: "content")
        try run(
            ["cms", "-sign", "-binary", "-in", path("content"), "-signer", path("\(name).pem")]
                + ["-inkey", path("\(name).key"), "-outform", "DER", "-out", path("signature")] + options)
        return try bytes("signature")
    }

    /// Whom an operator trusts who has the named certificates in the store.
    func policy(_ names: [String] = ["root"], lists: [String] = []) throws -> DetachedSignature.Policy {
        DetachedSignature.Policy(
            store: try TrustStore(
                certificates: names.map { ($0, try bytes("\($0).pem")) },
                revocationLists: lists.map { ($0, try bytes($0)) }))
    }

    func signingKey(_ name: String, chain: String? = nil) throws -> SigningKey {
        try SigningKey(
            key: bytes("\(name).key"), certificate: bytes("\(name).pem"), chain: chain.map { try bytes("\($0).pem") })
    }
}

/// The reason for which the signature is refused; nil when it is not.
func refusal(
    _ signature: [UInt8], of content: [UInt8], _ policy: DetachedSignature.Policy
) -> SignatureError.Code? {
    do throws(SignatureError) { _ = try DetachedSignature.verify(signature, of: content, by: policy) } catch {
        return error.code
    }
    return nil
}
