/// W3C trace context of a call; all zero when it is not traced.
public struct TraceContext: Sendable, Equatable {
    /// Upper half of the trace id.
    public var traceIDHigh: UInt64
    /// Lower half of the trace id.
    public var traceIDLow: UInt64
    /// The span that the call belongs to.
    public var spanID: UInt64

    /// Creates a context.
    public init(traceIDHigh: UInt64 = 0, traceIDLow: UInt64 = 0, spanID: UInt64 = 0) {
        self.traceIDHigh = traceIDHigh
        self.traceIDLow = traceIDLow
        self.spanID = spanID
    }
}
