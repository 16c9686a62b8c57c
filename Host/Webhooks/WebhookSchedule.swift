import GantryCore
import GantryJSON

/// What follows from a receiver's answer, or from there being none.
struct WebhookSchedule: Sendable {
    /// How an attempt ended.
    struct Answer: Sendable, Equatable {
        /// The receiver's status; nil when none came.
        var status: Int?
        /// What it says of when to come again.
        var retryAfter: String?
        /// Why there was no answer; empty when there was one.
        var reason = ""
    }

    /// What becomes of the delivery.
    enum Verdict: Sendable, Equatable {
        case succeeded
        /// It is tried again at this time, in milliseconds since 1970.
        case again(atMilliseconds: Int64)
        case failed
        /// It failed, and the receiver wants nothing any more.
        case gone
    }

    /// So many deliveries in a row that failed for good switch a webhook off.
    static let greatestFailures: Int64 = 10
    /// A receiver cannot put off the next attempt for longer.
    private static let longestRetryAfterMilliseconds: Int64 = 86_400_000

    let retryMilliseconds: [Int64]

    init(_ settings: Deployment.Webhooks) {
        retryMilliseconds = settings.retryMilliseconds
    }

    /// - Parameters:
    ///   - attempt: Which attempt it was, counted from 1.
    ///   - jitter: 0 to 1; how much of a tenth of the wait is added, so that what failed together does not come back
    ///     together.
    func verdict(
        on answer: Answer, attempt: Int64, isTrial: Bool, nowMilliseconds now: Int64,
        jitter: Double = .random(in: 0...1)
    ) -> Verdict {
        if let status = answer.status, (200...299).contains(status) { return .succeeded }
        if answer.status == 410 { return .gone }
        guard !isTrial, attempt <= retryMilliseconds.count else { return .failed }
        let wait = retryMilliseconds[Int(attempt) - 1]
        let wanted = answer.retryAfter.flatMap { Self.milliseconds(retryAfter: $0, nowMilliseconds: now) } ?? 0
        return .again(
            atMilliseconds: now
                + max(wait + Int64(Double(wait) * jitter / 10), min(wanted, Self.longestRetryAfterMilliseconds)))
    }

    /// How long a value of `Retry-After` asks to wait: seconds, or a date of HTTP; nil when it is neither.
    static func milliseconds(retryAfter text: String, nowMilliseconds now: Int64) -> Int64? {
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return Int64(text).map { min($0, 1 << 40) * 1000 } ?? .max
        }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        guard let time = RFC3339.milliseconds("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z") else { return nil }
        return max(0, time - now)
    }
}
