import GantryCore
import GantryLoader
import Testing

@Suite("Transactions", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct TransactionTests {
    @Test("a statement on another thread answers THREAD")
    func refusesOtherThread() throws {
        let harness = try Harness("WrongThread")
        #expect(harness.call().body == "done")
        #expect(harness.log.status("own") == .ok)
        #expect(harness.log.status("other") == .thread)
        #expect(harness.log.status("transact") == .ok)
        #expect(harness.database.log == ["begin read", "execute SELECT 1", "commit"])
    }

    @Test("a transaction that is kept is STALE after its body")
    func refusesKept() throws {
        let harness = try Harness("KeptTransaction")
        #expect(harness.call().body == "done")
        #expect(harness.log.status("transact") == .ok)
        #expect(harness.log.status("kept") == .stale)
        #expect(harness.log.status("zero") == .stale)
        #expect(harness.log.status("mode") == .invalid)
        #expect(harness.log.status("nobody") == .invalid)
        #expect(harness.database.log == ["begin write", "commit"])
    }

    @Test("another instance's open transaction is STALE")
    func refusesForeign() throws {
        let harness = try Harness("ForeignTransaction")
        let other = try harness.another(tenant: "south")
        let waiting = harness.call(on: other)
        #expect(waiting.answers.isEmpty)
        #expect(harness.call().body == "done")
        #expect(harness.log.status("foreign") == .stale)
        #expect(harness.log.status("transact") == .ok)
        #expect(waiting.body == "waited")
        #expect(harness.log.status("again") == .stale, "A pending call is over with its answer.")
        #expect(harness.database.log == ["begin read", "commit"])
    }

    @Test("a body's failure becomes the outcome; an error's text is cut at a character")
    func reportsFailures() throws {
        let harness = try Harness("BodyFails")
        #expect(harness.call().body == "done")
        #expect(harness.log.status("body") == .conflict)
        #expect(harness.log.status("statement") == .conflict)
        #expect(harness.log.status("code") == ModuleStatus(rawValue: 2067))
        // `Größe i` takes nine bytes, the module's room holds eight.
        #expect(harness.log.status("size") == ModuleStatus(rawValue: 8))
        #expect(harness.log.lines.contains { $0.message == "Größe " })
        #expect(harness.database.log == ["begin write", "roll back", "begin write", "execute FAIL", "roll back"])
    }

    @Test("events and jobs must be declared, fit, be text, and stand in a transaction")
    func checksEvents() throws {
        let harness = try Harness("BadEvents")
        #expect(harness.call().body == "done")
        let expected: [(String, ModuleStatus)] = [
            ("undeclared", .denied), ("large", .limit), ("nowhere", .invalid), ("broken", .invalid), ("good", .ok),
            ("outside", .stale),
        ]
        for (name, status) in expected {
            #expect(harness.log.status(name) == status, "\(name)")
            #expect(harness.log.status("job-\(name)") == status, "job-\(name)")
        }
        #expect(
            harness.database.log == ["begin write", "publish entry.added  {}", "enqueue digest {}", "commit"])
    }

    @Test("declared events and jobs are denied without the capability")
    func deniesEvents() throws {
        let harness = try Harness("Good", granted: [.database])
        #expect(harness.log.status("events") == .denied)
        #expect(harness.log.status("jobs") == .denied)
    }
}
