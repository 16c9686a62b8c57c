import GantryCore

/// How often a worker may crash: counts its crashes within a window, says how long to wait before the next start, and
/// when there are to be no more. Pure: whoever uses it brings the time, in milliseconds of any clock that only grows.
struct CrashBudget: Equatable, Sendable {
    /// Whether the worker may be started.
    enum Verdict: Equatable, Sendable {
        case now
        /// Not before that time.
        case at(milliseconds: Int64)
        /// Not before an operator says so.
        case never
    }

    /// Crashes within the window, oldest first.
    private(set) var crashes: [Int64] = []
    /// Set when the last crash that was allowed has happened.
    private(set) var isQuarantined = false
    private var limits: Deployment.Isolation

    init(_ limits: Deployment.Isolation) {
        self.limits = limits
    }

    /// Counts a crash. The wait before the next start begins with the shortest one and doubles with each crash that is
    /// still in the window.
    /// - Returns: when to start again.
    mutating func crashed(atMilliseconds now: Int64) -> Verdict {
        forget(before: now - limits.windowMilliseconds)
        crashes.append(now)
        if crashes.count >= limits.crashCount { isQuarantined = true }
        return verdict(atMilliseconds: now)
    }

    /// Whether the worker may be started at that time.
    func verdict(atMilliseconds now: Int64) -> Verdict {
        if isQuarantined { return .never }
        guard let last = crashes.last else { return .now }
        let time = last + backoffMilliseconds
        return now < time ? .at(milliseconds: time) : .now
    }

    /// An operator lets it try again at once, with the whole budget.
    mutating func forgive() {
        crashes = []
        isQuarantined = false
    }

    /// The limits have changed; what was counted stays, and a quarantine ends only by `forgive`.
    mutating func adopt(_ limits: Deployment.Isolation) { self.limits = limits }

    private var backoffMilliseconds: Int64 {
        let doublings = min(crashes.count - 1, 40)
        let (wait, isTooLong) = limits.backoffMilliseconds.multipliedReportingOverflow(by: 1 << Int64(doublings))
        return isTooLong ? limits.longestBackoffMilliseconds : min(wait, limits.longestBackoffMilliseconds)
    }

    private mutating func forget(before time: Int64) {
        crashes.removeAll { $0 < time }
    }
}
