import GantryCore

/// The platform's way: so many requests in a window that opens with the first one counted in it. It is kept as the end
/// of the window in milliseconds, and below it the count.
enum FixedWindow {
    private static let countBits: Int64 = 24
    private static let countMask: Int64 = 1 << countBits - 1

    /// Counts one request.
    /// - Returns: the window now, and what to tell the caller.
    static func take(_ current: Int64, _ rate: RateLimit, nowNanoseconds now: Int64) -> (Int64, Allowance) {
        let nowMilliseconds = now / 1_000_000
        var end = current >> countBits
        var count = current & countMask
        if end <= nowMilliseconds {
            end = nowMilliseconds + Int64(rate.periodSeconds) * 1000
            count = 0
        }
        let rest = end * 1_000_000 - now
        // A count beyond what fits is as good as none.
        let limit = min(Int64(rate.count), countMask)
        guard count < limit else {
            return (
                current,
                Allowance(
                    isGranted: false, limit: rate.count, remaining: 0, resetNanoseconds: rest, retryNanoseconds: rest)
            )
        }
        return (
            end << countBits | (count + 1),
            Allowance(
                isGranted: true, limit: rate.count, remaining: rate.count - Int(count) - 1, resetNanoseconds: rest,
                retryNanoseconds: 0)
        )
    }

    /// The window after one request in it was taken back; one that has ended is left alone.
    static func giveBack(_ current: Int64, nowNanoseconds now: Int64) -> Int64 {
        current >> countBits > now / 1_000_000 && current & countMask > 0 ? current - 1 : current
    }

    static func usedShare(_ current: Int64, _ rate: RateLimit, nowNanoseconds now: Int64) -> Double {
        current >> countBits <= now / 1_000_000 ? 0 : Double(current & countMask) / Double(rate.count)
    }

    /// What is left; before the first request of a window that of one which would begin now.
    static func look(_ current: Int64, _ rate: RateLimit, nowNanoseconds now: Int64) -> Allowance {
        let end = current >> countBits
        guard end > now / 1_000_000 else { return untouched(rate) }
        return Allowance(
            isGranted: true, limit: rate.count, remaining: max(0, rate.count - Int(current & countMask)),
            resetNanoseconds: end * 1_000_000 - now, retryNanoseconds: 0)
    }

    /// What a request that is not counted reports.
    static func untouched(_ rate: RateLimit) -> Allowance {
        Allowance(
            isGranted: true, limit: rate.count, remaining: rate.count,
            resetNanoseconds: Int64(rate.periodSeconds) * 1_000_000_000, retryNanoseconds: 0)
    }
}
