import GantryCore
import GantryJSON
import GantryTelemetry

extension HostRoutes {
    /// Answers a request whose `hostRoute` is set, at once or later.
    func answer(_ context: RequestContext) {
        guard let route = context.hostRoute else { return }
        switch route.kind {
        case .ping:
            send(context, 200, wrapped: false) { $0.member("status", "ok") }
        case .health:
            send(context, 200) { writer in
                writer.member("status", "healthy")
                self.writeTimes(context, &writer)
            }
        case .metrics:
            metricsReporter.report { body in
                body.withUnsafeBytes { body in
                    Self.withBytes(Metrics.contentType) { contentType in
                        ResponseStep.send(context, status: 200, contentType: contentType, headers: [], body: body)
                    }
                }
            }
        case .liveEvents:
            guard let live = context.gateway.live else { return ResponseStep.fail(context, .routeNotFound) }
            LiveStep.run(context, live)
        case .organisations, .userSync: InternalStep.run(context, route.kind)
        case .document, .explorer, .reader, .pageFile: answerDocument(context, route.kind)
        case .readiness:
            reporter.report { self.sendReadiness(context, $0) }
        case .deploymentHealth:
            reporter.report { self.sendDeploymentHealth(context, $0) }
        }
    }

    private func sendReadiness(_ context: RequestContext, _ report: HealthReport) {
        let components = [("database", report.checks["database"]), ("cache", report.checks["cache"])]
        let isHealthy = context.gateway.isReady && components.allSatisfy { $0.1?.isHealthy == true }
        send(context, isHealthy ? 200 : 503) { writer in
            writer.member("status", Self.word(isHealthy))
            self.writeTimes(context, &writer)
            writer.key("components")
            writer.beginObject()
            for (name, result) in components {
                writer.key(name)
                writer.beginObject()
                writer.member("status", Self.word(result?.isHealthy == true))
                writer.endObject()
            }
            writer.endObject()
        }
    }

    private func sendDeploymentHealth(_ context: RequestContext, _ report: HealthReport) {
        let names = ["database", "redis", "storage"]
        let schema = report.schema
        let isSchemaHealthy = schema.map { $0.pending.isEmpty && $0.detail == nil } ?? false
        let isHealthy = isSchemaHealthy && names.allSatisfy { report.checks[$0]?.isHealthy == true }
        send(context, isHealthy ? 200 : 503, wrapped: false) { writer in
            writer.member("status", Self.word(isHealthy))
            writer.key("timestamp")
            writer.timestamp(milliseconds: context.wallMilliseconds)
            writer.key("checks")
            writer.beginObject()
            for name in names { Self.write(name, report.checks[name], to: &writer) }
            writer.key("schema_version")
            writer.beginObject()
            writer.member("status", Self.word(isSchemaHealthy))
            writer.member("expected", schema?.expected ?? "")
            writer.member("current", schema?.current ?? "")
            writer.key("pending")
            writer.beginArray()
            for module in schema?.pending ?? [] { writer.string(module) }
            writer.endArray()
            writer.key("detail")
            writer.string(Self.schemaDetail(schema))
            writer.endObject()
            writer.endObject()
        }
    }

    private static func schemaDetail(_ report: SchemaReport?) -> String? {
        guard let report else { return "no answer in time" }
        if let detail = report.detail { return String(detail.prefix(200)) }
        switch report.pending.count {
        case 0: return nil
        case 1: return "1 module has migrations to apply"
        default: return "\(report.pending.count) modules have migrations to apply"
        }
    }

    private static func write(_ name: String, _ result: CheckResult?, to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        writer.member("status", word(result?.isHealthy == true))
        writer.key("latency_ms")
        writer.double(result?.latencyMilliseconds)
        writer.member("backend", result?.backend ?? "")
        writer.key("detail")
        writer.string(result?.detail.map { String($0.prefix(200)) })
        writer.endObject()
    }

    private static func word(_ isHealthy: Bool) -> String { isHealthy ? "healthy" : "unhealthy" }

    private func writeTimes(_ context: RequestContext, _ writer: inout JSONWriter) {
        writer.key("timestamp")
        writer.timestamp(milliseconds: context.wallMilliseconds)
        if context.version == 2 {
            writer.key("uptime_seconds")
            writer.int((context.wallMilliseconds - startMilliseconds) / 1000)
        }
    }

    /// Sends an object, in the envelope where the second version of a route asks for it.
    func send(
        _ context: RequestContext, _ status: Int, wrapped: Bool = true, members: (inout JSONWriter) -> Void
    ) {
        let usesEnvelope = wrapped && context.version == 2
        var writer = JSONWriter()
        writer.beginObject()
        if usesEnvelope {
            writer.key("data")
            writer.beginObject()
        }
        members(&writer)
        if usesEnvelope {
            writer.endObject()
            writer.key("meta")
            writer.raw(context.meta())
        }
        writer.endObject()
        writer.bytes.withUnsafeBytes { body in
            Self.withBytes("application/json") { contentType in
                ResponseStep.send(context, status: status, contentType: contentType, headers: [], body: body)
            }
        }
    }

    private static func withBytes(_ text: String, _ use: (UnsafeRawBufferPointer) -> Void) {
        var text = text
        text.withUTF8 { use(UnsafeRawBufferPointer($0)) }
    }
}
