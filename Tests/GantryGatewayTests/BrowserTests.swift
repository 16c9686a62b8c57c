import GantryCore
import GantryGateway
import RawHTTP
import Testing

@Suite("Pages of other origins, headers of a whole deployment")
struct BrowserTests {
    private static let exposed =
        "X-Request-ID, X-API-Version, X-API-Latest-Version, X-RateLimit-Limit, X-RateLimit-Remaining, "
        + "X-RateLimit-Reset, Deprecation, Sunset, X-Deprecation-Notice, Link, X-Content-Type-Options, "
        + "X-Frame-Options, Strict-Transport-Security, Content-Security-Policy, traceparent, tracestate, Retry-After"

    private func harness(_ change: @escaping (inout Deployment.Browsers) -> Void) throws -> GatewayHarness {
        try GatewayHarness { change(&$0.browsers) }
    }

    private let preflight = ["Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type, x-a"]

    @Test("A preflight is answered before tenant, route, credential and count")
    func preflights() throws {
        let harness = try harness { $0.origins = .listed(["https://app.example", "https://b.example:8443"]) }
        for target in ["/v1/open", "/nowhere", "/v1/items/a"] {
            for origin in ["https://app.example", "https://b.example:8443"] {
                let answer = try harness.request(
                    "OPTIONS", target, ["Origin: \(origin)", "X-Tenant-Id: unheard"] + preflight)
                #expect(answer.status == 204)
                #expect(answer["access-control-allow-origin"] == origin)
                #expect(answer["access-control-allow-methods"]?.contains("PATCH") == true)
                #expect(answer["access-control-allow-headers"] == "content-type, x-a")
                #expect(answer["access-control-max-age"] == "600")
                #expect(answer["access-control-allow-credentials"] == nil)
                #expect(answer.headers.contains { $0.name == "vary" && $0.value == "Origin" })
                #expect(answer["x-ratelimit-remaining"] == answer["x-ratelimit-limit"])
            }
        }
        let foreign = try harness.request("OPTIONS", "/v1/open", ["Origin: https://evil.example"] + preflight)
        #expect(foreign["access-control-allow-origin"] == nil)
        #expect(foreign["allow"] == "GET, HEAD, OPTIONS")
        #expect(try harness.request("OPTIONS", "/nowhere", ["Origin: https://evil.example"] + preflight).status == 404)
    }

    @Test("Answers and failures to an allowed origin may be read by its scripts; others' may not")
    func answers() throws {
        let harness = try harness { $0.origins = .listed(["https://app.example"]) }
        for (target, status) in [("/v1/open", 200), ("/nowhere", 404), ("/v1/me", 401), ("/api/ping", 200)] {
            let answer = try harness.request("GET", target, ["Origin: https://app.example"])
            #expect(answer.status == status)
            #expect(answer["access-control-allow-origin"] == "https://app.example")
            #expect(answer["access-control-expose-headers"] == Self.exposed)
            #expect(answer["vary"] == "Origin")
            let other = try harness.request("GET", target, ["Origin: https://app.example.evil"])
            #expect(other.status == status)
            #expect(other["access-control-allow-origin"] == nil)
            #expect(other["vary"] == "Origin")
            #expect(try harness.request("GET", target)["vary"] == "Origin")
        }
    }

    @Test("A star allows everybody, without credentials")
    func star() throws {
        let harness = try harness { $0.origins = .any }
        let answer = try harness.request("GET", "/v1/open", ["Origin: null"])
        #expect(answer["access-control-allow-origin"] == "*")
        #expect(answer["access-control-allow-credentials"] == nil)
        #expect(answer["vary"] == nil)
    }

    @Test("By default no page of another origin may call")
    func none() throws {
        let harness = try GatewayHarness()
        let answer = try harness.request("GET", "/v1/open", ["Origin: https://app.example"])
        #expect(answer["access-control-allow-origin"] == nil)
        #expect(answer["vary"] == nil)
        let asked = try harness.request("OPTIONS", "/v1/open", ["Origin: https://app.example"] + preflight)
        #expect(asked.status == 204)
        #expect(asked["access-control-allow-methods"] == nil)
    }

    @Test("In production every answer carries the security headers")
    func production() throws {
        let harness = try harness { $0.isProduction = true }
        for target in ["/v1/open", "/nowhere", "/api/ping"] {
            let answer = try harness.request("GET", target)
            #expect(answer["x-content-type-options"] == "nosniff")
            #expect(answer["x-frame-options"] == "DENY")
            #expect(answer["strict-transport-security"] == "max-age=31536000; includeSubDomains")
            #expect(answer["content-security-policy"] == "default-src 'self'")
        }
        #expect(try GatewayHarness().request("GET", "/v1/open")["x-frame-options"] == nil)
    }

    @Test("A deprecated version is announced where it answers")
    func deprecation() throws {
        let harness = try harness { browsers in
            var deprecation = Deployment.Deprecation()
            deprecation.sunsetSeconds = 1_798_761_599
            deprecation.notice = "Move to v2."
            browsers.deprecation = deprecation
        }
        for target in ["/api/v1/public/health", "/api/ping", "/api/v1/nowhere"] {
            let first = try harness.request("GET", target)
            #expect(first["deprecation"] == "true")
            #expect(first["sunset"] == "Thu, 31 Dec 2026 23:59:59 GMT")
            #expect(first["x-deprecation-notice"] == "Move to v2.")
            #expect(first["link"] == #"</api/v2/>; rel="successor-version""#)
        }
        // A module without versions has no second one to move to.
        for target in ["/api/v2/public/health", "/v1/open"] {
            #expect(try harness.request("GET", target)["deprecation"] == nil)
        }
    }

    @Test("OPTIONS asks about a path, or about the server")
    func options() throws {
        let harness = try GatewayHarness()
        #expect(try harness.request("OPTIONS", "/v1/items/a")["allow"] == "DELETE, GET, HEAD, OPTIONS")
        #expect(try harness.request("OPTIONS", "/api/ping")["allow"] == "GET, HEAD, OPTIONS")
        let all = try harness.request("OPTIONS", "*")
        #expect(all.status == 204)
        #expect(all["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
        #expect(try harness.request("GET", "*").status == 400)
        let put = try harness.request("PUT", "/v1/items/a")
        #expect(put.status == 405)
        #expect(put["allow"] == "DELETE, GET, HEAD, OPTIONS")
    }
}
