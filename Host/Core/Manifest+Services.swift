extension Manifest {
    /// A secret that the operator gives the module for a tenant.
    public struct Secret: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Whether the module cannot be started without it.
        public var isRequired: Bool
    }

    /// A kind of tokens that the module issues.
    public struct TokenKind: Sendable, Equatable {
        /// Its name.
        public var kind: String
        /// Roles that such a token may have; words of the module's own.
        public var roles: [String]
        /// The longest that such a token may be good.
        public var maximumLifetimeSeconds: Int64
        /// How long such a token may lie unused before it ends; nil for as long as it is good.
        public var idleSeconds: Int64?
    }

    /// Names of the module's own: lowercase letters, digits, hyphens and underscores.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
            }
    }

    static func name(_ place: YAMLReader) throws -> String {
        let name = try place.string()
        guard isName(name) else {
            throw place.error("A name is 1 to 64 lowercase letters, digits, hyphens and underscores.")
        }
        return name
    }

    /// What refers to capabilities and to each other.
    func checkServices(_ root: YAMLReader) throws {
        if !outbound.isEmpty && !capabilities.contains(.httpClient) {
            throw root.error("`outbound` needs the capability `http_client`.")
        }
        if capabilities.contains(.httpClient) && outbound.isEmpty {
            throw root.error("The capability `http_client` needs the hosts that are reached under `outbound`.")
        }
        if !secrets.isEmpty && !capabilities.contains(.secrets) {
            throw root.error("`secrets` needs the capability `secrets`.")
        }
        if !issues.isEmpty && !capabilities.contains(.identity) {
            throw root.error("`issues` needs the capability `identity`.")
        }
        try Self.refuseRepeated(secrets.map(\.name), of: root, "secrets")
        try Self.refuseRepeated(issues.map(\.kind), of: root, "issues")
        for (route, place) in zip(routes, try root.required("routes").list()) {
            for kind in route.tokens.sorted() where !issues.contains(where: { $0.kind == kind }) {
                throw place.error("The kind of tokens `\(kind)` is not declared under `issues`.")
            }
        }
    }

    private static func refuseRepeated(_ names: [String], of root: YAMLReader, _ setting: String) throws {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw root.error("`\(name)` stands twice under `\(setting)`.")
        }
    }
}

extension HostPattern {
    init(_ place: YAMLReader) throws {
        guard let pattern = HostPattern(try place.string()) else {
            throw place.error("A host is written `api.example.com`, `*.example.com`, or with a port.")
        }
        self = pattern
    }
}

extension Manifest.Secret {
    init(_ place: YAMLReader) throws {
        try place.allow(["name", "required"])
        name = try Manifest.name(place.required("name"))
        isRequired = try place.optional("required")?.boolean() ?? true
    }
}

extension Manifest.TokenKind {
    init(_ place: YAMLReader) throws {
        try place.allow(["kind", "roles", "lifetime", "idle"])
        kind = try Manifest.name(place.required("kind"))
        let roles = try place.required("roles")
        self.roles = try roles.list().map(Manifest.name)
        guard !self.roles.isEmpty else { throw roles.error("At least one role is needed here.") }
        maximumLifetimeSeconds = try Self.seconds(place.required("lifetime"))
        idleSeconds = try place.optional("idle").map(Self.seconds)
    }

    /// `90s`, `15m`, `12h` or `30d`.
    private static func seconds(_ place: YAMLReader) throws -> Int64 {
        let text = try place.string()
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (1...36500).contains(count)
        else { throw place.error("A time is written as `90s`, `15m`, `12h` or `30d`, at most 36500 of a unit.") }
        return count * unit
    }
}
