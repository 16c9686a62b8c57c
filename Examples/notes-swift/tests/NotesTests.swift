import GantryKit
import GantryKitTesting
import Notes
import Testing

@Suite("notes")
struct NotesTests {
    private struct Page: Decodable {
        struct Note: Decodable { let text: String }
        let notes: [Note]
    }

    private let host: TestHost

    init() throws {
        host = try TestHost(Notes.self, bundle: "bundle")
    }

    @Test("what was deleted is listed no more, and forgotten a month later")
    func forgetting() throws {
        _ = try host.send("PUT", "/v1/notes/a", json: ["text": "Milk"], as: .user("ada"))
        _ = try host.delete("/v1/notes/a", as: .user("ada"))
        let page: Page = try host.get("/v1/notes", as: .user("ada")).decode()
        #expect(page.notes.isEmpty)
        host.advance(by: .seconds(29 * 86400))
        try host.run(job: "forget", payload: ["days": 30])
        #expect(try host.database.int("SELECT count(*) FROM notes") == 1)
        host.advance(by: .seconds(2 * 86400))
        try host.run(job: "forget", payload: ["days": 30])
        #expect(try host.database.int("SELECT count(*) FROM notes") == 0)
    }
}
