import GantryCore
import GantryJSON

/// Spans as collectors read them.
enum SpanEncoding {
    /// A request of OTLP over HTTP, in JSON.
    static func otlp(_ spans: [Span], service: [LogField]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * spans.count)
        writer.beginObject()
        writer.key("resourceSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("resource")
        writer.beginObject()
        writeAttributes(service, to: &writer)
        writer.endObject()
        writer.key("scopeSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("scope")
        writer.beginObject()
        writer.add("name", "gantry")
        writer.endObject()
        writer.key("spans")
        writer.beginArray()
        for span in spans { write(span, to: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ span: Span, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.add("traceId", span.trace.traceID)
        writer.add("spanId", TraceContext.hexadecimal(span.trace.spanID))
        if span.parent != 0 { writer.add("parentSpanId", TraceContext.hexadecimal(span.parent)) }
        if !span.state.isEmpty { writer.add("traceState", span.state) }
        writer.key("flags")
        writer.int(span.trace.isSampled ? 1 : 0)
        writer.add("name", span.name)
        writer.key("kind")
        writer.int(span.kind.rawValue)
        // 64-bit numbers are texts in the JSON form of protocol buffers.
        writer.add("startTimeUnixNano", "\(span.startNanoseconds)")
        writer.add("endTimeUnixNano", "\(span.endNanoseconds)")
        writeAttributes(span.attributes, to: &writer)
        writer.key("status")
        writer.beginObject()
        if span.isError {
            writer.key("code")
            writer.int(2)
        }
        writer.endObject()
        writer.endObject()
    }

    private static func writeAttributes(_ attributes: [LogField], to writer: inout JSONWriter) {
        writer.key("attributes")
        writer.beginArray()
        for attribute in attributes {
            writer.beginObject()
            writer.key("key")
            writer.string(attribute.name)
            writer.key("value")
            writer.beginObject()
            switch attribute.value {
            case .string(let text): writer.add("stringValue", text)
            case .int(let number): writer.add("intValue", "\(number)")
            case .double(let number):
                writer.key("doubleValue")
                writer.double(number)
            case .bool(let truth):
                writer.key("boolValue")
                writer.bool(truth)
            }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }

    /// A list of spans as Zipkin's second version reads it.
    static func zipkin(_ spans: [Span], service: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * spans.count)
        writer.beginArray()
        for span in spans {
            writer.beginObject()
            writer.add("traceId", span.trace.traceID)
            writer.add("id", TraceContext.hexadecimal(span.trace.spanID))
            if span.parent != 0 { writer.add("parentId", TraceContext.hexadecimal(span.parent)) }
            writer.add("name", span.name)
            if let kind = zipkinKind(span.kind) { writer.add("kind", kind) }
            writer.key("timestamp")
            writer.int(span.startNanoseconds / 1000)
            writer.key("duration")
            writer.int(max(1, (span.endNanoseconds - span.startNanoseconds) / 1000))
            writer.key("localEndpoint")
            writer.beginObject()
            writer.add("serviceName", service)
            writer.endObject()
            writer.key("tags")
            writer.beginObject()
            for attribute in span.attributes {
                writer.key(attribute.name)
                writer.string(attribute.text)
            }
            if span.isError { writer.add("error", "true") }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    private static func zipkinKind(_ kind: Span.Kind) -> String? {
        switch kind {
        case .internal: nil
        case .server: "SERVER"
        case .client: "CLIENT"
        case .producer: "PRODUCER"
        case .consumer: "CONSUMER"
        }
    }
}

extension LogField {
    fileprivate var text: String {
        switch value {
        case .string(let text): text
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let truth): "\(truth)"
        }
    }
}
