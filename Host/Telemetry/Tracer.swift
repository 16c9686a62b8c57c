public import GantryCore
import GantryThreads

/// Whether requests are traced, and where their spans go. Any thread; nothing waits.
public final class Tracer: Sendable {
    /// Nothing is traced.
    public static let off = Tracer()

    /// Whether spans go anywhere.
    public let isEnabled: Bool
    private let threshold: UInt64
    private let exporter: SpanExporter?

    private init() {
        isEnabled = false
        threshold = 0
        exporter = nil
    }

    /// A tracer that is on.
    /// - Parameters:
    ///   - share: Part of the traces begun here that is recorded, 0 to 1.
    ///   - exporter: Where spans go.
    public init(share: Double, exporter: SpanExporter) {
        isEnabled = true
        threshold = share >= 1 ? .max : UInt64(max(0, share) * Double(UInt64.max))
        self.exporter = exporter
    }

    /// Whether a trace that begins here is recorded. All hosts say the same of the same trace.
    public func samples(_ trace: TraceContext) -> Bool {
        isEnabled && (threshold == .max || trace.traceIDLow < threshold)
    }

    /// Whether spans of the trace are wanted.
    public func records(_ trace: TraceContext) -> Bool { isEnabled && trace.isSampled }

    /// Takes a span that has ended.
    public func record(_ span: Span) { exporter?.add(span) }

    /// Sends what waits, two seconds at most, and ends. Blocks.
    public func close() { exporter?.close() }
}
