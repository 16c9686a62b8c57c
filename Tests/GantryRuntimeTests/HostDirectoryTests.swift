import GantryCore
import GantryCryptography
import GantryIdentity
import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("The host's directory")
struct HostDirectoryTests {
    private let temporary = TemporaryFolder()
    private let pool = ThreadPool(name: "test", threadCount: 2)

    /// The directory as a start finds it.
    private func open() throws -> HostDirectory {
        try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
    }

    @Test("keeps tenants, hosts, modules and settings from one start to the next")
    func persistence() throws {
        var directory = try open()
        #expect(try directory.insertTenant(id: "harbor", name: "Harbor", atMilliseconds: 5))
        #expect(try !directory.insertTenant(id: "harbor", name: "Other", atMilliseconds: 6))
        try directory.setHosts(["b.example", "a.example"], tenant: "harbor")
        let enablement = HostDirectory.Enablement(
            tenant: "harbor", module: "anomaly", isEnabled: true, configuration: #"{"a":1}"#,
            limits: LimitsText.text(["default": .init(count: 5, periodSeconds: 60)]), mount: "/x")
        try directory.save(enablement)
        try directory.setSetting("name", "value")
        directory.close()

        directory = try open()
        let tenant = try #require(try directory.tenants().first)
        #expect(tenant.name == "Harbor" && tenant.hosts == ["a.example", "b.example"])
        #expect(tenant.createdAtMilliseconds == 5 && tenant.status == "active")
        let kept = try #require(try directory.enablements(tenant: "harbor").first)
        #expect(kept.isEnabled && kept.configuration == #"{"a":1}"# && kept.mount == "/x")
        #expect(LimitsText.limits(kept.limits)["default"]?.count == 5)
        #expect(try directory.enablements(tenant: "other").isEmpty)
        #expect(try directory.setting("name") == "value")
        directory.close()
    }

    @Test("makes the secret of tokens once")
    func tokenSecret() throws {
        let directory = try open()
        let secret = try directory.tokenSecret()
        #expect(secret.count == 32 && secret != [UInt8](repeating: 0, count: 32))
        directory.close()
        let again = try open()
        #expect(try again.tokenSecret() == secret)
        again.close()
    }

    @Test("keeps the hash of a key and never the key")
    func keys() throws {
        let directory = try open()
        _ = try directory.insertTenant(id: "harbor", name: "Harbor", atMilliseconds: 0)
        let (key, record) = try KeyIndex(storage: directory).issue(tenant: "harbor", name: "k", nowMilliseconds: 10)
        try directory.revoke(id: record.id, atMilliseconds: 20)
        try directory.revoke(id: record.id, atMilliseconds: 30)
        let kept = try #require(try directory.keys().first)
        #expect(kept.hash == Cryptography.sha256(key) && kept.revokedAtMilliseconds == 20)
        directory.close()
        for name in TestFiles.names(in: temporary.path) {
            let bytes = TestFiles.read("\(temporary.path)/\(name)") ?? []
            #expect(!String(decoding: bytes, as: UTF8.self).contains(key), "the key stands in \(name)")
        }
    }

    @Test("a host name goes to the tenant that claims it last")
    func hostNames() throws {
        let directory = try open()
        for id in ["a", "b"] { _ = try directory.insertTenant(id: id, name: id, atMilliseconds: 0) }
        try directory.setHosts(["x.example"], tenant: "a")
        try directory.setHosts(["x.example"], tenant: "b")
        #expect(try directory.tenants().map(\.hosts) == [[], ["x.example"]])
        directory.close()
    }
}
