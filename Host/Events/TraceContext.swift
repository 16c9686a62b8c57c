/// The W3C trace that something belongs to.
public struct TraceContext: Sendable, Equatable {
    /// The trace's id, upper half.
    public let traceHigh: UInt64
    /// The trace's id, lower half.
    public let traceLow: UInt64
    /// The id of the span in which it happened.
    public let span: UInt64

    /// A trace context; nil when all is 0, which means that nothing is traced.
    public init?(traceHigh: UInt64, traceLow: UInt64, span: UInt64) {
        if traceHigh == 0 && traceLow == 0 { return nil }
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
    }

    init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 24 else { return nil }
        self.init(
            traceHigh: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            traceLow: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            span: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        )
    }

    var bytes: [UInt8] {
        withUnsafeBytes(of: (traceHigh.bigEndian, traceLow.bigEndian, span.bigEndian)) { Array($0) }
    }
}
