import GantryKit

/// After how many days something is deleted, as the operator configured it. Nothing is where no number is given, but
/// batches after 30 days, which is as long as the contract has them readable.
struct RetentionPolicy {
    /// What is deleted.
    enum Kind: String, CaseIterable {
        /// Sessions with all that belongs to them: readings, explanations, anomaly records, issues.
        case sessions
        /// The readings of sessions, which stay with their verdicts.
        case readings
        /// Explanations that were kept for the next who asks.
        case explanations
        /// Batches and what became of their sessions.
        case batches

        /// The member of the configuration that has the days.
        var member: String { "\(rawValue)Days" }
    }

    private static let dayMilliseconds: Int64 = 86_400_000
    private static let batchDays: Int64 = 30

    private var days: [Kind: Int64] = [.batches: Self.batchDays]

    /// Reads the configuration, which the host has checked against the manifest's schema.
    init(_ configuration: JSONDocument) {
        configuration.withRoot { root in
            for kind in Kind.allCases {
                if let number = root["retention"]?[kind.member]?.int64 { days[kind] = number }
            }
        }
        days[.batches] = max(days[.batches] ?? 0, Self.batchDays)
    }

    /// What is older than this moment, in milliseconds since 1970, is deleted; nil when nothing is.
    func limit(_ kind: Kind, nowMilliseconds: Int64) -> Int64? {
        days[kind].map { nowMilliseconds - $0 * Self.dayMilliseconds }
    }
}
