import Glibc

/// A moment on CLOCK_MONOTONIC by which something has to be done.
public struct Deadline: Sendable, Hashable, Comparable {
    /// Nanoseconds on CLOCK_MONOTONIC; `Int64.max` for never.
    public let monotonicNanoseconds: Int64

    /// The deadline that never passes.
    public static let never = Deadline(monotonicNanoseconds: .max)

    /// The current moment of CLOCK_MONOTONIC.
    public static var now: Deadline {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Deadline(monotonicNanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// A deadline at a moment of CLOCK_MONOTONIC.
    /// - Parameter monotonicNanoseconds: the moment; 0 means never, as in the C interface.
    public init(monotonicNanoseconds: Int64) {
        self.monotonicNanoseconds = monotonicNanoseconds == 0 ? .max : monotonicNanoseconds
    }

    /// A deadline some time from now.
    public static func after(_ duration: Duration) -> Deadline {
        let (seconds, attoseconds) = duration.components
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return .never }
        let (sum, sumOverflow) = now.monotonicNanoseconds
            .addingReportingOverflow(nanoseconds + attoseconds / 1_000_000_000)
        return sumOverflow ? .never : Deadline(monotonicNanoseconds: sum)
    }

    /// Whether the moment is over.
    public var hasPassed: Bool {
        monotonicNanoseconds != .max && Deadline.now >= self
    }

    /// The earlier one comes first.
    public static func < (left: Deadline, right: Deadline) -> Bool {
        left.monotonicNanoseconds < right.monotonicNanoseconds
    }

    /// The moment as the absolute time that a condition waits for.
    var timespecification: timespec {
        timespec(
            tv_sec: Int(monotonicNanoseconds / 1_000_000_000),
            tv_nsec: Int(monotonicNanoseconds % 1_000_000_000)
        )
    }
}
