import GantryCore
import GantryLoader
import Testing

@Suite("Capabilities", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct CapabilityTests {
    private static let gated: [(Manifest.Capability, String)] = [
        (.database, "gantry.database"), (.events, "gantry.events"), (.jobs, "gantry.jobs"),
    ]

    @Test("each table is denied exactly when its capability is not granted", arguments: 0..<8)
    func deniesUngranted(combination: Int) throws {
        let granted = Set(Self.gated.enumerated().filter { combination >> $0.offset & 1 == 1 }.map(\.element.0))
        let log = try Harness("DeniedCapability", granted: granted).log
        for (capability, table) in Self.gated {
            #expect(log.status(table) == (granted.contains(capability) ? .ok : .denied), "\(table)")
        }
        for table in ["gantry.response", "gantry.log", "gantry.clock", "gantry.call"] {
            #expect(log.status(table) == .ok, "\(table)")
        }
    }

    @Test("unknown tables and revisions, broken names and forged scopes are told apart")
    func refusesUnknown() throws {
        let log = try Harness("DeniedCapability").log
        #expect(log.status("gantry.unheard-of") == .unsupported)
        #expect(log.status("revision") == .unsupported)
        #expect(log.status("broken") == .invalid)
        #expect(log.status("nowhere") == .invalid)
        #expect(log.status("forged") == .stale)
    }

    @Test("a table borrowed from an instance that has the right serves none that has not")
    func deniesBorrowedTable() throws {
        let harness = try Harness("UsesDeniedDatabase")
        harness.call()
        #expect(harness.log.status("transact") == .ok)
        #expect(harness.log.status("ran") == ModuleStatus(rawValue: 1))
        let poor = try harness.another(tenant: "south", granted: [])
        #expect(harness.call(on: poor).body == "done")
        #expect(harness.log.status("transact") == .denied)
        #expect(harness.log.status("ran") == .ok, "The body was not run.")
    }
}
