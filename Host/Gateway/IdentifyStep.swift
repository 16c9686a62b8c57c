import GantryCore
import GantryCryptography
import GantryLoader
import GantryTelemetry

/// The first step: request id and trace context.
enum IdentifyStep {
    private static let maximumIDBytes = 128

    static func run(_ context: RequestContext) {
        if var id = context.headers.requestID, isAcceptable(id) {
            context.request.requestID = id.withUTF8 { context.request.append($0) }
        } else {
            let high = context.connection.nextRandom()
            let low = context.connection.nextRandom()
            context.request.requestID = withUnsafeTemporaryAllocation(
                byteCount: UUIDText.count, alignment: 1
            ) { text in
                UUIDText.write(high: high, low: low, into: text)
                return context.request.append(UnsafeBufferPointer(text.bindMemory(to: UInt8.self)))
            }
        }
        var trace = context.headers.traceParent.flatMap(TraceParent.read) ?? TraceContext()
        if trace.traceIDHigh | trace.traceIDLow == 0 {
            trace.traceIDHigh = context.connection.nextRandom()
            trace.traceIDLow = context.connection.nextRandom() | 1
            trace.isSampled = context.gateway.tracer.samples(trace)
        } else {
            context.parentSpan = trace.spanID
            if let state = context.headers.traceState, isState(state) { context.traceState = state }
        }
        // The server's own span: a child of the caller's, or the first of a new trace.
        trace.spanID = context.connection.nextRandom() | 1
        context.trace = trace
    }

    /// Whether a `tracestate` may be passed on: printable, and not longer than W3C asks everybody to carry.
    private static func isState(_ state: String) -> Bool {
        (1...512).contains(state.utf8.count) && state.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static func isAcceptable(_ id: String) -> Bool {
        guard (1...maximumIDBytes).contains(id.utf8.count) else { return false }
        for byte in id.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                continue
            default: return false
            }
        }
        return true
    }
}

/// The W3C header `traceparent`.
enum TraceParent {
    /// The trace and the caller's span; nil when the header is not well formed.
    static func read(_ text: String) -> TraceContext? {
        let bytes = Array(text.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = hexadecimal(bytes[0..<2]), version != 0xFF, version != 0 || bytes.count == 55,
            bytes.count == 55 || bytes[55] == dash, let high = hexadecimal(bytes[3..<19]),
            let low = hexadecimal(bytes[19..<35]), let span = hexadecimal(bytes[36..<52]),
            let flags = hexadecimal(bytes[53..<55]), high | low != 0, span != 0
        else { return nil }
        return TraceContext(traceIDHigh: high, traceIDLow: low, spanID: span, isSampled: flags & 1 != 0)
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
