import GantryCore
import GantryGateway
import RawHTTP
import Testing

@Suite("Routes of the host")
struct HostRouteTests {
    private func broken(_ detail: String) -> HealthChecks {
        var checks = GatewayHarness.healthy
        checks.storage = HealthCheck(backend: "local") { detail }
        checks.cache = HealthCheck(backend: "in_process") { detail }
        return checks
    }

    @Test("Ping answers, draining or not, whatever tenant is named")
    func ping() throws {
        let harness = try GatewayHarness()
        harness.gateway.beginDrain()
        let response = try harness.request("GET", "/api/ping", ["X-Tenant-Id: unheard"])
        #expect(response.status == 200)
        #expect(response.body == #"{"status":"ok"}"#)
        #expect(response["x-ratelimit-remaining"] == "60")
        #expect(response["x-api-version"] == "v1")
        #expect(response["x-api-latest-version"] == "v2")
        #expect(try harness.request("HEAD", "/api/ping").status == 200)
    }

    @Test("Health has two versions, and a header chooses where the path does not")
    func versions() throws {
        let harness = try GatewayHarness()
        harness.clock.advance(seconds: 61)
        let first = try harness.request("GET", "/api/v1/public/health")
        #expect(first.text("status") == "healthy")
        #expect(first.text("timestamp") != nil)
        #expect(first.text("uptime_seconds") == nil)
        let second = try harness.request("GET", "/api/v2/public/health", ["Accept-Version: v1", "X-Request-ID: r"])
        #expect(second["x-api-version"] == "v2")
        #expect(second.text("data", "status") == "healthy")
        #expect(second.text("data", "uptime_seconds") == "61")
        #expect(second.text("meta", "version") == "v2")
        #expect(second.text("meta", "request_id") == "r")
        #expect(try harness.request("GET", "/api/public/health").text("status") == "healthy")
        #expect(
            try harness.request("GET", "/api/public/health", ["X-API-Version: v2"]).text("data", "status") == "healthy")
        let both = try harness.request("GET", "/api/public/health", ["X-API-Version: v2", "Accept-Version: v1"])
        #expect(both.text("status") == "healthy")
        let bad = try harness.request("GET", "/api/public/health", ["Accept-Version: v3"])
        #expect(bad.status == 400)
        #expect(bad.text("error", "code") == "BAD_REQUEST")
        #expect(bad.detail("header") == "Accept-Version")
        #expect(bad.detail("supported") == #"["v1","v2"]"#)
    }

    @Test("Readiness fails with a component, and from the start of a drain on")
    func readiness() throws {
        let harness = try GatewayHarness()
        let ready = try harness.request("GET", "/api/v1/public/health/ready")
        #expect(ready.status == 200)
        #expect(ready.text("components", "database", "status") == "healthy")
        harness.gateway.beginDrain()
        let draining = try harness.request("GET", "/api/v1/public/health/ready")
        #expect(draining.status == 503)
        #expect(draining.text("status") == "unhealthy")
        #expect(draining.text("components", "cache", "status") == "healthy")
        let other = try GatewayHarness(health: broken("full"))
        let failing = try other.request("GET", "/api/v2/public/health/ready")
        #expect(failing.status == 503)
        #expect(failing.text("data", "components", "cache", "status") == "unhealthy")
    }

    @Test("The deep check reports on all four, and its failure is a report too")
    func deploymentHealth() throws {
        let good = try GatewayHarness().request("GET", "/api/health")
        #expect(good.status == 200)
        #expect(good.text("checks", "database", "backend") == "sqlite")
        #expect(good.text("checks", "storage", "detail") == "null")
        #expect(good.text("checks", "schema_version", "current") == "0002")
        var checks = broken("no space left")
        checks.schemaVersion = { SchemaReport(expected: "0002", current: "0001", pending: ["anomaly"]) }
        let bad = try GatewayHarness(health: checks).request("GET", "/api/health")
        #expect(bad.status == 503)
        #expect(bad.text("status") == "unhealthy")
        #expect(bad.text("checks", "database", "status") == "healthy")
        #expect(bad.text("checks", "storage", "status") == "unhealthy")
        #expect(bad.text("checks", "storage", "detail") == "no space left")
        #expect(bad.text("checks", "schema_version", "pending", "0") == "anomaly")
        #expect(bad.text("checks", "schema_version", "detail") == "1 module has migrations to apply")
    }

    @Test("Metrics are text, in both versions")
    func metrics() throws {
        let harness = try GatewayHarness()
        _ = try harness.request("GET", "/api/ping")
        for path in ["/api/v1/public/metrics", "/api/v2/public/metrics"] {
            let response = try harness.request("GET", path)
            #expect(response["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(
                response.body.contains(
                    #"http_requests_total{method="GET",route="/api/ping",status="200",version="v1"} 1"#))
            #expect(response.body.contains("\nhttp_requests_in_flight 1\n"))
        }
    }

    @Test("Other methods are 405, in the second version with meta")
    func methods() throws {
        let harness = try GatewayHarness()
        let response = try harness.request("POST", "/api/v2/public/health", body: "x")
        #expect(response.status == 405)
        #expect(response["allow"] == "GET, HEAD, OPTIONS")
        #expect(response.text("meta", "version") == "v2")
        #expect(try harness.request("POST", "/api/v1/public/health").text("meta") == nil)
        #expect(try harness.request("GET", "/api/v2/nothing").text("meta", "version") == "v2")
    }
}
