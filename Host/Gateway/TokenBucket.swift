import GantryCore

/// An allowance that refills steadily. It is kept as the moment at which it will be whole again (the generic cell rate
/// algorithm).
enum TokenBucket {
    /// Takes one request's worth from a bucket that is whole at `current`.
    /// - Returns: when it is whole now, and what to tell the caller.
    static func take(_ current: Int64, _ rate: RateLimit, nowNanoseconds now: Int64) -> (Int64, Allowance) {
        let interval = interval(rate)
        let next = max(current, now) + interval
        // Rounding of the interval must not cost the last request of a whole allowance.
        if next - now > interval * Int64(rate.count) {
            return (
                current,
                Allowance(
                    isGranted: false, limit: rate.count, remaining: 0, resetNanoseconds: current - now,
                    retryNanoseconds: next - now - interval * Int64(rate.count))
            )
        }
        let used = (next - now + interval - 1) / interval
        return (
            next,
            Allowance(
                isGranted: true, limit: rate.count, remaining: max(0, rate.count - Int(used)),
                resetNanoseconds: next - now, retryNanoseconds: 0)
        )
    }

    /// When the bucket is whole after one request's worth went back.
    static func giveBack(_ current: Int64, _ rate: RateLimit) -> Int64 { current - interval(rate) }

    static func usedShare(_ current: Int64, _ rate: RateLimit, nowNanoseconds now: Int64) -> Double {
        current <= now ? 0 : Double(current - now) / (Double(rate.periodSeconds) * 1e9)
    }

    private static func interval(_ rate: RateLimit) -> Int64 {
        max(1, Int64(rate.periodSeconds) * 1_000_000_000 / Int64(rate.count))
    }
}
