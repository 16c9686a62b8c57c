import GantryContract
import GantryCore
import GantryJSON
import GantryTelemetry
import RawHTTP
import Testing

@testable import GantryGateway

/// The platform's own groups, which count the routes of modules whose contract says `x-versions`.
@Suite("The platform's limits")
struct PlatformLimitTests {
    private static let routes = [
        ("read", "/api/v1/app/items"), ("open", "/api/v1/app/ai/chat"), ("org", "/api/v1/public/auth/login"),
    ]

    private static let contract = Result {
        let paths = routes.map { operation, path in
            #""\#(path)":{"get":{"operationId":"\#(operation)","responses":{"200":{"description":"ok"}}}}"#
        }
        let text =
            #"{"openapi":"3.1.0","x-versions":["v1","v2"],"info":{"title":"P","version":"1"},"paths":{"#
            + paths.joined(separator: ",") + "}}"
        return try Contract(document: JSONDocument(Array(text.utf8)))
    }

    private static func entry(
        _ id: String, _ module: FakeModule, settings: [String: String] = [:], limits: String = ""
    ) throws -> TenantEntry {
        let lines = routes.map { operation, path in
            "  - {operation: \(operation), method: GET, path: \(path), execution: inline, role: public\(limits)}"
        }
        let yaml = """
            id: portal
            version: 1.0.0
            interface: {minimum: 1, maximum: 1}
            library: libportal.so
            contract: openapi.yaml
            entry: concurrent
            limits: {own: 100/minute}
            versions: [v1, v2]
            routes:
            """
        let manifest = try Manifest(yaml: yaml + "\n" + lines.joined(separator: "\n"), file: "module.yaml")
        var entry = TenantEntry(
            id: id, modules: [EnabledModule(manifest: manifest, contract: try contract.get(), instance: module)])
        entry.settings = settings
        return entry
    }

    private static func harness(
        _ settings: [String: String] = [:], limits: String = "",
        configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) throws -> GatewayHarness {
        try GatewayHarness(configure: configure) { module in
            [
                try entry("a", module, settings: settings, limits: limits),
                try entry("b", module), try entry("default", module),
            ]
        }
    }

    @Test(
        "A path belongs to the most specific group that matches, in each version",
        arguments: [
            ("GET", "/api/v1/app/ai/chat", LimitGroup.ai), ("GET", "/api/v2/app/ai/chat", .ai),
            ("GET", "/api/app/ai/chat", .ai), ("POST", "/api/v1/public/auth/login", .auth),
            ("POST", "/api/v1/public/contact", .contact), ("GET", "/api/v1/public/contact", .default),
            ("POST", "/api/v1/public/webhooks/{provider}", .webhooks), ("GET", "/api/v1/internal/x", .internal),
            ("GET", "/api/v1/app/airports", .default), ("GET", "/v1/app/ai/chat", .default),
        ])
    func groups(method: String, path: String, group: LimitGroup) {
        #expect(LimitGroup(method: method, path: path) == group)
    }

    @Test("The default group is charged by user, in a window")
    func windows() throws {
        let harness = try Self.harness { $0.rates[.default] = RateLimit(count: 3, periodSeconds: 60) }
        let (one, other) = (harness.token("a"), harness.token("a", subject: "u2"))
        for remaining in (0..<3).reversed() {
            let response = try harness.request("GET", "/api/v1/app/items", [one])
            #expect(response.summary == "200")
            #expect(response["x-ratelimit-limit"] == "3")
            #expect(response["x-ratelimit-remaining"] == "\(remaining)")
            #expect(response["x-ratelimit-reset"] == "\(1_770_000_060)")
        }
        harness.clock.advance(seconds: 20)
        let refused = try harness.request("GET", "/api/v1/app/items", [one])
        #expect(refused.status == 429)
        #expect(refused["retry-after"] == "40")
        #expect(try harness.request("GET", "/api/v1/app/items", [other]).status == 200)
        #expect(try harness.request("GET", "/api/v1/app/items", [harness.token("b")]).status == 200)
        harness.clock.advance(seconds: 40)
        #expect(try harness.request("GET", "/api/v1/app/items", [one])["x-ratelimit-remaining"] == "2")
        #expect(
            String(decoding: harness.metrics.exposition(), as: UTF8.self)
                .contains(#"rate_limit_rejections_total{group="default"} 1"#))
    }

    @Test("Each group is charged by itself; auth by address, whoever asks")
    func separate() throws {
        let harness = try Self.harness()
        for number in 0..<5 {
            let response = try harness.request(
                "GET", "/api/v1/public/auth/login", [harness.token(subject: "u\(number)")])
            #expect(response["x-ratelimit-limit"] == "5")
        }
        let refused = try harness.request("GET", "/api/v1/public/auth/login", [harness.token(subject: "u9")])
        #expect(refused.status == 429)
        let chat = try harness.request("GET", "/api/v1/app/ai/chat", [harness.token()])
        #expect(chat["x-ratelimit-limit"] == "10")
        #expect(chat["x-ratelimit-remaining"] == "9")
    }

    @Test("A tenant's own settings win, for it alone; a module's own class is charged instead of the group")
    func settings() throws {
        let harness = try Self.harness(["RATE_LIMIT_DEFAULT": "7/hour"])
        #expect(try harness.request("GET", "/api/v1/app/items", [harness.token("a")])["x-ratelimit-limit"] == "7")
        #expect(try harness.request("GET", "/api/v1/app/items", [harness.token("b")])["x-ratelimit-limit"] == "60")
        let own = try Self.harness(limits: ", limit: own")
        #expect(try own.request("GET", "/api/v1/app/items", [own.token("a")])["x-ratelimit-limit"] == "100")
    }

    @Test("What a tenant has in all is told when it is less, refuses by itself, and costs the caller nothing then")
    func overall() throws {
        let harness = try Self.harness(["RATE_LIMIT_TENANT": "4/minute", "RATE_LIMIT_DEFAULT": "3/minute"])
        let (one, other) = (harness.token("a"), harness.token("a", subject: "u2"))
        let first = try harness.request("GET", "/api/v1/app/items", [one])
        #expect(first["x-ratelimit-limit"] == "3")
        #expect(first["x-ratelimit-remaining"] == "2")
        for _ in 0..<2 { #expect(try harness.request("GET", "/api/v1/app/items", [other]).status == 200) }
        let last = try harness.request("GET", "/api/v1/app/items", [one])
        #expect(last["x-ratelimit-limit"] == "4")
        #expect(last["x-ratelimit-remaining"] == "0")
        let refused = try harness.request("GET", "/api/v1/app/items", [one])
        #expect(refused.status == 429)
        #expect(refused["x-ratelimit-limit"] == "4")
        #expect(refused["retry-after"] == "15")
        harness.clock.advance(seconds: 15)
        let after = try harness.request("GET", "/api/v1/app/items", [one])
        #expect(after.summary == "200")
        #expect(try harness.request("GET", "/api/v1/app/items", [harness.token("b")]).status == 200)
    }

    @Test("Behind a trusted proxy each client has an allowance of its own, also on one connection; modules see it")
    func proxies() throws {
        let harness = try Self.harness {
            $0.rates[.default] = RateLimit(count: 2, periodSeconds: 60)
            $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressRange($0) }
        }
        let client = try harness.client()
        for _ in 0..<2 {
            for address in ["198.51.100.1", "198.51.100.2"] {
                let response = try client.exchange(
                    "GET", "/api/v1/app/items", headers: ["X-Tenant-Id: a", "X-Forwarded-For: 1.1.1.1, \(address)"])
                #expect(response.status == 200)
            }
        }
        let refused = try client.exchange(
            "GET", "/api/v1/app/items", headers: ["X-Tenant-Id: a", "X-Forwarded-For: 2.2.2.2, 198.51.100.1"])
        #expect(refused.status == 429)
        let stranger = try Self.harness { $0.rates[.default] = RateLimit(count: 2, periodSeconds: 60) }
        for number in 0..<2 {
            _ = try stranger.request(
                "GET", "/api/v1/app/items", ["X-Tenant-Id: a", "X-Forwarded-For: 1.1.1.\(number)"])
        }
        let caught = try stranger.request("GET", "/api/v1/app/items", ["X-Tenant-Id: a", "X-Forwarded-For: 1.1.1.9"])
        #expect(caught.status == 429)
    }
}
