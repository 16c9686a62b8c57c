/// When something that failed is tried again, and when no more.
public struct RetryPolicy: Sendable, Equatable {
    /// The wait after the first failure; each further one doubles it.
    public var initialMilliseconds: Int64 = 1000
    /// The longest wait.
    public var maximumMilliseconds: Int64 = 300_000
    /// After so many attempts it is given up.
    public var maximumAttempts: UInt32 = 10

    /// The defaults: 1 s to 5 min, 10 attempts.
    public init() {}

    /// How long to wait after an attempt, counted from 1. Up to a quarter is random, so that what failed together
    /// does not come back together.
    public func delayMilliseconds(afterAttempt attempt: UInt32) -> Int64 {
        let longest = maximumMilliseconds - maximumMilliseconds / 5
        let doublings = min(Int64(attempt) - 1, 32)
        let base = min(initialMilliseconds << max(doublings, 0), longest)
        return base + Int64.random(in: 0...max(base / 4, 0))
    }
}
