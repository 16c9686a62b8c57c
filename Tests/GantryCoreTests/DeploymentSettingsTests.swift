import GantryCore
import Testing

@Suite("Limits and telemetry of a deployment")
struct DeploymentSettingsTests {
    private func read(_ yaml: String) throws -> Deployment { try Deployment(yaml: yaml, file: "deployment.yaml") }

    @Test("The file's rates, proxies and a tenant's settings are read")
    func limits() throws {
        let deployment = try read(
            """
            limits: {ai: 7/hour, tenant: 1000/minute, trusted-proxies: [10.0.0.0/8, "fd00::/8"]}
            tenants:
              - {id: acme, settings: {RATE_LIMIT_DEFAULT: 5/second, CONTACT_RATE_LIMIT: 1/day}}
            """)
        #expect(deployment.limits.rates[.ai] == RateLimit(count: 7, periodSeconds: 3600))
        #expect(deployment.limits.rates[.default] == RateLimit(count: 60, periodSeconds: 60))
        #expect(deployment.limits.rates.overall == RateLimit(count: 1000, periodSeconds: 60))
        #expect(deployment.limits.trustedProxies.count == 2)
        let own = try deployment.limits.rates.with(settings: deployment.tenants[0].settings)
        #expect(own[.default] == RateLimit(count: 5, periodSeconds: 1))
        #expect(own[.contact] == RateLimit(count: 1, periodSeconds: 86400))
        #expect(own[.ai] == RateLimit(count: 7, periodSeconds: 3600))
    }

    @Test("The environment wins over the file")
    func environment() throws {
        let deployment = try read("limits: {ai: 7/hour, default: 9/minute}\ntelemetry: {named-tenants: 3}")
        let limits = try deployment.limits.with(environment: [
            "RATE_LIMIT_AI": "8/hour", "TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1", "HOME": "/",
        ])
        #expect(limits.rates[.ai] == RateLimit(count: 8, periodSeconds: 3600))
        #expect(limits.rates[.default] == RateLimit(count: 9, periodSeconds: 60))
        #expect(limits.trustedProxies.map(\.description) == ["10.0.0.0/8", "192.0.2.1"])
        let telemetry = try deployment.telemetry.with(environment: [
            "METRICS_TENANT_LIMIT": "5", "OTEL_ENABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector/",
        ])
        #expect(telemetry.namedTenants == 5 && telemetry.isTracing && telemetry.exporter == .otlp)
        #expect(telemetry.collector == "https://collector/v1/traces")
        #expect(try deployment.telemetry.with(environment: [:]).namedTenants == 3)
    }

    @Test("Tracing is read")
    func tracing() throws {
        let deployment = try read(
            """
            telemetry:
              server-timing: true
              tracing: {enabled: true, share: 0.25, exporter: zipkin, zipkin: "http://z:9411/api/v2/spans"}
            """)
        #expect(deployment.telemetry.tellsCost && deployment.telemetry.isTracing)
        #expect(deployment.telemetry.sampledShare == 0.25)
        #expect(deployment.telemetry.collector == "http://z:9411/api/v2/spans")
    }

    @Test(
        "What makes no sense is refused at its place",
        arguments: [
            "limits: {ai: many}", "limits: {other: 1/minute}", "limits: {trusted-proxies: [10.0.0.0/99]}",
            "tenants: [{id: a, settings: {RATE_LIMIT_AI: 0/minute}}]", "tenants: [{id: a, settings: {PATH: x}}]",
            "telemetry: {named-tenants: -1}", "telemetry: {tracing: {share: 2}}",
            "telemetry: {tracing: {exporter: jaeger}}", "telemetry: {tracing: {otlp: localhost}}",
        ])
    func refused(yaml: String) {
        #expect(throws: ConfigurationError.self) { try read(yaml) }
    }

    @Test("A setting of the environment that cannot be read is named, and its value is not told")
    func unreadable() throws {
        #expect(throws: UnreadableSetting.self) {
            try Deployment().limits.with(environment: ["RATE_LIMIT_AI": "a-secret"])
        }
        do { _ = try Deployment().telemetry.with(environment: ["OTEL_ENABLED": "a-secret"]) } catch {
            #expect(error.description.contains("OTEL_ENABLED") && !error.description.contains("a-secret"))
        }
    }
}
