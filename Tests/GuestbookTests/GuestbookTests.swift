import GantryKit
import GantryKitTesting
import Guestbook
import TestCommands
import Testing

@Suite("The guestbook example")
struct GuestbookTests {
    private struct Page: Decodable {
        struct Entry: Decodable { let author: String }
        let entries: [Entry]
    }

    private let host: TestHost

    init() throws {
        host = try TestHost(Guestbook.self, bundle: "\(TestFiles.repository())/Examples/guestbook/bundle")
    }

    @Test("Whoever signs stands in the book, and the others are told")
    func signing() throws {
        let reply = try host.post(
            "/v1/entries", json: ["author": "Ada", "message": "Hello"], as: .user("ada"))
        #expect(reply.status == 201)
        #expect(host.published.map(\.type) == ["guestbook.entry.signed"])
        #expect(host.published.first?.key == "Ada")
        let page: Page = try host.get("/v1/entries").decode()
        #expect(page.entries.map(\.author) == ["Ada"])
    }

    @Test("The latest entries come first, as many as are asked for")
    func order() throws {
        for author in ["a", "b", "c"] {
            _ = try host.post("/v1/entries", json: ["author": author, "message": "Hello"], as: .user("u"))
        }
        let page: Page = try host.get("/v1/entries?limit=2").decode()
        #expect(page.entries.map(\.author) == ["c", "b"])
    }

    @Test("A transaction that is run again signs once")
    func rerun() throws {
        host.transactionRuns = 2
        _ = try host.post("/v1/entries", json: ["author": "Ada", "message": "Hello"], as: .user("ada"))
        #expect(try host.database.int("SELECT count(*) FROM entries") == 1)
        #expect(host.published.count == 1)
    }

    @Test("A full database is the client's 500 and the operator's line")
    func failure() throws {
        host.fail("gantry.database transact", with: .busy)
        let reply = try host.post("/v1/entries", json: ["author": "Ada", "message": "Hello"], as: .user("ada"))
        #expect(reply.status == 500)
        #expect(host.logs.last?.message == "The handler failed")
        #expect(host.published.isEmpty)
    }

    @Test("The greeting needs no database")
    func greeting() throws {
        #expect(try host.get("/v1/hello/J%C3%BCrgen", as: .key("k")).text == #"{"message":"Hello, Jürgen!"}"#)
    }
}
