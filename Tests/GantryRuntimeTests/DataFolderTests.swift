import TestCommands
import Testing

@testable import GantryRuntime

@Suite("The data folder")
struct DataFolderTests {
    private let temporary = TemporaryFolder()

    @Test("belongs to one at a time, and the refusal says which folder")
    func lock() throws {
        let path = "\(temporary.path)/deep/data"
        var folder: DataFolder? = try DataFolder(path: path)
        let error = #expect(throws: HostError.self) { try DataFolder(path: path) }
        #expect(error?.code == .locked && error?.message.contains(path) == true)
        _ = folder?.path
        folder = nil
        _ = try DataFolder(path: path)
    }

    @Test("a path that is no folder is named")
    func noFolder() {
        let file = temporary.write("text", to: "file")
        let error = #expect(throws: HostError.self) { try DataFolder(path: "\(file)/data") }
        #expect(error?.code == .dataFolder && error?.message.contains(file) == true)
    }

    @Test("each tenant and module has a folder of its own")
    func instances() throws {
        let folder = try DataFolder(path: temporary.path)
        let paths = try [("a", "x"), ("a", "y"), ("b", "x")].map { try folder.instancePath(tenant: $0, module: $1) }
        #expect(Set(paths).count == 3)
        #expect(paths.allSatisfy { TestFiles.exists($0) })
    }
}
