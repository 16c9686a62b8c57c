import GantrySignatures

/// A bundle's signature as the host reads it before it trusts anything: a function of bytes that may hold anything. The
/// fuzzer feeds it (`make fuzz`), and a unit test replays its corpus, whose good signatures are by an authority that
/// the store below trusts. A trap, a hang, or a signature that counts for what nobody signed is a fault.
enum SignatureFuzz {
    /// What the corpus's good signatures are over.
    static let content = Array("gantry-bundle 1\nid notes\nversion 1.0.0\n".utf8)
    private static let otherContent = Array("gantry-bundle 1\nid notes\nversion 2.0.0\n".utf8)

    /// The corpus's authority. Its private key was thrown away.
    private static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBhDCCASugAwIBAgIUSUEYEDys/++KGu7NjCez3gKCT5kwCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEUm9vdDAgFw0yNjExMjEyMTQ4MjFaGA8yMTI2MTAyODIxNDgy
        MVowDzENMAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBFb
        6yx2OSYoVXLk9g1CNxHLAsGOXoImie/u78duLSQXjPuVUxgnYJ8rLBBNhYENAUze
        smI7smc63IoLtMhCr0qjYzBhMB0GA1UdDgQWBBQy14TUdOe5LjQaRR1Ra/IjQTHu
        AzAfBgNVHSMEGDAWgBQy14TUdOe5LjQaRR1Ra/IjQTHuAzAPBgNVHRMBAf8EBTAD
        AQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQDAgNHADBEAiAcMpnKi1aq28ES
        7D1VWoWR0+xmhqfz8+gVjhuQ8AWb3gIgAUjsBKVB7UqM22mpj9WQ3KlR2DAmGJNW
        xAHCzbejnI0=
        -----END CERTIFICATE-----
        """

    static let policy: DetachedSignature.Policy = {
        do {
            var policy = DetachedSignature.Policy(
                store: try TrustStore(certificates: [("authority", Array(authority.utf8))]))
            // A fixed moment, so that the corpus does not grow old.
            policy.atSeconds = 2_000_000_000
            return policy
        } catch {
            preconditionFailure("The certificate above is good: \(error)")
        }
    }()

    /// Reads the input as the host would. Returns for good and bad input alike; traps on a fault.
    static func run(_ bytes: [UInt8]) {
        _ = try? DetachedSignature.signers(of: bytes)
        _ = try? DetachedSignature.verify(bytes, of: content, by: policy)
        let forged = try? DetachedSignature.verify(bytes, of: otherContent, by: policy)
        precondition(forged == nil, "A signature counts for what nobody signed.")
    }
}
