/// W3C trace context of a call; all zero when it is not traced.
public struct TraceContext: Sendable, Equatable {
    /// Upper half of the trace id.
    public var traceIDHigh: UInt64
    /// Lower half of the trace id.
    public var traceIDLow: UInt64
    /// The span that the call belongs to.
    public var spanID: UInt64
    /// Whether whoever began the trace wants it recorded.
    public var isSampled: Bool

    /// Creates a context.
    public init(traceIDHigh: UInt64 = 0, traceIDLow: UInt64 = 0, spanID: UInt64 = 0, isSampled: Bool = false) {
        self.traceIDHigh = traceIDHigh
        self.traceIDLow = traceIDLow
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// Whether there is a trace at all.
    public var isTraced: Bool { traceIDHigh | traceIDLow != 0 }

    /// The header `traceparent` of W3C, which names the span.
    public var header: String {
        "00-\(Self.hexadecimal(traceIDHigh))\(Self.hexadecimal(traceIDLow))-\(Self.hexadecimal(spanID))-"
            + (isSampled ? "01" : "00")
    }

    /// The 32 digits of the trace's id.
    public var traceID: String { Self.hexadecimal(traceIDHigh) + Self.hexadecimal(traceIDLow) }

    /// The 16 digits of a half of a trace's id, or of a span's.
    public static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
