import CGantry

/// The host's clock, which tests may set.
public struct Clock {
    let scope: CallScope
    /// The years that RFC 3339 has.
    private static let milliseconds: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// Milliseconds since 1970-01-01T00:00:00Z.
    public func milliseconds() throws(HostError) -> Int64 {
        var now: Int64 = 0
        // Tables are checked to be complete when they are found.
        try HostError.check(
            scope.tables.pointee.clock.pointee.now.unsafelyUnwrapped(scope.call, &now), "gantry.clock now")
        guard Self.milliseconds.contains(now) else {
            throw HostError(.failed, message: "gantry.clock now told \(now), which is no time")
        }
        return now
    }

    /// The present time as RFC 3339 text in UTC.
    public func timestamp() throws(HostError) -> String {
        RFC3339.string(milliseconds: try milliseconds())
    }

    /// Nanoseconds of a clock that never goes back; the one deadlines are given in.
    public func monotonicNanoseconds() throws(HostError) -> Int64 {
        var now: Int64 = 0
        // Tables are checked to be complete when they are found.
        try HostError.check(
            scope.tables.pointee.clock.pointee.monotonic.unsafelyUnwrapped(scope.call, &now), "gantry.clock monotonic")
        return now
    }
}
