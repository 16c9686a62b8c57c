import Glibc

/// Tells the time in milliseconds since 1970. Injected wherever time decides, so that tests own it.
public typealias WallClock = @Sendable () -> Int64

/// The clock of the machine, in milliseconds since 1970.
@Sendable public func systemWallClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
