import Testing

@testable import GantryTelemetry

@Suite("Cardinality")
struct CardinalityTests {
    private func lines(_ metrics: Metrics, _ prefix: String) -> [String] {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix(prefix) }
    }

    @Test("The busiest tenants are named, all others are one; nothing that was counted is lost")
    func tenants() {
        let metrics = Metrics(tenantLimit: 3)
        let route = metrics.route(method: "GET", route: "/r", version: "v1")
        for round in 0..<3 {
            for tenant in 0..<1000 {
                let count = tenant < 3 ? 10 : 1
                for _ in 0..<count {
                    route.record(
                        status: 200, durationNanoseconds: 1, tenant: metrics.tenants.rank("tenant-\(tenant)"))
                }
            }
            let shown = lines(metrics, "http_requests_total{")
            #expect(round == 0 || shown.count == 4)
        }
        let shown = lines(metrics, "http_requests_total{")
        for tenant in ["tenant-0", "tenant-1", "tenant-2", "other"] {
            #expect(shown.contains { $0.contains(#"tenant="\#(tenant)""#) })
        }
        let numbers = shown.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(numbers.reduce(0, +) == 3 * (997 + 30))
        #expect(lines(metrics, "http_request_duration_seconds_count{").count == 4)
    }

    @Test("A label goes to a tenant that has become much busier, and what the former one had stays counted")
    func handedOver() {
        let metrics = Metrics(tenantLimit: 1)
        let route = metrics.route(method: "GET", route: "/r", version: "v1")
        func ask(_ tenant: String, _ count: Int) {
            for _ in 0..<count {
                route.record(status: 200, durationNanoseconds: 1, tenant: metrics.tenants.rank(tenant))
            }
        }
        ask("a", 5)
        _ = metrics.exposition()
        ask("a", 5)
        ask("b", 9)
        _ = metrics.exposition()
        #expect(lines(metrics, "http_requests_total{").contains { $0.contains(#"tenant="a"} 5"#) })
        ask("b", 100)
        _ = metrics.exposition()
        ask("b", 7)
        let shown = lines(metrics, "http_requests_total{")
        #expect(shown.contains { $0.contains(#"tenant="b"} 7"#) })
        #expect(shown.contains { $0.contains(#"tenant="other"} 119"#) })
    }

    @Test("Statuses, routes and labels that somebody makes up are folded into one")
    func folded() {
        let metrics = Metrics()
        let route = metrics.route(method: "GET", route: "/r", version: "v1")
        for status in 200..<600 { route.record(status: status, durationNanoseconds: 1) }
        let statuses = lines(metrics, "http_requests_total{")
        #expect(statuses.count == 17)
        #expect(statuses.contains { $0.contains(#"status="other",version="v1"} 384"#) })
        for number in 0..<6000 {
            metrics.route(method: "GET", route: "/r/\(number)", version: "v1").record(
                status: 200, durationNanoseconds: 1)
            metrics.rateLimitRejections(group: "g\(number)").increment()
        }
        #expect(lines(metrics, "http_requests_total{").count < 4200)
        #expect(lines(metrics, "http_requests_total{").contains { $0.contains(#"route="other""#) })
        #expect(lines(metrics, "rate_limit_rejections_total{").count == 4097)
        #expect(lines(metrics, #"rate_limit_rejections_total{group="other"} 1904"#).count == 1)
    }

    @Test("Each family has a help text, and what is known elsewhere is asked for")
    func observers() {
        let metrics = Metrics()
        let gauge = metrics.gauge("own_gauge")
        metrics.onExposition { gauge.set(7) }
        #expect(lines(metrics, "# HELP own_gauge own gauge").count == 1)
        #expect(lines(metrics, "own_gauge 7").count == 1)
        let types = lines(metrics, "# TYPE ").count
        #expect(lines(metrics, "# HELP ").count == types)
    }

    @Test("With ten thousand tenants an exposition stays small, and adds up")
    func manyTenants() {
        let metrics = Metrics(tenantLimit: 5)
        let route = metrics.route(method: "GET", route: "/r", version: "v1")
        for number in 0..<10_000 {
            let tenant = "tenant-\(number)"
            route.record(status: 200, durationNanoseconds: 1, tenant: metrics.tenants.rank(tenant))
            metrics.callCosts(module: "m", tenant: tenant).add(.databaseRows, 3)
            _ = metrics.modules.instruments(tenant: tenant, module: "m").add("n", labels: [("own", tenant)], 1)
        }
        let exposition = metrics.exposition()
        #expect(exposition.count < 300_000)
        let shown = String(decoding: exposition, as: UTF8.self).split(separator: "\n")
        let rows = shown.filter { $0.hasPrefix("call_database_rows_total{") }
        #expect(rows.count <= 6)
        #expect(rows.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +) == 30_000)
        #expect(shown.count { $0.hasPrefix("module_m_n_total{") } == 1024)
    }
}
