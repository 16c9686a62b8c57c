import GantryCore
import GantryTelemetry
import RawHTTP
import Testing

@testable import GantryGateway

@Suite("Limits")
struct LimitTests {
    private static let second: Int64 = 1_000_000_000

    @Test("A new route table counts the calls that began under the old one")
    func bulkheads() {
        let registry = LimitRegistry()
        let before = registry.bulkhead(tenant: "a", module: "m", capacity: 1)
        #expect(before.enter())
        let after = registry.bulkhead(tenant: "a", module: "m", capacity: 1)
        #expect(!after.enter())
        #expect(registry.bulkhead(tenant: "b", module: "m", capacity: 1).enter())
        before.leave()
        #expect(after.enter())
    }

    @Test("A bucket gives its whole allowance at once, then refills steadily")
    func bucket() throws {
        let bucket = LimitCell()
        let rate = RateLimit(count: 6, periodSeconds: 60)
        let start: Int64 = 1_000_000_000_000
        for remaining in (0..<6).reversed() {
            let allowance = try #require(bucket.take(rate, .steady, nowNanoseconds: start))
            #expect(allowance.isGranted)
            #expect(allowance.remaining == remaining)
        }
        let refused = try #require(bucket.take(rate, .steady, nowNanoseconds: start))
        #expect(!refused.isGranted)
        #expect(refused.retryNanoseconds == 10 * Self.second)
        #expect(refused.resetNanoseconds == 60 * Self.second)
        #expect(bucket.take(rate, .steady, nowNanoseconds: start + 10 * Self.second - 1)?.isGranted == false)
        #expect(bucket.take(rate, .steady, nowNanoseconds: start + 10 * Self.second)?.isGranted == true)
        #expect(bucket.take(rate, .steady, nowNanoseconds: start + 10 * Self.second)?.isGranted == false)
    }

    @Test("A rate that does not divide its period still gives all of it", arguments: [7, 600, 59, 1])
    func oddRates(count: Int) {
        let bucket = LimitCell()
        let rate = RateLimit(count: count, periodSeconds: 60)
        let granted = (0..<count + 5).filter { _ in bucket.take(rate, .steady, nowNanoseconds: 77)?.isGranted == true }
        #expect(granted.count == count)
    }

    @Test("What is given back can be taken again", arguments: [LimitKind.steady, .windowed])
    func givenBack(kind: LimitKind) {
        let cell = LimitCell()
        let rate = RateLimit(count: 2, periodSeconds: 60)
        let now = 5 * Self.second
        for _ in 0..<2 { #expect(cell.take(rate, kind, nowNanoseconds: now)?.isGranted == true) }
        cell.giveBack(rate, kind, nowNanoseconds: now)
        #expect(cell.take(rate, kind, nowNanoseconds: now)?.isGranted == true)
        #expect(cell.take(rate, kind, nowNanoseconds: now)?.isGranted == false)
        // Of a window that has ended nothing comes back.
        cell.giveBack(rate, kind, nowNanoseconds: now + 200 * Self.second)
        #expect(cell.usedShare(rate, kind, nowNanoseconds: now + 200 * Self.second) == 0)
    }

    @Test("A cell is forgotten only when it is whole, and then it says so", arguments: [LimitKind.steady, .windowed])
    func retirement(kind: LimitKind) {
        let cell = LimitCell()
        let rate = RateLimit(count: 2, periodSeconds: 2)
        _ = cell.take(rate, kind, nowNanoseconds: Self.second)
        #expect(!cell.retireIfWhole(rate, kind, nowNanoseconds: Self.second))
        #expect(cell.retireIfWhole(rate, kind, nowNanoseconds: 3 * Self.second))
        #expect(cell.take(rate, kind, nowNanoseconds: 3 * Self.second) == nil)
    }

    @Test("A window opens with its first request and ends all at once")
    func windows() throws {
        let window = LimitCell()
        let rate = RateLimit(count: 2, periodSeconds: 60)
        func take(_ seconds: Int64) throws -> Allowance {
            try #require(window.take(rate, .windowed, nowNanoseconds: seconds * Self.second))
        }
        #expect(try take(5).remaining == 1)
        #expect(try take(64).remaining == 0)
        let refused = try take(64)
        #expect(!refused.isGranted)
        #expect(refused.retryNanoseconds == Self.second)
        #expect(try take(65).remaining == 1)
    }

    @Test("Each credential has its own allowance; beyond it the answer is 429 with the time to wait")
    func credential() throws {
        let harness = try GatewayHarness()
        let key = try harness.key()
        let other = try harness.key()
        for remaining in (0..<5).reversed() {
            let response = try harness.request("GET", "/v1/items/1", [key])
            #expect(response.status == 200)
            #expect(response["x-ratelimit-limit"] == "5")
            #expect(response["x-ratelimit-remaining"] == "\(remaining)")
        }
        let refused = try harness.request("GET", "/v1/items/1", [key])
        #expect(refused.summary == "429 rate_limited")
        #expect(refused["retry-after"] == "12")
        #expect(refused.detail("retry_after") == "12")
        #expect(refused["x-ratelimit-remaining"] == "0")
        #expect(refused["x-ratelimit-reset"] == "\(1_770_000_000 + 60)")
        #expect(try harness.request("GET", "/v1/items/1", [other]).status == 200)
        harness.clock.advance(seconds: 12)
        #expect(try harness.request("GET", "/v1/items/1", [key]).status == 200)
        #expect(
            String(decoding: harness.metrics.exposition(), as: UTF8.self)
                .contains(#"rate_limit_rejections_total{group="fake.default"} 1"#))
    }

    @Test("One connection that changes its credential is counted for whom it speaks")
    func connectionSwitches() throws {
        let harness = try GatewayHarness()
        let keys = try [harness.key(), harness.key()]
        let client = try harness.client()
        for _ in 0..<5 {
            for key in keys { #expect(try client.exchange("GET", "/v1/items/1", headers: [key]).status == 200) }
        }
        for key in keys { #expect(try client.exchange("GET", "/v1/items/1", headers: [key]).status == 429) }
    }

    @Test("Bad credentials share the allowance of their address with those who have none")
    func address() throws {
        let harness = try GatewayHarness()
        for number in 0..<5 {
            #expect(try harness.request("GET", "/v1/items/1", ["Authorization: Bearer bad\(number)"]).status == 401)
        }
        #expect(try harness.request("GET", "/v1/items/1", ["Authorization: Bearer other"]).status == 429)
        #expect(try harness.request("GET", "/v1/open").status == 429)
        #expect(try harness.request("GET", "/v1/items/1", [harness.key()]).status == 200)
    }

    @Test("A class by tenant is shared by all its callers, and by no other tenant")
    func tenantClass() throws {
        let harness = try GatewayHarness()
        for _ in 0..<3 { #expect(try harness.request("GET", "/v1/refusing", [harness.key()]).status == 422) }
        #expect(try harness.request("GET", "/v1/refusing", [harness.key()]).status == 429)
        #expect(try harness.request("GET", "/v1/refusing", [harness.key("default")]).status == 422)
    }

    @Test("The deployment may set another rate, and a new state forgives nobody")
    func deploymentRate() throws {
        let harness = try GatewayHarness()
        let key = try harness.key()
        for _ in 0..<5 { _ = try harness.request("GET", "/v1/items/1", [key]) }
        #expect(try harness.request("GET", "/v1/items/1", [key]).status == 429)
        let entries = try GatewayHarness.entries(harness.module)
        harness.gateway.replaceState(try harness.gateway.makeState(entries))
        #expect(try harness.request("GET", "/v1/items/1", [key]).status == 429)
        let raised = try GatewayHarness.enabled(
            harness.module, limits: ["default": RateLimit(count: 100, periodSeconds: 60)])
        harness.gateway.replaceState(try harness.gateway.makeState([TenantEntry(id: "a", modules: [raised])]))
        // What was used up refills at the new rate.
        harness.clock.advance(seconds: 1)
        let response = try harness.request("GET", "/v1/items/1", [key])
        #expect(response.status == 200)
        #expect(response["x-ratelimit-limit"] == "100")
    }

    @Test("What is not counted reports the whole default allowance")
    func uncounted() throws {
        let harness = try GatewayHarness { $0.rates[.default] = RateLimit(count: 60, periodSeconds: 60) }
        for _ in 0..<70 {
            let response = try harness.request("GET", "/nothing")
            #expect(response.status == 404)
            #expect(response["x-ratelimit-remaining"] == "60")
        }
    }
}
