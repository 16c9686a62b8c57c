import GantryTelemetry
import Testing

@Suite("Metrics")
struct MetricsTests {
    private func lines(_ metrics: Metrics) -> [Substring] {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
    }

    @Test("All families of the platform are declared from the beginning")
    func families() {
        let lines = lines(Metrics())
        for (name, kind) in [
            ("http_requests_total", "counter"), ("http_request_duration_seconds", "histogram"),
            ("http_requests_in_flight", "gauge"), ("rate_limit_rejections_total", "counter"), ("module_up", "gauge"),
            ("sse_connections", "gauge"), ("websocket_connections", "gauge"), ("inbound_webhooks_total", "counter"),
            ("background_jobs", "gauge"), ("event_deliveries", "gauge"), ("process_start_time_seconds", "gauge"),
        ] {
            #expect(lines.filter { $0 == "# TYPE \(name) \(kind)" }.count == 1)
        }
        #expect(lines.contains("sse_connections 0"))
        #expect(lines.contains { $0.hasPrefix("process_start_time_seconds 1") })
    }

    @Test("Requests are counted by route and status")
    func requests() {
        let metrics = Metrics()
        let route = metrics.route(method: "GET", route: "/v1/x/{id}", version: "v1")
        #expect(route === metrics.route(method: "GET", route: "/v1/x/{id}", version: "v1"))
        route.record(status: 200, durationNanoseconds: 100_000)
        route.record(status: 200, durationNanoseconds: 3_000_000)
        route.record(status: 503, durationNanoseconds: 60_000_000_000)
        let lines = lines(metrics)
        let labels = #"method="GET",route="/v1/x/{id}""#
        #expect(lines.contains(#"http_requests_total{\#(labels),status="200",version="v1"} 2"#[...]))
        #expect(lines.contains(#"http_requests_total{\#(labels),status="503",version="v1"} 1"#[...]))
        let name = "http_request_duration_seconds"
        #expect(lines.contains(#"\#(name)_bucket{\#(labels),le="0.00025"} 1"#[...]))
        #expect(lines.contains(#"\#(name)_bucket{\#(labels),le="0.0025"} 1"#[...]))
        #expect(lines.contains(#"\#(name)_bucket{\#(labels),le="0.005"} 2"#[...]))
        #expect(lines.contains(#"\#(name)_bucket{\#(labels),le="10"} 2"#[...]))
        #expect(lines.contains(#"\#(name)_bucket{\#(labels),le="+Inf"} 3"#[...]))
        #expect(lines.contains(#"\#(name)_count{\#(labels)} 3"#[...]))
        #expect(lines.contains(#"\#(name)_sum{\#(labels)} 60.0031"#[...]))
    }

    @Test("Versions of a route share one histogram")
    func versions() {
        let metrics = Metrics()
        for version in ["v1", "v2"] {
            metrics.route(method: "GET", route: "/r", version: version).record(status: 200, durationNanoseconds: 1)
        }
        let lines = lines(metrics)
        #expect(lines.filter { $0.hasPrefix("http_requests_total{") }.count == 2)
        #expect(lines.contains(#"http_request_duration_seconds_count{method="GET",route="/r"} 2"#[...]))
    }

    @Test("Counters and gauges keep their labels, with what needs it escaped")
    func labels() {
        let metrics = Metrics()
        metrics.rateLimitRejections(group: "a\"b\\c\nd").increment()
        metrics.setModule("anomaly", version: "1.0.0", isUp: true)
        metrics.inboundWebhooks(provider: "p", status: "processed").increment(by: 3)
        metrics.backgroundJobs(status: "pending").set(5)
        metrics.backgroundJobs(status: "pending").add(-2)
        metrics.requestsInFlight.add(1)
        metrics.counter("own_total", help: "Own.", labels: [("x", "1")]).increment()
        let lines = lines(metrics)
        #expect(lines.contains(#"rate_limit_rejections_total{group="a\"b\\c\nd"} 1"#[...]))
        #expect(lines.contains(#"module_up{module="anomaly",version="1.0.0"} 1"#[...]))
        #expect(lines.contains(#"inbound_webhooks_total{provider="p",status="processed"} 3"#[...]))
        #expect(lines.contains(#"background_jobs{status="pending"} 3"#[...]))
        #expect(lines.contains("http_requests_in_flight 1"))
        #expect(lines.contains("# HELP own_total Own."))
        #expect(lines.contains(#"own_total{x="1"} 1"#[...]))
    }
}
