import GantryTelemetry
import Testing

@Suite("Numbers that modules count")
struct ModuleMetricsTests {
    private let metrics = Metrics(tenantLimit: 10)

    private func lines(_ prefix: String) -> [String] {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix(prefix) }
    }

    init() {
        let route = metrics.route(method: "GET", route: "/r", version: "v1")
        for tenant in ["north", "south"] {
            route.record(status: 200, durationNanoseconds: 1, tenant: metrics.tenants.rank(tenant))
        }
    }

    @Test("Counters, gauges and histograms are shown with module and tenant")
    func kinds() {
        let mine = metrics.modules.instruments(tenant: "north", module: "gift-cards")
        #expect(mine.add("sold", labels: [("kind", "a\"b")], 1.5) == .taken)
        #expect(mine.add("sold", labels: [("kind", "a\"b")], 1) == .taken)
        #expect(mine.set("open", -3) == .taken)
        #expect(mine.record("time", 0.3) == .taken)
        #expect(mine.record("time", 5000) == .taken)
        #expect(
            lines("module_gift__cards_sold_total{")
                == [#"module_gift__cards_sold_total{module="gift-cards",kind="a\"b",tenant="north"} 2.5"#])
        #expect(
            lines("module_gift__cards_open{") == [#"module_gift__cards_open{module="gift-cards",tenant="north"} -3"#])
        let buckets = lines("module_gift__cards_time_bucket{")
        #expect(
            buckets.contains { $0.hasSuffix(#"le="0.25"} 0"#) } && buckets.contains { $0.hasSuffix(#"le="0.5"} 1"#) })
        #expect(buckets.last?.hasSuffix(#"le="+Inf"} 2"#) == true)
        #expect(lines("module_gift__cards_time_count{").first?.hasSuffix(" 2") == true)
        #expect(lines("# TYPE module_gift__cards_sold") == ["# TYPE module_gift__cards_sold_total counter"])
    }

    @Test("Tenants have series of their own, and instances that come again go on counting")
    func tenants() {
        _ = metrics.modules.instruments(tenant: "north", module: "m").add("n", 1)
        _ = metrics.modules.instruments(tenant: "south", module: "m").add("n", 5)
        _ = metrics.modules.instruments(tenant: "north", module: "m").add("n", 1)
        #expect(
            lines("module_m_n_total{")
                == [
                    #"module_m_n_total{module="m",tenant="north"} 2"#,
                    #"module_m_n_total{module="m",tenant="south"} 5"#,
                ])
    }

    @Test("Tenants without a label of their own are added up; with none at all there is no such label")
    func folded() {
        for (limit, expected) in [
            (0, [#"module_m_n_total{module="m"} 10"#]),
            (1, [#"module_m_n_total{module="m",tenant="busy"} 1"#, #"module_m_n_total{module="m",tenant="other"} 9"#]),
        ] {
            let metrics = Metrics(tenantLimit: limit)
            let route = metrics.route(method: "GET", route: "/r", version: "v1")
            for tenant in ["busy", "b", "c", "d"] {
                route.record(status: 200, durationNanoseconds: 1, tenant: metrics.tenants.rank(tenant))
                _ = metrics.modules.instruments(tenant: tenant, module: "m").add("n", tenant == "busy" ? 1 : 3)
            }
            route.record(status: 200, durationNanoseconds: 1, tenant: metrics.tenants.rank("busy"))
            let lines = String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(String.init)
            #expect(lines.filter { $0.hasPrefix("module_m_n_total{") } == expected)
        }
    }

    @Test("However many series tenants make, a family shows so many and no more")
    func shown() {
        for tenant in 0..<20 {
            let mine = metrics.modules.instruments(tenant: "t\(tenant)", module: "m")
            for number in 0..<ModuleMetrics.maximumInstanceSeries {
                #expect(mine.add("n", labels: [("user", "\(tenant)-\(number)")], 1) == .taken)
            }
        }
        #expect(lines("module_m_n_total{").count == 1024)
    }

    @Test("What makes no sense is refused")
    func refused() {
        let mine = metrics.modules.instruments(tenant: "north", module: "m")
        #expect(mine.add("n", labels: [("a", "1")], 1) == .taken)
        #expect(mine.set("n", labels: [("a", "1")], 1) == .invalid, "another kind")
        #expect(mine.add("n", labels: [("b", "1")], 1) == .invalid, "other labels")
        #expect(mine.add("n", 1) == .invalid, "no labels")
        for name in ["", "N", "1n", "a-b", "ä", "a b", String(repeating: "a", count: 65)] {
            #expect(mine.add(name, 1) == .invalid, "\(name)")
        }
        for label in ["tenant", "module", "le", "A", ""] {
            #expect(mine.add("other", labels: [(label, "1")], 1) == .invalid, "\(label)")
        }
        #expect(mine.add("other", labels: [("a", "1"), ("a", "2")], 1) == .invalid)
        for number in [Double.nan, .infinity, -1] { #expect(mine.add("other", number) == .invalid) }
        #expect(lines("module_m_other").isEmpty)
    }

    @Test("The series of one module of one tenant are limited; known ones go on")
    func limited() {
        let mine = metrics.modules.instruments(tenant: "north", module: "m")
        for number in 0..<ModuleMetrics.maximumInstanceSeries {
            #expect(mine.add("n", labels: [("user", "\(number)")], 1) == .taken)
        }
        #expect(mine.add("n", labels: [("user", "one more")], 1) == .tooMany)
        #expect(mine.add("n", labels: [("user", "0")], 1) == .taken)
        #expect(
            metrics.modules.instruments(tenant: "south", module: "m").add("n", labels: [("user", "x")], 1) == .taken)
    }
}
