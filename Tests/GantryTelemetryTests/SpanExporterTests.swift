import GantryCore
import GantryJSON
import GantryThreads
import Glibc
import Testing

@testable import GantryTelemetry

/// A collector that answers as it is told.
final class FakeCollector: SpanTransport {
    private let state = Monitor((bodies: [[UInt8]](), answers: [SpanDelivery]()))

    /// - Parameter answers: What comes first; afterwards everything is taken.
    init(_ answers: [SpanDelivery] = []) { state.withLock { $0.answers = answers } }

    var bodies: [[UInt8]] { state.withLock { $0.bodies } }

    func post(_ body: [UInt8], completion: @escaping @Sendable (SpanDelivery) -> Void) {
        let answer = state.withLock { state -> SpanDelivery in
            state.bodies.append(body)
            return state.answers.isEmpty ? .taken : state.answers.removeFirst()
        }
        state.broadcast()
        completion(answer)
    }
}

/// A collector that never answers.
private struct DeafCollector: SpanTransport {
    func post(_ body: [UInt8], completion: @escaping @Sendable (SpanDelivery) -> Void) {}
}

@Suite("Spans on their way to a collector")
struct SpanExporterTests {
    private let metrics = Metrics()
    private let log = Log(level: .error, descriptor: 2)
    private static let trace = TraceContext(traceIDHigh: 1, traceIDLow: 0xAB, spanID: 7, isSampled: true)

    private func span(_ name: String = "GET /v1/x") -> Span {
        Span(
            name, kind: .server, trace: Self.trace, parent: 5, durationNanoseconds: 2_500_000, isError: true,
            state: "vendor=1",
            attributes: [LogField("http.route", "/v1/x"), LogField("status", 503), LogField("ok", false)])
    }

    private func value(_ name: String) -> String? {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name) }?.split(separator: " ").last.map(String.init)
    }

    @Test("OTLP has ids in hexadecimal, numbers of 64 bits as texts, and the parent")
    func otlp() throws {
        let text = String(
            decoding: SpanEncoding.otlp([span()], service: [LogField("service.name", "gantry")]), as: UTF8.self)
        let document = try JSONDocument(Array(text.utf8))
        document.withRoot { root in
            let resource = root["resourceSpans"]?[0]
            #expect(resource?["resource"]?["attributes"]?[0]?["value"]?["stringValue"]?.string == "gantry")
            let span = resource?["scopeSpans"]?[0]?["spans"]?[0]
            #expect(span?["traceId"]?.string == "000000000000000100000000000000ab")
            #expect(span?["spanId"]?.string == "0000000000000007")
            #expect(span?["parentSpanId"]?.string == "0000000000000005")
            #expect(span?["traceState"]?.string == "vendor=1")
            #expect(span?["attributes"]?[1]?["value"]?["intValue"]?.string == "503")
            let begin = span?["startTimeUnixNano"]?.string.flatMap { Int64($0) } ?? 0
            let end = span?["endTimeUnixNano"]?.string.flatMap { Int64($0) } ?? 0
            #expect(end - begin == 2_500_000)
        }
        #expect(text.contains(#""kind":2"#) && text.contains(#""code":2"#))
    }

    @Test("Zipkin has microseconds and tags")
    func zipkin() throws {
        let document = try JSONDocument(SpanEncoding.zipkin([span()], service: "gantry"))
        document.withRoot { root in
            #expect(root[0]?["traceId"]?.string == "000000000000000100000000000000ab")
            #expect(root[0]?["kind"]?.string == "SERVER")
            #expect(root[0]?["tags"]?["status"]?.string == "503")
            #expect(root[0]?["tags"]?["error"]?.string == "true")
            #expect(root[0]?["localEndpoint"]?["serviceName"]?.string == "gantry")
        }
    }

    @Test("What waits is sent when the exporter ends, in batches")
    func batches() {
        let collector = FakeCollector()
        let exporter = SpanExporter(.otlp, transport: collector, service: [], log: log, metrics: metrics)
        for _ in 0..<1200 { exporter.add(span()) }
        exporter.close()
        #expect(collector.bodies.count >= 3)
        #expect(value("trace_spans_exported_total") == "1200")
        exporter.add(span())
        #expect(value(#"trace_spans_dropped_total{reason="queue_full"}"#) == "1")
    }

    @Test("A batch that is not taken is sent again, and given up when it is refused")
    func retries() {
        let collector = FakeCollector([
            .unavailable(retrySeconds: nil), .unavailable(retrySeconds: nil), .taken, .refused,
        ])
        let exporter = SpanExporter(
            .zipkin, transport: collector, service: [], log: log, metrics: metrics, pauseMilliseconds: 1)
        let tracer = Tracer(share: 1, exporter: exporter)
        for _ in 0..<512 { tracer.record(span("first")) }
        while collector.bodies.count < 3 { sched_yield() }
        for _ in 0..<512 { tracer.record(span("second")) }
        while collector.bodies.count < 4 { sched_yield() }
        tracer.close()
        #expect(collector.bodies[0] == collector.bodies[2])
        #expect(value("trace_export_failures_total") == "2")
        #expect(value("trace_spans_exported_total") == "512")
        #expect(value(#"trace_spans_dropped_total{reason="not_taken"}"#) == "512")
    }

    @Test("With a collector that does not answer only so many spans wait; the others are counted")
    func bounded() {
        let exporter = SpanExporter(.otlp, transport: DeafCollector(), service: [], log: log, metrics: metrics)
        for _ in 0..<10_000 { exporter.add(span()) }
        let dropped = value(#"trace_spans_dropped_total{reason="queue_full"}"#).flatMap { Int($0) } ?? 0
        #expect(dropped >= 10_000 - 4096 - 2 * 512 && dropped <= 10_000 - 4096)
    }

    @Test("The share of traces that begin here is kept to, and the same trace is always judged alike")
    func share() {
        let exporter = SpanExporter(.otlp, transport: FakeCollector(), service: [], log: log, metrics: metrics)
        let tracer = Tracer(share: 0.25, exporter: exporter)
        let traces = (0..<10_000).map { _ in
            TraceContext(traceIDHigh: 1, traceIDLow: UInt64.random(in: 1 ... .max), spanID: 1)
        }
        let sampled = traces.filter { tracer.samples($0) }
        #expect((2000...3000).contains(sampled.count))
        #expect(sampled.allSatisfy { tracer.samples($0) })
        #expect(!Tracer(share: 0, exporter: exporter).samples(traces[0]))
        #expect(Tracer(share: 1, exporter: exporter).samples(traces[0]))
        #expect(!Tracer.off.samples(traces[0]) && !Tracer.off.records(Self.trace))
        exporter.close()
    }
}
