/// The groups of requests that the platform counts: those of the host and of modules whose contract says
/// `x-versions`. Modules without it bring classes of their own.
public enum LimitGroup: String, Sendable, CaseIterable {
    case ai
    case auth
    case contact
    case webhooks
    case `internal`
    case `default`

    /// Who shares an allowance of the group.
    public enum Subject: Sendable {
        /// The user or key, or the client's address where there is no good credential.
        case caller
        /// The client's address, whatever the credential.
        case address
    }

    /// The group of a route: the most specific one whose pattern matches.
    /// - Parameter path: The template, in any version or with the version left out.
    public init(method: String, path: String) {
        self = .default
        guard path.hasPrefix("/api/") else { return }
        var rest = path.dropFirst(5)
        if rest.hasPrefix("v1/") || rest.hasPrefix("v2/") { rest = rest.dropFirst(3) }
        if rest.hasPrefix("app/ai/") { self = .ai }
        if rest.hasPrefix("public/auth/") { self = .auth }
        if rest.hasPrefix("public/webhooks/") { self = .webhooks }
        if rest.hasPrefix("internal/") { self = .internal }
        if rest == "public/contact", method == "POST" { self = .contact }
    }

    /// Name of the setting that holds its allowance.
    public var setting: String { self == .contact ? "CONTACT_RATE_LIMIT" : "RATE_LIMIT_\(rawValue.uppercased())" }

    /// Who shares an allowance.
    public var subject: Subject {
        switch self {
        case .ai, .default: .caller
        case .auth, .contact, .webhooks, .internal: .address
        }
    }

    /// Its allowance unless a setting says otherwise.
    public var standardRate: RateLimit {
        switch self {
        case .ai: RateLimit(count: 10, periodSeconds: 60)
        case .auth: RateLimit(count: 5, periodSeconds: 60)
        case .contact: RateLimit(count: 5, periodSeconds: 3600)
        case .webhooks, .internal: RateLimit(count: 600, periodSeconds: 60)
        case .default: RateLimit(count: 60, periodSeconds: 60)
        }
    }
}

/// What the platform allows a tenant: a rate for each group, and perhaps one for everything together.
public struct PlatformRates: Sendable, Equatable {
    /// What the tenant may ask for in all, whoever asks; nil for no bound.
    public var overall: RateLimit?
    private var changed: [LimitGroup: RateLimit] = [:]

    /// The standard rates, and no bound for everything together.
    public init() {}

    /// The rate of a group.
    public subscript(group: LimitGroup) -> RateLimit {
        get { changed[group] ?? group.standardRate }
        set { changed[group] = newValue }
    }

    /// With the rates that settings such as `RATE_LIMIT_AI` name instead of these; other settings are left alone.
    /// - Returns: the rates; throws the name of the first setting that is no rate.
    public func with(settings: [String: String]) throws(UnreadableSetting) -> PlatformRates {
        var rates = self
        for group in LimitGroup.allCases {
            guard let text = settings[group.setting] else { continue }
            guard let rate = RateLimit(text) else { throw UnreadableSetting(group.setting, Self.form) }
            rates[group] = rate
        }
        if let text = settings[Self.overallSetting] {
            guard let rate = RateLimit(text) else { throw UnreadableSetting(Self.overallSetting, Self.form) }
            rates.overall = rate
        }
        return rates
    }

    /// Name of the setting that holds the allowance for everything together.
    public static let overallSetting = "RATE_LIMIT_TENANT"
    private static let form = "a limit is written <count>/<second|minute|hour|day>"
}

/// A setting whose value makes no sense.
public struct UnreadableSetting: Error, Sendable, CustomStringConvertible {
    /// Name of the setting.
    public var name: String
    /// What would be right.
    public var message: String

    /// Creates the error.
    public init(_ name: String, _ message: String) {
        self.name = name
        self.message = message
    }

    /// One sentence; the value may be a secret and is left out.
    public var description: String { "The setting \(name) cannot be read: \(message)." }
}
