import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("Versions that tenants are on")
struct PinTests {
    private let temporary = TemporaryFolder()

    private func directory() throws -> HostDirectory {
        let pool = ThreadPool(name: "store", threadCount: 1)
        let directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        for tenant in ["a", "b", "c"] {
            _ = try directory.insertTenant(id: tenant, name: tenant, atMilliseconds: 0)
            try directory.save(
                HostDirectory.Enablement(
                    tenant: tenant, module: "m", isEnabled: tenant != "c", configuration: "{}", limits: "{}", mount: ""
                ))
        }
        return directory
    }

    private func place(_ tenant: String) -> HostDirectory.Place { HostDirectory.Place(tenant: tenant, module: "m") }

    @Test("only those that are on none are put on one, and only where the module is enabled")
    func pinning() throws {
        let directory = try directory()
        defer { directory.close() }
        try directory.setPin(HostDirectory.Pin(version: "1.0.0", toleratedVersion: 3), place("a"))
        try directory.pinUnlessPinned("m", to: "2.0.0")
        #expect(try directory.pin(place("a")) == HostDirectory.Pin(version: "1.0.0", toleratedVersion: 3))
        #expect(try directory.pin(place("b")) == HostDirectory.Pin(version: "2.0.0"))
        #expect(try directory.pin(place("c")) == nil)
        #expect(try directory.pins(of: "m", otherThan: "2.0.0") == [place("a"): "1.0.0"])
        try directory.movePins(of: "m", from: "1.0.0", to: "2.0.0")
        #expect(try directory.pin(place("a")) == HostDirectory.Pin(version: "2.0.0"))
        #expect(try directory.pins(of: "m", otherThan: "2.0.0").isEmpty)
    }

    @Test("an upgrade is kept as it was ordered, one of each module")
    func upgrades() throws {
        let directory = try directory()
        defer { directory.close() }
        #expect(try directory.upgrade(of: "m") == nil)
        var record = HostDirectory.UpgradeRecord(
            module: "m", version: "2.0.0", settings: "watch=1s", state: "running", message: "")
        try directory.save(record)
        record.state = "failed"
        record.message = "Tenant `b` stays."
        try directory.save(record)
        #expect(try directory.upgrade(of: "m") == record)
    }
}
