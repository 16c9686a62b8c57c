import GantryKit
import GantryKitTesting
import ProjectsModule
import Testing

@Suite("Projects")
struct ProjectsTests {
    private let host: TestHost
    private let ada = TestPrincipal.user("user_ada")
    private let eve = TestPrincipal.user("user_eve", role: "superadmin")

    init() throws {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        host = try TestHost(ProjectsModule.self, bundle: "/\(source)/manifests/projects")
        host.nowMilliseconds = 1_781_500_000_000
    }

    private func create(_ name: String, description: String = "null", as owner: TestPrincipal) throws -> JSONDocument {
        let reply = try host.call(
            "createProject", json: #"{"name":"\#(name)","description":\#(description)}"#, as: owner)
        try #require(reply.status == 201)
        return try JSONDocument(reply.text)
    }

    private func id(_ document: JSONDocument) throws -> String {
        try #require(document.withRoot { $0["id"]?.string })
    }

    private func names(_ query: [(String, String)] = [], as owner: TestPrincipal) throws -> (
        names: [String], total: Int
    ) {
        let reply = try host.call("listProjects", query: query, as: owner)
        try #require(reply.status == 200)
        return try JSONDocument(reply.text).withRoot { root in
            (root["items"]?.elements.compactMap { $0["name"]?.string } ?? [], root["total"]?.int64.map(Int.init) ?? -1)
        }
    }

    @Test("A new project is its creator's, and is announced with the row")
    func creation() throws {
        let reply = try host.call(
            "createProject", json: #"{"name":"  Harbor signage ","description":" Wayfinding "}"#, as: ada)
        #expect(reply.status == 201)
        try JSONDocument(reply.text).withRoot { root in
            let id = try #require(root["id"]?.string)
            #expect(reply.headers.contains { $0.name == "location" && $0.value == "/api/v1/app/projects/\(id)" })
            #expect(root["name"]?.string == "Harbor signage")
            #expect(root["description"]?.string == "Wayfinding")
            #expect(root["owner_id"]?.string == "user_ada")
            #expect(root["created_at"]?.string == root["updated_at"]?.string)
            let event = try #require(host.published.last)
            #expect(event.type == "project.created" && event.key == id)
            try event.json().withRoot { data in
                #expect(data["owner_id"]?.string == "user_ada" && data["actor_id"]?.string == "user_ada")
                #expect(data["changed"]?.count == 0)
            }
        }
    }

    @Test("Nobody else reaches a project, whatever their role")
    func walls() throws {
        let id = try id(create("Mine", as: ada))
        for (operation, body) in [("getProject", nil), ("updateProject", #"{"name":"Taken"}"#), ("deleteProject", nil)]
        {
            let reply = try host.call(operation, parameters: [id], json: body, as: eve)
            #expect(reply.status == 404 && reply.text.contains(#""resource":"Project","id":"\#(id)""#))
        }
        #expect(try names(as: eve).total == 0)
        #expect(try names(as: ada).names == ["Mine"])
        #expect(host.published.count == 1)
    }

    @Test("The newest come first, and a page tells how many there are in all")
    func pages() throws {
        for number in 0..<5 { _ = try create("P\(number)", as: ada) }
        _ = try create("Other", as: eve)
        #expect(try names(as: ada) == (["P4", "P3", "P2", "P1", "P0"], 5))
        #expect(try names([("skip", "1"), ("limit", "2")], as: ada) == (["P3", "P2"], 5))
        #expect(try names([("skip", "4"), ("limit", "2")], as: ada) == (["P0"], 5))
        #expect(try names([("skip", "5")], as: ada) == ([], 5))
        #expect(try names([("limit", "5")], as: ada).total == 5)
    }

    @Test(
        "A search ignores case in any script and takes every character literally",
        arguments: [
            ("harbor", 1), ("HARBOR", 1), ("100%", 1), ("_", 1), ("%", 1), ("straße", 1), ("STRASSE", 1),
            ("ΟΔΟΣ", 1), ("οδος", 1), ("žižkov", 1), ("\\", 1), ("   ", 6), ("  harbor ", 1), ("nothing", 0),
        ])
    func search(text: String, count: Int) throws {
        for name in ["Harbor signage", "100% wool", "a_b", "Große Straße Ž", "ΟΔΟς ŽIŽKOV", #"back\\slash"#] {
            _ = try create(name, as: ada)
        }
        #expect(try names([("search", text)], as: ada).total == count)
    }

    @Test("Only what differs is a change")
    func change() throws {
        let id = try id(create("One", description: #""Text""#, as: ada))
        func patch(_ body: String) throws -> JSONDocument {
            host.nowMilliseconds += 1000
            let reply = try host.call("updateProject", parameters: [id], json: body, as: ada)
            try #require(reply.status == 200)
            return try JSONDocument(reply.text)
        }
        let before = try JSONDocument(host.call("getProject", parameters: [id], as: ada).text)
        let created = before.withRoot { $0["updated_at"]?.string }
        for body in ["{}", #"{"name":" One "}"#, #"{"name":"One","description":"Text"}"#] {
            #expect(try patch(body).withRoot { $0["updated_at"]?.string } == created)
        }
        #expect(host.published.count == 1)
        try patch(#"{"description":null}"#).withRoot { root in
            #expect(root["description"]?.isNull == true && root["name"]?.string == "One")
            #expect(root["updated_at"]?.string != created)
        }
        _ = try patch(#"{"name":"Two","description":"More"}"#)
        let changed = try host.published.dropFirst()
            .map { try $0.json().withRoot { $0["changed"]?.elements.compactMap(\.string) ?? [] } }
        #expect(changed == [["description"], ["name", "description"]])
    }

    @Test(
        "The second version shows ages",
        arguments: [(0, 0, true), (86_399_999, 0, true), (604_800_000, 7, true), (604_800_001, 7, false)])
    func secondVersion(age: Int64, days: Int64, isRecent: Bool) throws {
        let id = try id(create("One", as: ada))
        host.nowMilliseconds += age
        for (operation, parameters) in [("getProject", [id]), ("listProjects", [])] {
            let first = try host.call(operation, parameters: parameters, as: ada)
            #expect(!first.text.contains("days_since_created"))
            let second = try host.call(
                operation, parameters: parameters, headers: [("x-api-version", "v2")], as: ada)
            #expect(
                second.text.contains(#""days_since_created":\#(days),"is_recently_updated":\#(isRecent)}"#),
                "\(second.text)")
        }
    }

    @Test("A removed project is gone for good, and its row is kept")
    func removal() throws {
        let id = try id(create("Gone", as: ada))
        #expect(try host.call("deleteProject", parameters: [id.uppercased()], as: ada).status == 204)
        for operation in ["getProject", "deleteProject"] {
            #expect(try host.call(operation, parameters: [id], as: ada).status == 404)
        }
        #expect(try host.call("updateProject", parameters: [id], json: "{}", as: ada).status == 404)
        #expect(try names(as: ada).total == 0)
        #expect(host.published.map(\.type) == ["project.created", "project.deleted"])
        #expect(try host.database.value("SELECT count(*) FROM projects WHERE deleted_at IS NOT NULL") == .integer(1))
    }

    @Test("The projects of somebody who is gone go too, and nobody else's")
    func ownerDeleted() throws {
        for number in 0..<230 { _ = try create("P\(number)", as: ada) }
        _ = try create("Kept", as: eve)
        for _ in 0..<2 {
            try host.deliver(
                "user.deleted", json: ["user_id": "user_ada", "actor_id": "user_admin"], from: "accounts")
        }
        #expect(try names(as: ada).total == 0)
        #expect(try names(as: eve).total == 1)
        let removed = host.published.filter { $0.type == "project.deleted" }
        #expect(removed.count == 230)
        #expect(try removed[0].json().withRoot { $0["actor_id"]?.string } == "user_admin")
    }
}
