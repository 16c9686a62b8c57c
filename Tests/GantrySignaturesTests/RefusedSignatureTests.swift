import GantrySignatures
import TestCommands
import Testing

@Suite("Signatures that do not count")
struct RefusedSignatureTests {
    private let content = Array("gantry-bundle 1\nid notes\nversion 1.0.0\n".utf8)

    @Test("are of other content, or were altered")
    func refusesTampering() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let (signature, policy) = (try authority.sign(content, by: "alice"), try authority.policy())
        #expect(refusal(signature, of: content, policy) == nil)
        #expect(refusal(signature, of: content + [0x0A], policy) == .otherContent)
        #expect(refusal(signature, of: [], policy) == .otherContent)
        // Whatever byte is altered: it is never taken for a good one of other content.
        for index in signature.indices {
            var altered = signature
            altered[index] ^= 0x01
            #expect(refusal(altered, of: content + [0x0A], policy) != nil, "byte \(index)")
        }
        var last = signature
        last[last.count - 1] ^= 0x01
        #expect(refusal(last, of: content, policy) == .badSignature)
    }

    @Test("are cut off, followed by something, or no signatures at all")
    func refusesGarbage() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let (signature, policy) = (try authority.sign(content, by: "alice"), try authority.policy())
        for count in stride(from: 0, to: signature.count, by: 5) {
            #expect(refusal(Array(signature.prefix(count)), of: content, policy) == .unreadable, "\(count) bytes")
        }
        #expect(refusal(signature + [0], of: content, policy) == .unreadable)
        #expect(refusal(signature + signature, of: content, policy) == .unreadable)
        #expect(refusal([UInt8](repeating: 0x30, count: 2 << 20), of: content, policy) == .unreadable)
        for text in [
            "-----BEGIN CMS-----\n", "-----BEGIN CMS-----\nMA==\n-----END CMS-----\n", "-----BEGIN X-----\n!\n",
        ] {
            #expect(refusal(Array(text.utf8), of: content, policy) == .unreadable, "\(text)")
        }
        let pem = try authority.sign(content, by: "alice", ["-outform", "PEM"])
        #expect(refusal(pem + Array("more".utf8), of: content, policy) == .unreadable)
        #expect(refusal(Array(pem.dropLast(30)), of: content, policy) == .unreadable)
        #expect(refusal(try authority.bytes("alice.pem"), of: content, policy) == .unreadable)
        try authority.run(
            ["cms", "-encrypt", "-in", authority.path("content"), "-outform", "DER", "-out", authority.path("sealed")]
                + [authority.path("alice.pem")])
        #expect(refusal(try authority.bytes("sealed"), of: content, policy) == .unreadable)
    }

    @Test("carry a content, no signed attributes, or a weak digest")
    func refusesForms() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let policy = try authority.policy()
        for (options, code) in [
            (["-nodetach"], SignatureError.Code.notDetached), (["-noattr"], .unreadable), (["-md", "sha1"], .weak),
            (["-md", "sha224"], .weak), (["-econtent_type", "1.2.3.4"], .notDetached),
        ] {
            #expect(
                refusal(try authority.sign(content, by: "alice", options), of: content, policy) == code, "\(options)")
        }
        try authority.certificate("rita", kind: "rsa:2048")
        #expect(refusal(try authority.sign(content, by: "rita", ["-md", "md5"]), of: content, policy) == .weak)
    }

    @Test("are by nobody")
    func refusesNobody() throws {
        let authority = try Authority()
        // What `openssl crl2pkcs7 -nocrl` makes: a signed message with certificates and without a signer.
        try authority.run(
            ["crl2pkcs7", "-nocrl", "-certfile", authority.path("root.pem"), "-outform", "DER"]
                + ["-out", authority.path("empty")])
        let code = refusal(try authority.bytes("empty"), of: content, try authority.policy())
        #expect(code == .unsigned)
    }

    @Test("are by keys that are too weak or of another kind", arguments: ["rsa:1024", "P-521", "secp256k1"])
    func refusesKeys(kind: String) throws {
        let authority = try Authority()
        try authority.certificate("alice", kind: kind)
        let signature = try authority.sign(content, by: "alice")
        #expect(refusal(signature, of: content, try authority.policy()) == .weak)
    }

    @Test("are by a certificate that its authority signed over SHA-1")
    func refusesWeakChains() throws {
        let authority = try Authority()
        try authority.certificate("alice", digest: "sha1")
        #expect(refusal(try authority.sign(content, by: "alice"), of: content, try authority.policy()) == .weak)
    }

    @Test("are by the key of another certificate, under the trusted one's name")
    func refusesWrongKey() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        try authority.certificate("mallory")
        let signature = try authority.sign(content, by: "mallory", ["-nocerts"])
        // The same message, saying that the certificate with alice's serial made it.
        let serials = try ["mallory", "alice"].map { name in
            let text = try authority.run(["x509", "-in", authority.path("\(name).pem"), "-noout", "-serial"])
            return [UInt8(0x02), 0x02] + text.dropFirst(7).prefix(4).chunked.compactMap { UInt8($0, radix: 16) }
        }
        let place = try #require(signature.lastIndex(of: serials[0]))
        let forged = Array(signature[..<place] + serials[1] + signature[(place + 4)...])
        #expect(refusal(forged, of: content, try authority.policy(["root", "alice"])) == .badSignature)
        #expect(refusal(signature, of: content, try authority.policy(["root", "mallory"])) == nil)
    }

    @Test("are by certificates that lead nowhere")
    func refusesStrangers() throws {
        let (ours, theirs) = (try Authority(), try Authority())
        try theirs.certificate("alice")
        let signature = try theirs.sign(content, by: "alice", ["-certfile", theirs.path("root.pem")])
        #expect(refusal(signature, of: content, try ours.policy()) == .untrusted)
        // One who is trusted to sign is not trusted to make others signers.
        try ours.certificate("bob")
        try ours.certificate("eve", issuer: "bob")
        let issued = try ours.sign(content, by: "eve", ["-certfile", ours.path("bob.pem")])
        #expect(refusal(issued, of: content, try ours.policy()) == .untrusted)
    }

    @Test("are by certificates that are for something else", arguments: ["web", "plain", "encipherment", "authority"])
    func refusesPurposes(use: String) throws {
        let authority = try Authority()
        try authority.certificate("alice", use)
        #expect(refusal(try authority.sign(content, by: "alice"), of: content, try authority.policy()) == .wrongPurpose)
    }

    @Test("are by certificates that are not valid now, whatever they say of the time at which they signed")
    func refusesTimes() throws {
        let authority = try Authority()
        try authority.certificate("old", until: "20210101000000Z")
        try authority.certificate("new", from: "21000101000000Z")
        let policy = try authority.policy()
        #expect(refusal(try authority.sign(content, by: "old"), of: content, policy) == .expired)
        #expect(refusal(try authority.sign(content, by: "new"), of: content, policy) == .notYetValid)
        try authority.certificate("alice", until: "20990101000000Z")
        let signature = try authority.sign(content, by: "alice")
        var later = try authority.policy(["alice"])
        later.atSeconds = 4_100_000_000
        #expect(refusal(signature, of: content, later) == .expired)
        later.atSeconds = 1_500_000_000
        #expect(refusal(signature, of: content, later) == .notYetValid)
    }

    @Test("are by certificates that the authority has revoked, or of which that cannot be told")
    func refusesRevoked() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        try authority.certificate("bob")
        func list(_ name: String, _ options: [String] = []) throws {
            try authority.run(
                ["ca", "-gencrl", "-config", authority.path("request.cnf"), "-name", "ca"]
                    + ["-cert", authority.path("root.pem"), "-keyfile", authority.path("root.key")]
                    + ["-out", authority.path(name)] + options)
        }
        try list("early.crl")
        try list("old.crl", ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"])
        try authority.run(
            ["ca", "-config", authority.path("request.cnf"), "-name", "ca", "-revoke", authority.path("alice.pem")]
                + ["-cert", authority.path("root.pem"), "-keyfile", authority.path("root.key")])
        try list("late.crl")
        try authority.run(
            ["crl", "-in", authority.path("late.crl"), "-outform", "DER", "-out", authority.path("late.der")])
        let (alice, bob) = (try authority.sign(content, by: "alice"), try authority.sign(content, by: "bob"))
        #expect(refusal(alice, of: content, try authority.policy(lists: ["early.crl"])) == nil)
        for name in ["late.crl", "late.der"] {
            #expect(refusal(alice, of: content, try authority.policy(lists: [name])) == .revoked)
            #expect(refusal(bob, of: content, try authority.policy(lists: [name])) == nil)
        }
        #expect(refusal(bob, of: content, try authority.policy(lists: ["old.crl"])) == .noRevocationList)
        // The list of another authority of the same name says nothing of ours.
        let other = try Authority()
        try other.run(
            ["ca", "-gencrl", "-config", other.path("request.cnf"), "-name", "ca", "-cert", other.path("root.pem")]
                + ["-keyfile", other.path("root.key"), "-out", authority.path("foreign.crl")])
        #expect(refusal(bob, of: content, try authority.policy(lists: ["foreign.crl"])) == .noRevocationList)
    }

    @Test("are by keys that the operator has revoked, the signer's or an authority's")
    func refusesRevokedKeys() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        let signature = try authority.sign(content, by: "alice")
        var policy = try authority.policy()
        let keys = try [
            DetachedSignature.verify(signature, of: content, by: policy).certificate.keyID,
            #require(try policy.store.summaries().first).keyID,
        ]
        for key in keys {
            policy.revokedKeys = [key]
            #expect(refusal(signature, of: content, policy) == .revokedKey)
        }
        policy.revokedKeys = [String(repeating: "0", count: 64)]
        #expect(refusal(signature, of: content, policy) == nil)
    }

    @Test("are told with a reason for each signer")
    func namesReasons() throws {
        let authority = try Authority()
        try authority.certificate("old", until: "20210101000000Z")
        try authority.certificate("web", "web")
        let signature = try authority.sign(
            content, by: "old", ["-signer", authority.path("web.pem"), "-inkey", authority.path("web.key")])
        let error = #expect(throws: SignatureError.self) {
            _ = try DetachedSignature.verify(signature, of: content, by: authority.policy())
        }
        let message = error?.message ?? ""
        #expect(message.contains("None of the 2 signers is good"))
        #expect(message.contains("CN = old has expired") && message.contains("CN = web is not for signing code"))
    }

    @Test("cannot be made or judged with files that are not what they should be")
    func refusesFiles() throws {
        let authority = try Authority()
        try authority.certificate("alice")
        try authority.certificate("bob")
        let bytes = try authority.bytes("alice.pem")
        #expect(throws: SignatureError.self) { try TrustStore(certificates: []) }
        for broken in [[], Array("no certificate".utf8), Array(bytes.dropLast(40)), Array(bytes.prefix(40))] {
            #expect(throws: SignatureError.self) { try TrustStore(certificates: [("store.pem", broken)]) }
            #expect(throws: SignatureError.self) {
                try TrustStore(certificates: [("a", bytes)], revocationLists: [("list.crl", broken)])
            }
        }
        let error = #expect(throws: SignatureError.self) {
            try SigningKey(key: authority.bytes("bob.key"), certificate: bytes)
        }
        #expect(error?.message.contains("not the certificate's") == true)
        try authority.run(
            ["pkey", "-in", authority.path("alice.key"), "-aes256", "-passout", "pass:open", "-out"]
                + [authority.path("locked.key")])
        #expect(throws: SignatureError.self) {
            try SigningKey(key: authority.bytes("locked.key"), certificate: bytes)
        }
        #expect(throws: Never.self) {
            try SigningKey(key: authority.bytes("locked.key"), passphrase: "open", certificate: bytes)
        }
    }
}

extension Substring {
    /// Its characters in pairs.
    fileprivate var chunked: [Substring] {
        stride(from: 0, to: count, by: 2).map { dropFirst($0).prefix(2) }
    }
}

extension [UInt8] {
    /// Where the bytes begin for the last time.
    fileprivate func lastIndex(of bytes: [UInt8]) -> Int? {
        (0...Swift.max(0, count - bytes.count)).last { self[$0...].starts(with: bytes) }
    }
}
