extension Deployment {
    /// Allowances and whose word on a client's address is taken.
    public struct Limits: Sendable {
        /// What the platform allows each tenant that has no settings of its own.
        public var rates = PlatformRates()
        /// Peers whose `X-Forwarded-For` is believed.
        public var trustedProxies: [AddressRange] = []

        /// The defaults.
        public init() {}

        /// With what the process's environment says instead.
        public func with(environment: [String: String]) throws(UnreadableSetting) -> Limits {
            var limits = self
            limits.rates = try rates.with(settings: environment)
            if let text = environment["TRUSTED_PROXIES"] {
                limits.trustedProxies = []
                for part in text.split(separator: ",") {
                    let trimmed = part.drop { $0 == " " }.prefix { $0 != " " }
                    guard let range = AddressRange(String(trimmed)) else {
                        throw UnreadableSetting(
                            "TRUSTED_PROXIES", "networks are written `10.1.2.3`, `10.1.0.0/16` or `fd00::/8`")
                    }
                    limits.trustedProxies.append(range)
                }
            }
            return limits
        }
    }

    /// Settings that a tenant may have of its own; all others hold for the whole deployment.
    public static let tenantSettings = Set(LimitGroup.allCases.map(\.setting) + [PlatformRates.overallSetting])
}

extension Deployment.Limits {
    /// Reads `limits`: a rate by group, `tenant` for everything together.
    init(_ place: YAMLReader) throws {
        try place.allow(Set(LimitGroup.allCases.map(\.rawValue) + ["tenant", "trusted-proxies"]))
        for group in LimitGroup.allCases {
            if let rate = try place.optional(group.rawValue).map(Manifest.rate) { rates[group] = rate }
        }
        rates.overall = try place.optional("tenant").map(Manifest.rate)
        trustedProxies = try place.optional("trusted-proxies")?.list().map(AddressRange.init) ?? []
    }
}

extension Deployment.Tenant {
    /// Reads a tenant's own settings; a name that no tenant may set and a value that makes no sense are refused here.
    static func settings(_ place: YAMLReader?) throws -> [String: String] {
        guard let place else { return [:] }
        try place.allow(Deployment.tenantSettings)
        var settings: [String: String] = [:]
        for (name, value) in try place.mapping() {
            settings[try name.string()] = try value.string()
            guard !(try value.string()).contains("\n") else { throw value.error("A setting is one line.") }
            do { _ = try PlatformRates().with(settings: settings) } catch { throw value.error("\(error)") }
        }
        return settings
    }
}
