import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("What host.db knows of the modules' databases")
struct DatabaseIndexTests {
    private let temporary = TemporaryFolder()
    private let pool = ThreadPool(name: "test", threadCount: 1)
    private let directory: HostDirectory

    init() throws {
        directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        for tenant in ["a", "b", "c"] {
            _ = try directory.insertTenant(id: tenant, name: tenant, atMilliseconds: 0)
            for module in ["one", "two"] { try directory.save(enablement(tenant, module)) }
        }
    }

    private func enablement(_ tenant: String, _ module: String, isEnabled: Bool = true) -> HostDirectory.Enablement {
        .init(
            tenant: tenant, module: module, isEnabled: isEnabled, configuration: "{}", limits: "{}", mount: "")
    }

    private func place(_ tenant: String, _ module: String) -> HostDirectory.Place {
        .init(tenant: tenant, module: module)
    }

    @Test("a database is behind when its migrations differ, and one that does not exist is not")
    func behind() throws {
        try directory.saveSchema("1 x", place("a", "one"))
        try directory.saveSchema("2 y", place("b", "one"))
        try directory.saveSchema("1 x", place("a", "two"))
        #expect(try directory.databasesBehind(module: "one", schema: "2 y") == [place("a", "one")])
        try directory.save(enablement("a", "one", isEnabled: false))
        #expect(try directory.databasesBehind(module: "one", schema: "2 y") == [])
        try directory.forgetDatabase(place("b", "one"))
        #expect(try directory.databaseRecord(place("b", "one")) == nil)
    }

    @Test("marked databases come in the order in which they are due, of enabled modules only")
    func marked() throws {
        for tenant in ["a", "b", "c"] { try directory.saveSchema("1 x", place(tenant, "one")) }
        try directory.mark(place("a", "one"), number: 1, dueMilliseconds: 500)
        try directory.mark(place("b", "one"), number: 2, dueMilliseconds: 0)
        try directory.mark(place("c", "one"), number: 3, dueMilliseconds: 100)
        try directory.save(enablement("c", "one", isEnabled: false))
        #expect(try directory.markedDatabases().map(\.place.tenant) == ["b", "a"])
        #expect(try directory.markedDatabases(tenant: "a").map(\.dueMilliseconds) == [500])
        #expect(try directory.highestMark() == 3)
        // A number that is not the mark's own takes nothing away.
        try directory.unmark(place("a", "one"), number: 2)
        #expect(try directory.markedDatabases(tenant: "a").count == 1)
    }

    @Test("a database that is not known cannot be marked")
    func unknown() {
        #expect(throws: StoreError.self) {
            try directory.mark(place("a", "one"), number: 1, dueMilliseconds: 0)
        }
    }

    @Test("enabling a module marks what the tenant's other modules have published, and nobody else's")
    func enabling() throws {
        for tenant in ["a", "b"] { try directory.saveSchema("1 x", place(tenant, "one")) }
        try directory.save(enablement("a", "two", isEnabled: false))
        #expect(try directory.markedDatabases().isEmpty)
        try directory.save(enablement("a", "two"))
        #expect(try directory.markedDatabases().map(\.place) == [place("a", "one")])
    }

    @Test("an import makes what is new, whole, and leaves the rest")
    func importing() throws {
        let lines =
            ##"{"id":"a","name":"other"}"## + "\n" + ##"{"id":"n","hosts":["N.example"],"modules":{"one":null}}"##
        let tenants = try lines.split(separator: "\n").map { try TenantImport(line: $0) }
        #expect(try directory.importTenants(tenants, keys: [], atMilliseconds: 7) == ["n"])
        #expect(try directory.tenant("a")?.name == "a")
        #expect(try directory.tenant("n")?.hosts == ["n.example"])
        #expect(try directory.enablements(tenant: "n").map(\.module) == ["one"])
        let taken = try TenantImport(line: ##"{"id":"m","hosts":["n.example"]}"##)
        let fresh = try TenantImport(line: ##"{"id":"l"}"##)
        #expect(throws: StoreError.self) { try directory.importTenants([fresh, taken], keys: [], atMilliseconds: 8) }
        #expect(try directory.tenant("l")?.id == nil)
    }
}
