import GantryCore
import GantryLoader
import GantryOutbound
import GantryTelemetry

/// Spans of one instance on their way to the collector.
final class SpanAdapter: SpanPort {
    private let tracer: Tracer
    private let tenant: String
    private let module: String

    init(tracer: Tracer, tenant: String, module: String) {
        self.tracer = tracer
        self.tenant = tenant
        self.module = module
    }

    func record(_ span: CallSpan) {
        let kind: Span.Kind =
            switch span.kind {
            case .internal: .internal
            case .client: .client
            case .consumer: .consumer
            }
        tracer.record(
            Span(
                span.name, kind: kind, trace: span.trace, parent: span.parent,
                durationNanoseconds: span.durationNanoseconds, isError: span.isError,
                attributes: [LogField("gantry.tenant", tenant), LogField("gantry.module", module)]
                    + span.attributes.map { LogField($0.name, $0.value) }))
    }
}

/// The way of spans to a collector: the host's own client, which for this one place may go to any address.
struct CollectorTransport: SpanTransport {
    private static let timeoutMilliseconds: Int64 = 10_000
    private static let maximumAnswerBytes = 64 << 10

    private let address: String
    private let scope: OutboundScope

    /// - Parameter address: Where spans are posted to, as the operator has written it.
    init(address: String, certificateFile: String?, client: OutboundClient) throws {
        let place = address.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first ?? ""
        let host = place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place
        guard let pattern = HostPattern(String(host)), let all = AddressRange("0.0.0.0/0"),
            let allOfSix = AddressRange("::/0")
        else { throw HostError(.configuration, "The address of the collector of spans is no URL.") }
        var policy = OutboundPolicy(hosts: [pattern], addresses: AddressGuard(allowing: [all, allOfSix]))
        policy.certificateFile = certificateFile
        self.address = address
        scope = client.scope(policy)
    }

    func post(_ body: [UInt8], completion: @escaping @Sendable (SpanDelivery) -> Void) {
        let request = OutboundRequest(
            method: "POST", url: address, fields: [OutboundRequest.Field("Content-Type", "application/json")],
            body: body, timeoutMilliseconds: Self.timeoutMilliseconds, maximumAnswerBytes: Self.maximumAnswerBytes)
        scope.send(request) { result in
            guard case .success(let (answer, _)) = result else { return completion(.unavailable(retrySeconds: nil)) }
            switch answer.status {
            case 200..<300: completion(.taken)
            // What OTLP over HTTP says may be tried again.
            case 429, 502, 503, 504:
                completion(.unavailable(retrySeconds: answer["retry-after"].flatMap { Int($0) }))
            default: completion(.refused)
            }
        }
    }
}

/// What the deployment wants told of requests.
struct TelemetrySetup {
    let metrics: Metrics
    let tracer: Tracer
    private let client: OutboundClient?

    /// Throws `HostError` when the collector's address is none.
    init(_ deployment: Deployment, log: Log) throws {
        let settings = deployment.telemetry
        metrics = Metrics(tenantLimit: settings.namedTenants)
        let dropped = metrics.counter("log_lines_dropped_total", help: "Lines of the log that came too fast.")
        metrics.onExposition { dropped.increment(by: log.droppedCount - min(dropped.value, log.droppedCount)) }
        guard settings.isTracing else {
            tracer = .off
            client = nil
            return
        }
        let client = settings.exporter == .console ? nil : OutboundClient()
        let transport = try client.map {
            try CollectorTransport(
                address: settings.collector, certificateFile: deployment.outboundCertificates, client: $0)
        }
        let exporter = SpanExporter(
            settings.exporter, transport: transport,
            service: [LogField("service.name", "gantry"), LogField("service.version", Host.version)], log: log,
            metrics: metrics)
        tracer = Tracer(share: settings.sampledShare, exporter: exporter)
        self.client = client
    }

    /// Sends what waits and ends. Blocks for seconds at most.
    func close() {
        tracer.close()
        client?.stop()
    }
}
