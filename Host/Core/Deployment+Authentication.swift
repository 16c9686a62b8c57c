extension Deployment {
    /// Whose tokens are accepted: what the file, the environment or a tenant says of it. What is nil was not said.
    public struct Authentication: Sendable, Equatable {
        /// Which claims of a token name user, role and tenant.
        public enum Provider: String, Sendable, CaseIterable {
            case supabase
            case clerk
            case custom
        }

        /// Signatures that published keys may make; a shared secret has a kind of its own.
        static let publishedAlgorithms: [SignatureAlgorithm] = [.rs256, .es256, .edDSA]

        /// Who issues the tokens.
        public var provider: Provider?
        /// Where the issuer publishes its keys: `https:`, `file:`, and `http:` on the host's own machine.
        public var keySetURL: String?
        /// Signatures that are accepted, of those with published keys.
        public var algorithms: [SignatureAlgorithm]?
        /// The `iss` that a token must have.
        public var issuer: String?
        /// The `aud` that a token must have.
        public var audience: String?
        /// File with the secret of an issuer that signs with HS256.
        public var sharedSecretFile: String?
        /// Seconds for which keys are used although the issuer no longer answers.
        public var outageSeconds: Int?

        /// Nothing said.
        public init() {}

        /// Whether nothing was said.
        public var isEmpty: Bool { self == Authentication() }

        /// What is said here, and where nothing is, what the other says.
        public func over(_ other: Authentication) -> Authentication {
            var result = other
            result.provider = provider ?? other.provider
            result.keySetURL = keySetURL ?? other.keySetURL
            result.algorithms = algorithms ?? other.algorithms
            result.issuer = issuer ?? other.issuer
            result.audience = audience ?? other.audience
            result.sharedSecretFile = sharedSecretFile ?? other.sharedSecretFile
            result.outageSeconds = outageSeconds ?? other.outageSeconds
            return result
        }
    }
}

extension Deployment.Authentication {
    init(_ place: YAMLReader) throws {
        try place.allow(["provider", "jwks", "algorithms", "issuer", "audience", "secret-file", "outage"])
        provider = try place.optional("provider")?.choice(Provider.self)
        if let jwks = place.optional("jwks") {
            keySetURL = try jwks.string()
            guard Self.isKeySetURL(keySetURL ?? "") else { throw jwks.error(Self.keySetRule) }
        }
        if let list = place.optional("algorithms") {
            algorithms = try list.list().map { entry in
                let algorithm = try entry.choice(SignatureAlgorithm.self)
                guard Self.publishedAlgorithms.contains(algorithm) else {
                    throw entry.error("HS256 is not made by a published key; it is accepted where a secret is given.")
                }
                return algorithm
            }
            guard algorithms?.isEmpty == false else { throw list.error("At least one algorithm is needed here.") }
        }
        issuer = try place.optional("issuer")?.string()
        audience = try place.optional("audience")?.string()
        sharedSecretFile = try place.optional("secret-file")?.string()
        outageSeconds = try place.optional("outage")?.integer(0...604_800)
    }

    /// What the environment's `AUTH_PROVIDER`, `AUTH_JWKS_URL`, `AUTH_ALGORITHMS`, `AUTH_ISSUER` and `AUTH_AUDIENCE`
    /// say. An empty one says nothing. Throws `ConfigurationError` naming the variable.
    /// - Parameter value: Gives a variable's value.
    public init(environment value: (_ name: String) -> String?) throws {
        func text(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }
        func fault(_ name: String, _ message: String) -> ConfigurationError {
            ConfigurationError(file: "environment", field: name, message: message)
        }
        if let name = text("AUTH_PROVIDER") {
            provider = Provider(rawValue: name)
            if provider == nil { throw fault("AUTH_PROVIDER", "Known are supabase, clerk and custom.") }
        }
        keySetURL = text("AUTH_JWKS_URL")
        if let keySetURL, !Self.isKeySetURL(keySetURL) { throw fault("AUTH_JWKS_URL", Self.keySetRule) }
        algorithms = try text("AUTH_ALGORITHMS")?.split(separator: ",").map { part in
            let name = String(part.drop { $0 == " " }.prefix { $0 != " " })
            guard let algorithm = SignatureAlgorithm(rawValue: name), Self.publishedAlgorithms.contains(algorithm)
            else { throw fault("AUTH_ALGORITHMS", "Known are RS256, ES256 and EdDSA, with commas between them.") }
            return algorithm
        }
        issuer = text("AUTH_ISSUER")
        audience = text("AUTH_AUDIENCE")
    }

    private static let keySetRule =
        "The address of a key set is an https or file URL; http is taken for this machine (127.0.0.1, ::1, localhost)."

    /// Whether keys may be fetched from the URL: nobody on the way can put others in their place.
    static func isKeySetURL(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        let lower = text.lowercased()
        if lower.hasPrefix("file:///") { return lower.utf8.count > 8 }
        if lower.hasPrefix("https://") { return lower.utf8.count > 8 }
        guard lower.hasPrefix("http://") else { return false }
        let authority = lower.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return ["127.0.0.1", "[::1]", "localhost"].contains { host in
            let rest = authority.dropFirst(host.count)
            return authority.hasPrefix(host)
                && (rest.isEmpty || rest.first == ":" && rest.dropFirst().allSatisfy { $0.isASCII && $0.isNumber })
        }
    }
}
