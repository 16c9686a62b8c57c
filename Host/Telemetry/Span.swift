public import GantryCore
import Glibc

/// A piece of work in a trace, as collectors want it.
public struct Span: Sendable {
    /// On which side of what it is; the numbers are OpenTelemetry's.
    public enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
        case producer = 4
        case consumer = 5
    }

    /// The trace, with the span's own id.
    public var trace: TraceContext
    /// The span that it belongs to; 0 where it is the first of its trace.
    public var parent: UInt64
    /// What the caller's header `tracestate` said; empty for nothing.
    public var state: String
    /// What was done; never what belongs to one record.
    public var name: String
    /// On which side it is.
    public var kind: Kind
    /// Nanoseconds since 1970.
    public var startNanoseconds: Int64
    /// Nanoseconds since 1970.
    public var endNanoseconds: Int64
    /// Whether it failed.
    public var isError: Bool
    /// Further facts; never a secret.
    public var attributes: [LogField]

    /// A span that has just ended.
    public init(
        _ name: String, kind: Kind, trace: TraceContext, parent: UInt64, durationNanoseconds: Int64,
        isError: Bool = false, state: String = "", attributes: [LogField] = []
    ) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        endNanoseconds = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        startNanoseconds = endNanoseconds - max(0, durationNanoseconds)
        self.name = name
        self.kind = kind
        self.trace = trace
        self.parent = parent
        self.isError = isError
        self.state = state
        self.attributes = attributes
    }
}
