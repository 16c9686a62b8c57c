import GantryKit
import GantryKitTesting
import MyModule
import Testing

@Suite("my-module")
struct MyModuleTests {
    private struct Page: Decodable {
        struct Note: Decodable { let text: String }
        let notes: [Note]
    }

    /// A host in this process, with a real database and the migrations of the bundle.
    private let host: TestHost

    init() throws {
        host = try TestHost(MyModule.self, bundle: "bundle")
    }

    @Test("a note is kept, and others are told")
    func adding() throws {
        let reply = try host.post("/v1/my-module/notes", json: ["text": "Buy milk"], as: .user("ada"))
        #expect(reply.status == 201)
        #expect(host.published.map(\.type) == ["my-module.note.added"])
        let page: Page = try host.get("/v1/my-module/notes", as: .user("ada")).decode()
        #expect(page.notes.map(\.text) == ["Buy milk"])
    }

    @Test("a transaction that is run again keeps one note")
    func rerun() throws {
        host.transactionRuns = 2
        _ = try host.post("/v1/my-module/notes", json: ["text": "Buy milk"], as: .user("ada"))
        #expect(try host.database.int("SELECT count(*) FROM notes") == 1)
        #expect(host.published.count == 1)
    }
}
