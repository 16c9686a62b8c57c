import GantryCore
import GantryThreads

/// The platform's groups: so many requests in a window that opens with the first one counted in it. One counter for
/// each subject. Any thread.
final class FixedWindows: Sendable {
    private struct Window {
        var endNanoseconds: Int64
        var count: Int
    }

    private let rate: RateLimit
    private let windows = Lock<[String: Window]>([:])
    private static let sweepCount = 10_000

    init(rate: RateLimit) {
        self.rate = rate
    }

    private var period: Int64 { Int64(rate.periodSeconds) * 1_000_000_000 }

    /// Counts one request of the subject.
    func take(_ subject: String, nowNanoseconds now: Int64) -> Allowance {
        windows.withLock { windows in
            if windows.count > Self.sweepCount { windows = windows.filter { $0.value.endNanoseconds > now } }
            var window = windows[subject] ?? Window(endNanoseconds: now + period, count: 0)
            if window.endNanoseconds <= now { window = Window(endNanoseconds: now + period, count: 0) }
            let rest = window.endNanoseconds - now
            guard window.count < rate.count else {
                return Allowance(
                    isGranted: false, limit: rate.count, remaining: 0, resetNanoseconds: rest, retryNanoseconds: rest)
            }
            window.count += 1
            windows[subject] = window
            return Allowance(
                isGranted: true, limit: rate.count, remaining: rate.count - window.count, resetNanoseconds: rest,
                retryNanoseconds: 0)
        }
    }

    /// What a request that is not counted reports.
    var untouched: Allowance {
        Allowance(
            isGranted: true, limit: rate.count, remaining: rate.count, resetNanoseconds: period, retryNanoseconds: 0)
    }
}
