import GantryCore
import GantryLoader
import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("What modules are granted")
struct CapabilityGrantsTests {
    private let temporary = TemporaryFolder()
    private let pool = ThreadPool(name: "test", threadCount: 2)

    private func manifest(_ capabilities: String) throws -> Manifest {
        try Manifest(
            yaml: """
                id: tally
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: tally.so
                contract: openapi.yaml
                entry: concurrent
                capabilities: [\(capabilities)]
                routes:
                  - {operation: run, method: POST, path: /run, execution: inline, role: user}
                """, file: "module.yaml")
    }

    private func open() throws -> (HostDirectory, CapabilityGrants) {
        let directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        return (directory, try CapabilityGrants(directory: directory))
    }

    private func grant(_ right: String, tenant: String = "", _ isGranted: Bool) -> HostDirectory.Grant {
        HostDirectory.Grant(module: "tally", tenant: tenant, right: right, isGranted: isGranted)
    }

    @Test("what a module asks for at first it gets; what it asks for later has to be decided, granted or not")
    func later() throws {
        let (directory, grants) = try open()
        defer { directory.close() }
        try grants.admit(manifest("cache"), tenant: "harbor")
        let later = try manifest("cache, blobs")
        let error = #expect(throws: HostError.self) { try grants.admit(later, tenant: "harbor") }
        #expect(error?.message.contains("gantry capability grant tally blobs") == true)
        #expect(grants.rights(of: later, tenant: "harbor").capabilities == [.cache])
        try grants.decide([grant("blobs", tenant: "harbor", true)])
        try grants.admit(later, tenant: "harbor")
        #expect(grants.rights(of: later, tenant: "harbor").capabilities == [.cache, .blobs])
        #expect(throws: HostError.self, "Of another tenant nothing was said.") {
            try grants.admit(later, tenant: "quay")
        }
        try grants.decide([grant("blobs", tenant: "quay", false)])
        try grants.admit(later, tenant: "quay")
        #expect(grants.rights(of: later, tenant: "quay").capabilities == [.cache])
        #expect(grants.rights(of: later, tenant: "harbor").capabilities == [.cache, .blobs])
        try grants.decide([grant("blobs", true)])
        #expect(grants.rights(of: later, tenant: "quay").capabilities == [.cache], "It was taken from it by name.")
        try grants.decide([grant("blobs", false)])
        #expect(grants.rights(of: later, tenant: "harbor").capabilities == [.cache], "It is taken from all.")
    }

    @Test("what is said of a tenant outranks what is said for all, also of parts, and outlives a restart")
    func precedence() throws {
        var (directory, grants) = try open()
        let manifest = try manifest("cache, blobs")
        try grants.admit(manifest)
        try grants.decide([grant("cache", tenant: "harbor", false), grant("secrets:key", false)])
        try grants.decide([grant("secrets:key", tenant: "quay", true)])
        directory.close()
        (directory, grants) = try open()
        defer { directory.close() }
        #expect(grants.rights(of: manifest, tenant: "harbor").capabilities == [.blobs])
        #expect(grants.rights(of: manifest, tenant: "quay").capabilities == [.cache, .blobs])
        #expect(grants.rights(of: manifest, tenant: "harbor").withheld == ["secrets:key"])
        #expect(grants.rights(of: manifest, tenant: "quay").withheld.isEmpty)
        #expect(grants.rights(of: manifest, tenant: "other").withheld == ["secrets:key"])
    }

    @Test("grants of a folder that an earlier host left are taken over")
    func takenOver() throws {
        let (former, _) = try open()
        try former.setSetting("grants/tally", "cache,http_client")
        try former.setSetting("grants/empty", "")
        former.close()
        let (directory, grants) = try open()
        defer { directory.close() }
        #expect(grants.granted(to: "tally") == ["cache", "http_client"])
        #expect(grants.granted(to: "empty") == [])
        #expect(grants.granted(to: "other") == nil)
        #expect(try directory.setting("grants/tally") == nil)
    }

    private func deployment(_ text: String) throws -> Deployment {
        try Deployment(yaml: text, file: "deployment.yaml")
    }

    @Test("the file is adopted when it says something new; a command outlives a restart with the same file")
    func file() throws {
        let (directory, grants) = try open()
        defer { directory.close() }
        let manifest = try manifest("cache, blobs")
        let file = """
            modules: {tally: {allow: [cache, blobs], deny: ["secrets:key"]}}
            tenants: [{id: harbor, modules: {tally: {deny: [blobs]}}}, {id: quay, modules: {tally: {}}}]
            """
        try grants.adopt(deployment(file))
        #expect(grants.rights(of: manifest, tenant: "harbor") == rights([.cache], "secrets:key"))
        #expect(grants.rights(of: manifest, tenant: "quay") == rights([.cache, .blobs], "secrets:key"))
        try grants.decide([grant("blobs", tenant: "harbor", true), grant("cache", false)])
        try grants.adopt(deployment(file))
        #expect(grants.rights(of: manifest, tenant: "harbor") == rights([.blobs], "secrets:key"))
        #expect(grants.rights(of: manifest, tenant: "quay").capabilities == [.blobs])
        let edited = file.replacing("deny: [blobs]", with: "deny: [blobs, cache]")
        try grants.adopt(deployment(edited))
        #expect(grants.rights(of: manifest, tenant: "harbor").capabilities == [])
        try grants.adopt(deployment("tenants: [{id: harbor, modules: {tally: {}}}]"))
        #expect(grants.rights(of: manifest, tenant: "harbor") == rights([.blobs]))
    }

    @Test("a module that is denied something before it was ever enabled gets the rest at first")
    func deniedFirst() throws {
        let (directory, grants) = try open()
        defer { directory.close() }
        let manifest = try manifest("cache, blobs")
        try grants.adopt(deployment("modules: {tally: {deny: [blobs]}}"))
        try grants.admit(manifest, tenant: "harbor")
        #expect(grants.rights(of: manifest, tenant: "harbor").capabilities == [.cache])
    }

    @Test(
        "what is no capability and no part of one is refused with its place",
        arguments: ["[blob]", "[\"blobs:x\"]", "[\"directory:people\"]", "[\"secrets:\"]", "[\"http_client:a b\"]"])
    func refused(list: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try deployment("tenants:\n  - id: harbor\n    modules: {tally: {deny: \(list)}}\n")
        }
        #expect(error.map { "\($0)" }?.contains("deployment.yaml:3") == true)
    }
}

private func rights(_ capabilities: Set<Manifest.Capability>, _ withheld: String...) -> InstanceRights {
    InstanceRights(capabilities, withheld: Set(withheld))
}
