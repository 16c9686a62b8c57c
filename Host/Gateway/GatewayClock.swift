public import GantryThreads
import Glibc

/// The two clocks of the gateway, so that tests own them.
public struct GatewayClock: Sendable {
    /// Milliseconds since 1970: expiry of credentials, moments told to clients.
    public var wallMilliseconds: WallClock
    /// Nanoseconds of CLOCK_MONOTONIC: limits, deadlines and durations.
    public var monotonicNanoseconds: @Sendable () -> Int64

    /// Creates the clocks.
    public init(wallMilliseconds: @escaping WallClock, monotonicNanoseconds: @escaping @Sendable () -> Int64) {
        self.wallMilliseconds = wallMilliseconds
        self.monotonicNanoseconds = monotonicNanoseconds
    }

    /// The machine's own clocks.
    public static let system = GatewayClock(wallMilliseconds: systemWallClock) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
