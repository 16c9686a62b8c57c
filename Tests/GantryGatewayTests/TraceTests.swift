import GantryCore
import GantryJSON
import GantryTelemetry
import GantryThreads
import RawHTTP
import Testing

@testable import GantryGateway

/// W3C trace context in and out, spans, and what a request has cost.
@Suite("Traces and costs")
struct TraceTests {
    private final class Collector: SpanTransport {
        let bodies = Lock<[[UInt8]]>([])

        func post(_ body: [UInt8], completion: @escaping @Sendable (SpanDelivery) -> Void) {
            bodies.withLock { $0.append(body) }
            completion(.taken)
        }

        /// The spans as `name parent`, in no order.
        var spans: [(name: String, trace: String, id: String, parent: String)] {
            bodies.withLock { $0 }.flatMap { body -> [(String, String, String, String)] in
                guard let document = try? JSONDocument(body) else { return [] }
                return document.withRoot { root in
                    guard let spans = root["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"] else { return [] }
                    return spans.elements.map { span in
                        (
                            span["name"]?.string ?? "", span["traceId"]?.string ?? "", span["spanId"]?.string ?? "",
                            span["parentSpanId"]?.string ?? ""
                        )
                    }
                }
            }
        }
    }

    private let collector = Collector()
    private static let known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func tracer(share: Double = 1) -> Tracer {
        Tracer(
            share: share,
            exporter: SpanExporter(
                .otlp, transport: collector, service: [], log: Log(level: .error), metrics: Metrics()))
    }

    @Test("A caller's trace goes on: the answer names the request's own span, and spans know their parents")
    func continued() throws {
        let tracer = tracer()
        let harness = try GatewayHarness(tracer: tracer)
        let response = try harness.request(
            "GET", "/v1/items/1",
            [harness.key(), "traceparent: \(Self.known)", "tracestate: a=1", "tracestate: b=2"])
        let parent = try #require(response["traceparent"])
        #expect(parent.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-"))
        #expect(parent.hasSuffix("-01") && !parent.contains("b7ad6b7169203331"))
        #expect(response["tracestate"] == "a=1, b=2")
        tracer.close()
        let spans = collector.spans
        let request = try #require(spans.first { $0.name == "GET /v1/items/{id}" })
        #expect(request.trace == "0af7651916cd43dd8448eb211c80319c" && request.parent == "b7ad6b7169203331")
        #expect(parent.contains(request.id))
        let handler = try #require(spans.first { $0.name == "fake.read" })
        #expect(handler.parent == request.id)
    }

    @Test("Who does not want a trace recorded gets none; what begins here is recorded by its share")
    func flags() throws {
        let tracer = tracer(share: 0)
        let harness = try GatewayHarness(tracer: tracer)
        let unwanted = Self.known.dropLast(1) + "0"
        let first = try harness.request("GET", "/v1/items/1", [harness.key(), "traceparent: \(unwanted)"])
        #expect(first["traceparent"]?.hasSuffix("-00") == true)
        #expect(try harness.request("GET", "/v1/items/1", [harness.key()])["traceparent"]?.hasSuffix("-00") == true)
        #expect(try harness.request("GET", "/v1/open", ["traceparent: \(Self.known)"]).status == 200)
        tracer.close()
        #expect(Set(collector.spans.map(\.name)) == ["GET /v1/open", "fake.open"])
    }

    @Test(
        "What is no trace context begins a new trace, and its state is not passed on",
        arguments: [
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "nonsense",
        ])
    func malformed(text: String) throws {
        let harness = try GatewayHarness(tracer: tracer())
        let response = try harness.request("GET", "/v1/open", ["traceparent: \(text)", "tracestate: a=1"])
        #expect(response.status == 200)
        #expect(response["traceparent"]?.contains("0af7651916cd43dd8448eb211c80319c") == false)
        #expect(response["tracestate"] == nil)
        let twice = try harness.request(
            "GET", "/v1/open", ["traceparent: \(Self.known)", "traceparent: \(Self.known)"])
        #expect(twice["traceparent"]?.contains("0af7651916cd43dd8448eb211c80319c") == false)
    }

    @Test("Without tracing answers name no trace, and logs do all the same")
    func off() throws {
        let harness = try GatewayHarness()
        let response = try harness.request("GET", "/v1/open", ["traceparent: \(Self.known)"])
        #expect(response["traceparent"] == nil && response["server-timing"] == nil)
        #expect(harness.logLines().contains { $0.contains("0af7651916cd43dd8448eb211c80319c") })
    }

    @Test("What a request has cost is in its log line and in the metrics, and in Server-Timing where that is wanted")
    func costs() throws {
        let harness = try GatewayHarness { $0.tellsCost = true }
        let body = #"{"id":"x"}"#
        let response = try harness.request(
            "POST", "/v1/items", [harness.key(), "Content-Type: application/json"], body: body)
        #expect(response.status == 200)
        let timing = try #require(response["server-timing"])
        #expect(timing.contains("total;dur=") && timing.contains("cpu;dur="))
        let line = try #require(harness.logLines().first { $0.contains("/v1/items") })
        #expect(line.contains(#""bytes_in":\#(body.utf8.count)"#))
        #expect(line.contains(#""bytes_out":\#(response.body.utf8.count)"#))
        #expect(line.contains(#""cpu_us":"#) && line.contains(#""client":"127.0.0.1""#))
        let metrics = String(decoding: harness.metrics.exposition(), as: UTF8.self)
        #expect(metrics.contains(#"call_request_bytes_total{module="fake"} \#(body.utf8.count)"#))
        let seconds = metrics.split(separator: "\n").first { $0.hasPrefix("call_cpu_seconds_total{") }
        #expect(seconds.map { !$0.hasSuffix(" 0.0") } == true)
    }

    @Test("Where only sums are told, one request of sixteen is measured, in no regular distance")
    func samples() {
        let chosen = (0..<UInt32(65_536)).filter(CallMeter.isSample)
        #expect(abs(chosen.count - 65_536 / CallMeter.sampleCount) < 16)
        #expect(Set(zip(chosen, chosen.dropFirst()).map { $1 - $0 }).count > 1)
        let measured = CallMeter()
        let left = CallMeter()
        measured.run(onEventLoop: false, sample: true) {}
        left.run(onEventLoop: false, sample: false) {}
        #expect(measured.nanoseconds > 0 && measured.weight == 16)
        #expect(left.nanoseconds == 0)
        let always = CallMeter()
        always.run(onEventLoop: true, sample: false) {}
        #expect(always.nanoseconds > 0 && always.weight == 1)
    }
}
