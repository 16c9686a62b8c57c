import CGantry
import GantryCore

/// `gantry.trace`: spans within the trace of a call. Each becomes a line of the log at its end.
enum TraceTable {
    private static let maximumNameBytes: UInt64 = 256
    private static let maximumValueBytes: UInt64 = 4096

    static let begin:
        @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_str_v1, UnsafeMutablePointer<gantry_call_v1>?) -> Int32 =
            { context, name, outCall in
                guard let context, let outCall, (1...maximumNameBytes).contains(name.size), let name = name.text else {
                    return ModuleStatus.invalid.rawValue
                }
                guard let call = ModuleCall.resolve(context) else { return ModuleStatus.stale.rawValue }
                var copy = context.pointee
                copy.span_id = UInt64.random(in: 1 ... .max)
                let span = CallResources.Span(
                    name: name, parent: context.pointee.span_id, startNanoseconds: MonotonicClock.nanoseconds)
                guard call.resources.begin(copy.span_id, span) else { return ModuleStatus.limit.rawValue }
                outCall.pointee = copy
                return ModuleStatus.ok.rawValue
            }

    static let attribute: @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_str_v1, gantry_str_v1) -> Int32 = {
        context, name, value in
        guard let context, (1...maximumNameBytes).contains(name.size), value.size <= maximumValueBytes,
            let name = name.text, let value = value.text
        else { return ModuleStatus.invalid.rawValue }
        guard let call = ModuleCall.resolve(context) else { return ModuleStatus.stale.rawValue }
        return call.resources.attribute(context.pointee.span_id, name, value).rawValue
    }

    static let end: @convention(c) (UnsafePointer<gantry_call_v1>?, Int32) -> Int32 = { context, status in
        guard let context, let call = ModuleCall.resolve(context),
            let span = call.resources.end(context.pointee.span_id)
        else { return ModuleStatus.stale.rawValue }
        write(span, context.pointee.span_id, of: call, ModuleStatus(rawValue: status))
        return ModuleStatus.ok.rawValue
    }

    static let header: @convention(c) (UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<UInt8>?) -> Int32 = {
        context, outText in
        guard let context, let outText else { return ModuleStatus.invalid.rawValue }
        guard let call = ModuleCall.resolve(context) else { return ModuleStatus.stale.rawValue }
        guard let text = parent(call, span: context.pointee.span_id) else { return ModuleStatus.end.rawValue }
        for (offset, byte) in text.utf8.enumerated() { outText[offset] = byte }
        return ModuleStatus.ok.rawValue
    }

    /// The header `traceparent` of what is called from a span; nil for a call that is not traced.
    static func parent(_ call: ModuleCall, span: UInt64) -> String? {
        guard call.trace.isTraced else { return nil }
        var trace = call.trace
        trace.spanID = span
        return trace.header
    }

    /// Tells of a span in the log, at the level for debugging.
    static func write(_ span: CallResources.Span, _ id: UInt64, of call: ModuleCall, _ status: ModuleStatus) {
        var trace = call.trace
        trace.spanID = id
        let microseconds = (MonotonicClock.nanoseconds - span.startNanoseconds) / 1000
        let facts = [
            ("span", span.name), ("parent_span_id", TraceContext.hexadecimal(span.parent)),
            ("duration_us", "\(microseconds)"), ("status", "\(status)"),
        ]
        call.instance.ports.log.write(
            level: .debug, message: "span", fields: facts.map { (name: $0.0, value: $0.1) } + span.attributes,
            trace: trace)
        guard call.trace.isSampled, let spans = call.instance.ports.services.spans else { return }
        spans.record(
            CallSpan(
                name: span.name, kind: .internal, trace: trace, parent: span.parent,
                durationNanoseconds: MonotonicClock.nanoseconds - span.startNanoseconds,
                isError: status.rawValue < 0, attributes: span.attributes))
    }
}
