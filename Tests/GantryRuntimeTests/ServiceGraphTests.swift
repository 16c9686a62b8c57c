import GantryCore
import Testing

@testable import GantryRuntime

@Suite("Services among the modules of a tenant")
struct ServiceGraphTests {
    private func manifest(
        _ id: String, exports: [String] = [], imports: [String] = [], version: String = "1.0.0"
    ) throws -> Manifest {
        try Manifest(
            yaml: """
                id: \(id)
                version: \(version)
                interface: {minimum: 1, maximum: 1}
                library: lib.so
                contract: openapi.yaml
                capabilities: [\(imports.isEmpty ? "" : "services")]
                routes: []
                services:
                  exports: [\(exports.map { "\"\($0)\"" }.joined(separator: ", "))]
                  imports: [\(imports.joined(separator: ", "))]
                """, file: id)
    }

    private func codes(_ manifests: Manifest...) -> [String] { ServiceGraph(manifests).problems.map(\.code) }

    @Test("what fits together is no problem")
    func fits() throws {
        let tally = try manifest("tally", exports: ["tally.count(string) -> i64"])
        let shop = try manifest("shop", imports: ["tally.count(string) -> i64"])
        #expect(codes(tally, shop).isEmpty)
        #expect(ServiceGraph([tally, shop]).importers(of: "tally") == ["shop"])
    }

    @Test("a module or a service that is missing is named, unless the import is optional")
    func missing() throws {
        let shop = try manifest("shop", imports: ["tally.count(string) -> i64"])
        #expect(codes(shop) == ["missing_service"])
        #expect(codes(shop, try manifest("tally")) == ["missing_service"])
        let optional = try manifest("shop", imports: ["{service: tally.count(string) -> i64, optional: true}"])
        #expect(codes(optional).isEmpty)
        #expect(codes(optional, try manifest("tally")).isEmpty)
        let message = try #require(ServiceGraph([shop]).problems.first).message
        #expect(message.contains("`shop` imports `tally.count(string) -> i64`") && message.contains("optional: true"))
    }

    @Test("another type is named with both modules and versions, also where the import is optional")
    func mismatch() throws {
        let tally = try manifest("tally", exports: ["tally.count(string, bool) -> i64"], version: "2.0.0")
        let shop = try manifest("shop", imports: ["{service: tally.count(string) -> i64, optional: true}"])
        let problem = try #require(ServiceGraph([tally, shop]).problems.first)
        #expect(problem.code == "service_mismatch" && problem.module == "shop")
        for part in ["`shop` 1.0.0", "count(string) -> i64", "`tally` 2.0.0", "count(string, bool) -> i64"] {
            #expect(problem.message.contains(part))
        }
    }

    @Test("a circle is told once, with its path")
    func circle() throws {
        let first = try manifest("a", exports: ["a.x()"], imports: ["c.x()"])
        let second = try manifest("b", exports: ["b.x()"], imports: ["a.x()"])
        let third = try manifest("c", exports: ["c.x()"], imports: ["b.x()"])
        let outside = try manifest("d", imports: ["a.x()"])
        let problems = ServiceGraph([outside, second, third, first]).problems
        #expect(problems.map(\.code) == ["service_cycle"])
        #expect(problems.first?.message.contains("`a` → `c` → `b` → `a`") == true)
        let pair = try manifest("a", exports: ["a.x()"], imports: ["b.x()"])
        #expect(codes(pair, second) == ["service_cycle"])
    }

    @Test("a change is blamed for what it brings, and for nothing else")
    func change() throws {
        let orphan = try manifest("orphan", imports: ["gone.x()"])
        let tally = try manifest("tally", exports: ["tally.count() -> i64"])
        let shop = try manifest("shop", imports: ["tally.count() -> i64"])
        #expect(ServiceGraph.problems(of: [orphan, tally], with: shop).isEmpty)
        let other = try manifest("tally", exports: ["tally.count() -> f64"])
        #expect(ServiceGraph.problems(of: [orphan, tally, shop], with: other).map(\.code) == ["service_mismatch"])
    }
}
