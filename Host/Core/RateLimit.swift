/// So many requests in so much time, written `600/minute`.
public struct RateLimit: Sendable, Equatable, CustomStringConvertible {
    /// Requests allowed in one period, at least 1.
    public var count: Int
    /// Length of the period in seconds.
    public var periodSeconds: Int

    /// Creates a limit.
    public init(count: Int, periodSeconds: Int) {
        self.count = count
        self.periodSeconds = periodSeconds
    }

    private static let periods = ["second": 1, "minute": 60, "hour": 3600, "day": 86400]

    /// Reads `<count>/<second|minute|hour|day>`; nil when the text has another form.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].first != "+", let count = Int(parts[0]), count > 0,
            let period = Self.periods[String(parts[1])]
        else { return nil }
        self.init(count: count, periodSeconds: period)
    }

    /// The written form.
    public var description: String {
        "\(count)/\(Self.periods.first { $0.value == periodSeconds }?.key ?? "\(periodSeconds) seconds")"
    }
}
