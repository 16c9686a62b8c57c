import GantryCore
import GantryLoader
import Glibc
import TestCommands
import Testing

@Suite("Services between modules", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct ServicesBetweenModulesTests {
    private func expect(_ statuses: [(String, Int32)], in log: FakeLog) {
        for (name, status) in statuses {
            #expect(log.status(name) == ModuleStatus(rawValue: status), "\(name)")
        }
    }

    private func pair() throws -> ServicePair {
        try ServicePair(provider: Fixture("ExportsServices"), importer: Fixture("ImportsServices"))
    }

    @Test("every type crosses both ways, by registers and by the stack")
    func types() throws {
        let pair = try pair()
        #expect(pair.importer.call("run").body == "0 Ada/2/1/-5/2.50 42 1 1.25 cba 114325 -1")
        #expect(pair.provider.log.status("noted") == ModuleStatus(rawValue: 1))
        #expect(pair.exchange.records.contains("provider.mix GANTRY_OK"))
        #expect(pair.exchange.records.count == 9)
    }

    @Test("handles that are crafted, stale or another's get nowhere; the tenant is that of the handle")
    func handles() throws {
        let pair = try pair()
        pair.importer.call("attack")
        // The second time there is a call that is over.
        pair.importer.call("attack")
        expect(
            [
                ("query", 0), ("other tenant's name", 0), ("other instance", -4), ("other call", -4),
                ("former call", -4), ("no call", -4),
            ], in: pair.importer.log)
    }

    @Test("calls by values are judged like others")
    func values() throws {
        let pair = try pair()
        pair.importer.call("attack")
        expect(
            [
                ("values", 0), ("sum", 14), ("dropped", 0), ("too few", -1), ("too many", -1), ("nowhere", -1),
                ("wrong type", -1), ("no span", -1), ("no text", -1), ("other spelling", -3), ("other type", -3),
                ("not imported", -3), ("no signature", -1), ("no place", -1), ("broken text", -1),
            ], in: pair.importer.log)
    }

    @Test("an exporting module that breaks its declaration is a failure, and no crash")
    func garbage() throws {
        let pair = try pair()
        pair.importer.call("attack")
        expect(
            [
                ("fault 0", -11), ("fault 1", -11), ("fault 2", -11), ("fault 3", -11), ("fault 4", -11),
                ("fault 5", -11), ("fault 6", -7), ("fault 7", -11), ("fault 8", 0), ("odd", -11),
            ], in: pair.importer.log)
        let told = pair.provider.log.lines.filter { $0.message.hasPrefix("A service failed") }
        #expect(told.contains { $0.message.contains("without a result") })
        #expect(told.contains { $0.message.contains("more than one result") })
    }

    @Test("a module that is not there is a clear status and a sentence")
    func absent() throws {
        let pair = try pair()
        pair.importer.call("attack")
        expect([("absent", -2), ("said", -2)], in: pair.importer.log)
        #expect(pair.importer.log.lines.contains { $0.message == "There is no `absent`." })
    }

    @Test("the body of a transaction calls no services")
    func transaction() throws {
        let pair = try pair()
        pair.importer.call("attack")
        expect([("in transaction", -9), ("transaction", 0)], in: pair.importer.log)
    }

    @Test("the exporting module sees the caller's tenant and trace, and a deadline of its own")
    func context() throws {
        let pair = try pair()
        #expect(pair.importer.call("attack").body == "north/1/2")
    }

    @Test("where nothing may wait only inline services are called")
    func inline() throws {
        let pair = try pair()
        pair.importer.call("inline")
        expect([("inline to inline", 0), ("inline to blocking", -9)], in: pair.importer.log)
    }

    @Test("a service that does not return in its time is left to itself: its caller goes on, and its answer is dropped")
    func late() throws {
        let pair = try pair()
        #expect(pair.importer.call("late").body == "free")
        expect([("stall", -6), ("given", 0), ("release", 0)], in: pair.importer.log)
        #expect(pair.provider.log.wait(for: "A service answered after its time"))
        #expect(pair.provider.log.status("told lent") == ModuleStatus(rawValue: 1))
        try pair.provider.instance.stop(deadlineNanoseconds: 0)
    }

    @Test("an instance of another tenant is not entered, even where it is found")
    func otherTenant() throws {
        let pair = try pair()
        let south = try pair.provider.another(tenant: "south")
        pair.exchange.put(south, as: "provider")
        #expect(pair.importer.call("run").body?.hasPrefix("0 ") == false)
        #expect(Set(pair.exchange.records.map { String($0.suffix(20)) }) == ["GANTRY_E_UNSUPPORTED"])
        #expect(pair.provider.log.status("noted") == nil)
    }

    @Test("an instance that has stopped is busy, and the next one is called")
    func restarted() throws {
        let pair = try pair()
        try pair.provider.instance.stop(deadlineNanoseconds: 0)
        pair.importer.call("run")
        #expect(pair.exchange.records.first == "provider.mix GANTRY_E_BUSY")
        pair.exchange.put(try pair.provider.another(tenant: "north"), as: "provider")
        #expect(pair.importer.call("run").body?.hasPrefix("0 Ada") == true)
    }

    @Test("without the grant there is no table, and functions that were found do not work")
    func denied() throws {
        let pair = try pair()
        pair.importer.call("run")
        let south = try pair.importer.another(tenant: "south")
        #expect(pair.importer.log.status("query") == .denied)
        #expect(pair.importer.call("run", on: south).body == "not found")
        #expect(
            pair.importer.log.status("provider.mix(string, bytes, bool, i64, f64) -> string") == .denied)
    }

    @Test("a manifest that exports what the library does not have is refused")
    func contradiction() throws {
        let fixture = try Fixture("ExportsNothing")
        do {
            _ = try ModuleLoader(folder: "\(fixture.folder.path)/loaded").load(fixture.bundle)
            Issue.record("It was loaded.")
        } catch let error as LoaderError {
            #expect(error.code == .contradiction)
            #expect(error.message.contains("fixture.thing(i64) -> i64"))
        }
    }
}
