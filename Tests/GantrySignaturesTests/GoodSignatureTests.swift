import GantrySignatures
import TestCommands
import Testing

@Suite("Signatures that count")
struct GoodSignatureTests {
    private let content = Array("gantry-bundle 1\nid notes\nversion 1.0.0\n".utf8)

    @Test("are made by openssl and verified here", arguments: ["P-256", "P-384", "rsa:2048", "rsa:3072"])
    func verifiesForeign(kind: String) throws {
        let authority = try Authority()
        try authority.certificate("alice", kind: kind)
        let signer = try DetachedSignature.verify(
            authority.sign(content, by: "alice"), of: content, by: authority.policy())
        #expect(signer.certificate.commonName == "alice")
        #expect(signer.certificate.subject == "O = Test, CN = alice")
        #expect(signer.certificate.issuer == "CN = Root")
        #expect(signer.certificate.key == kind.replacing("rsa:", with: "RSA "))
        // The authority's certificate ends first.
        #expect(signer.validUntil < signer.certificate.validUntil)
    }

    @Test("are made by openssl with another digest", arguments: ["sha384", "sha512"])
    func verifiesDigests(digest: String) throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let signature = try authority.sign(content, by: "alice", ["-md", digest])
        #expect(refusal(signature, of: content, try authority.policy()) == nil)
    }

    @Test("are made by openssl with RSA-PSS, or as PEM, or without the certificate")
    func verifiesForms() throws {
        let authority = try Authority()
        try authority.certificate("alice", kind: "rsa:2048")
        let pss = try authority.sign(content, by: "alice", ["-keyopt", "rsa_padding_mode:pss"])
        #expect(refusal(pss, of: content, try authority.policy()) == nil)
        let pem = try authority.sign(content, by: "alice", ["-outform", "PEM"])
        #expect(pem.starts(with: "-----BEGIN CMS-----".utf8))
        #expect(refusal(pem, of: content, try authority.policy()) == nil)
        #expect(refusal(pem + [0x0A], of: content, try authority.policy()) == nil)
        let bare = try authority.sign(content, by: "alice", ["-nocerts"])
        #expect(refusal(bare, of: content, try authority.policy()) == .missingCertificate)
        #expect(refusal(bare, of: content, try authority.policy(["root", "alice"])) == nil)
    }

    @Test("are made here and verified by openssl", arguments: ["P-256", "P-384", "rsa:2048"])
    func signsForOthers(kind: String) throws {
        let authority = try Authority()
        try authority.certificate("alice", kind: kind)
        let signature = try authority.signingKey("alice").sign(content)
        #expect(refusal(signature, of: content, try authority.policy()) == nil)
        authority.folder.write(content, to: "content")
        authority.folder.write(signature, to: "signature")
        let verify = [
            "cms", "-verify", "-binary", "-inform", "DER", "-in", authority.path("signature"), "-content",
            authority.path("content"), "-CAfile", authority.path("root.pem"), "-purpose", "any", "-out", "/dev/null",
        ]
        #expect(try authority.run(verify).contains("successful"))
        authority.folder.write(content + [0], to: "content")
        #expect(throws: Authority.Failure.self) { try authority.run(verify) }
    }

    @Test("lead over an authority in between, which the signature carries or the store has")
    func followsChains() throws {
        let authority = try Authority()
        try authority.certificate("middle", "authority")
        try authority.certificate("alice", issuer: "middle")
        let without = try authority.signingKey("alice").sign(content)
        #expect(refusal(without, of: content, try authority.policy()) == .untrusted)
        #expect(refusal(without, of: content, try authority.policy(["middle"])) == nil)
        let with = try authority.signingKey("alice", chain: "middle").sign(content)
        #expect(refusal(with, of: content, try authority.policy()) == nil)
        let foreign = try authority.sign(content, by: "alice", ["-certfile", authority.path("middle.pem")])
        #expect(refusal(foreign, of: content, try authority.policy()) == nil)
    }

    @Test("may be by a certificate that the store holds itself")
    func pinsSigners() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        try authority.certificate("bob")
        let signature = try authority.sign(content, by: "alice")
        #expect(refusal(signature, of: content, try authority.policy(["alice"])) == nil)
        #expect(refusal(signature, of: content, try authority.policy(["bob"])) == .untrusted)
    }

    @Test("are enough when there is one among several")
    func takesAny() throws {
        let (ours, theirs) = (try Authority(), try Authority("Other"))
        try ours.certificate("alice")
        try theirs.certificate("mallory")
        let both = try theirs.signingKey("mallory").sign(content, besides: ours.signingKey("alice").sign(content))
        // A message has its signers in the order of their bytes.
        #expect(try Set(DetachedSignature.signers(of: both).map { $0?.commonName }) == ["alice", "mallory"])
        #expect(refusal(both, of: content, try ours.policy()) == nil)
        #expect(refusal(both, of: content, try theirs.policy()) == nil)
        #expect(refusal(both, of: content, try Authority().policy()) == .untrusted)
        let foreign = try ours.sign(
            content, by: "alice",
            ["-signer", theirs.path("mallory.pem"), "-inkey", theirs.path("mallory.key")])
        #expect(refusal(foreign, of: content, try ours.policy()) == nil)
        #expect(refusal(foreign, of: content, try theirs.policy()) == nil)
        #expect(throws: SignatureError.self) {
            try theirs.signingKey("mallory").sign(content + [0], besides: ours.signingKey("alice").sign(content))
        }
    }

    @Test("are told apart from those by certificates that bear the same issuer's name and number")
    func tellsTwinsApart() throws {
        let (ours, theirs) = (try Authority(), try Authority())
        try ours.certificate("alice")
        try theirs.certificate("mallory")
        let signature = try ours.sign(content, by: "alice", ["-certfile", theirs.path("mallory.pem")])
        #expect(refusal(signature, of: content, try ours.policy()) == nil)
        #expect(refusal(signature, of: content, try theirs.policy()) == .untrusted)
        let forged = try theirs.sign(content, by: "mallory", ["-certfile", ours.path("alice.pem")])
        #expect(refusal(forged, of: content, try ours.policy()) == .untrusted)
        #expect(refusal(forged, of: content, try ours.policy(["alice", "root"])) == .untrusted)
    }

    @Test("are by those whom the operator lets publish, by name or by key")
    func asksForPublishers() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let signature = try authority.sign(content, by: "alice")
        var policy = try authority.policy()
        let key = try DetachedSignature.verify(signature, of: content, by: policy).certificate.keyID
        for publishers in [["alice"], ["bob", key]] {
            policy.publishers = Set(publishers)
            #expect(refusal(signature, of: content, policy) == nil)
        }
        policy.publishers = ["bob", "Alice", "CN = alice"]
        #expect(refusal(signature, of: content, policy) == .wrongPublisher)
    }

    @Test("name the key as openssl does")
    func namesKeys() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let signer = try DetachedSignature.verify(
            authority.sign(content, by: "alice"), of: content, by: authority.policy())
        try authority.run(
            [
                "pkey", "-in", authority.path("alice.key"), "-pubout", "-outform", "DER", "-out",
                authority.path("alice.der"),
            ])
        #expect(try authority.run(["dgst", "-sha256", authority.path("alice.der")]).contains(signer.certificate.keyID))
    }

    @Test("leave no memory behind")
    func keepsMemory() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let outcome = Command.run(
            [TestFiles.builtProgram("SignatureRounds"), "300"]
                + ["alice.key", "alice.pem", "root.pem"].map(authority.path))
        // What libcrypto keeps for itself may still grow by a piece here and there; one for each round would be 300.
        let growth = try #require(Int(outcome.output.prefix { !$0.isNewline }), "\(outcome.output)")
        #expect(outcome.succeeded && growth < 100, "\(outcome.output)")
    }
}
