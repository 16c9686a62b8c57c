import GantryCore
import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("What a start does with the deployment file")
struct ReconciliationTests {
    private let temporary = TemporaryFolder()
    private let pool = ThreadPool(name: "test", threadCount: 2)

    private func deployment(_ modules: String) throws -> Deployment {
        try Deployment(yaml: "tenants: [{id: harbor, modules: {\(modules)}}]\n", file: "deployment.yaml")
    }

    private func withDirectory(_ body: (HostDirectory) throws -> Void) throws {
        let directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        defer { directory.close() }
        try body(directory)
    }

    private func mounts(_ directory: HostDirectory) throws -> [String: String] {
        let enabled = try directory.enablements().filter(\.isEnabled)
        return Dictionary(uniqueKeysWithValues: enabled.map { ($0.module, $0.mount) })
    }

    @Test("an unchanged entry leaves what a command did; a changed one outranks it")
    func commands() throws {
        try withDirectory { directory in
            let first = try directory.reconcile(with: deployment("a: {}, b: {mount: /b}"), atMilliseconds: 1)
            #expect(first.keptByCommand.isEmpty && first.withdrawn.isEmpty)
            #expect(try mounts(directory) == ["a": "", "b": "/b"])
            var disabled = try #require(try directory.enablements().first)
            disabled.isEnabled = false
            try directory.save(disabled)
            let second = try directory.reconcile(with: deployment("a: {}, b: {mount: /b}"), atMilliseconds: 2)
            #expect(second.keptByCommand == [disabled] && second.withdrawn.isEmpty)
            #expect(try mounts(directory) == ["b": "/b"])
            let third = try directory.reconcile(with: deployment("a: {mount: /a}, b: {mount: /b}"), atMilliseconds: 3)
            #expect(third.keptByCommand.isEmpty)
            #expect(try mounts(directory) == ["a": "/a", "b": "/b"])
        }
    }

    @Test("an entry that is gone disables the module and keeps its row; what the file never named stays")
    func withdrawal() throws {
        try withDirectory { directory in
            _ = try directory.reconcile(with: deployment("a: {}"), atMilliseconds: 1)
            let own = HostDirectory.Enablement(
                tenant: "harbor", module: "own", isEnabled: true, configuration: "{}", limits: "{}", mount: "")
            try directory.save(own)
            let result = try directory.reconcile(with: deployment(""), atMilliseconds: 2)
            #expect(result.withdrawn.map(\.module) == ["a"])
            #expect(try mounts(directory) == ["own": ""])
            #expect(try directory.enablements().count == 2)
            _ = try directory.reconcile(with: deployment("a: {}"), atMilliseconds: 3)
            #expect(try mounts(directory) == ["a": "", "own": ""])
        }
    }

    @Test("a tenant that swaps host names with another gets them")
    func hostNames() throws {
        func deployment(_ a: String, _ b: String) throws -> Deployment {
            try Deployment(yaml: "tenants: [{id: a, hosts: [\(a)]}, {id: b, hosts: [\(b)]}]\n", file: "d.yaml")
        }
        try withDirectory { directory in
            _ = try directory.reconcile(with: deployment("x.example", "y.example"), atMilliseconds: 1)
            _ = try directory.reconcile(with: deployment("y.example", "x.example"), atMilliseconds: 2)
            #expect(try directory.tenants().map(\.hosts) == [["y.example"], ["x.example"]])
        }
    }
}
