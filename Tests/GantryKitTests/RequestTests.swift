import GantryKit
import GantryKitTesting
import Testing

@Suite("Requests and responses")
struct RequestTests {
    @Test("A handler reads every part of a request")
    func parts() throws {
        let host = try TestHost.sample()
        host.callsAreCancelled = true
        let reply = try host.call(
            "describe",
            query: [
                ("tag", "a"), ("limit", "5"), ("tag", "b"), ("deep", "true"), ("ratio", "0.5"),
                ("since", "1970-01-01T00:00:01Z"),
            ], body: Array("raw".utf8), headers: [("X-One", "1")], as: .key("k-1"))
        #expect(reply.status == 200)
        #expect(reply.contentType == "application/json")
        var found: [String: String] = try reply.decode()
        #expect(found.removeValue(forKey: "id")?.hasPrefix("request-") == true)
        #expect(found.removeValue(forKey: "deadline").flatMap { Int64($0) } ?? 0 > 0)
        #expect(
            found == [
                "method": "POST", "path": "/v1/describe", "tenant": "acme", "subject": "k-1",
                "role": "user", "kind": "key", "header": "1", "tags": "a,b",
                "pairs": "tag=a&limit=5&tag=b&deep=true&ratio=0.5&since=1970-01-01T00:00:01Z", "limit": "5",
                "deep": "true", "ratio": "0.5", "since": "1000", "cancelled": "true",
                "bytes": "raw", "bodyIsNull": "true",
            ])
    }

    @Test("What is absent reads as nil")
    func absent() throws {
        let found: [String: String] = try TestHost.sample().call("describe").decode()
        #expect(found["subject"] == "-")
        #expect(found["limit"] == "-1")
    }

    @Test("A query value of the wrong type is refused", arguments: ["limit", "deep", "ratio", "since"])
    func wrongQuery(name: String) throws {
        let reply = try TestHost.sample().call("describe", query: [(name, "x")])
        let finding = reply.findings.first
        #expect(reply.status == 422)
        #expect(finding?.path == name)
        #expect(finding?.location == .query)
    }

    @Test("A path parameter that is no number names nothing", arguments: [("12", 200, "12"), ("x", 404, "")])
    func pathNumber(text: String, status: Int, body: String) throws {
        let reply = try TestHost.sample().call("item", parameters: [text])
        #expect(reply.status == status)
        #expect(reply.text == body)
    }

    @Test("Responses carry status, type, headers and body")
    func responses() throws {
        let host = try TestHost.sample()
        let empty = try host.call("empty")
        #expect(empty.status == 204 && empty.contentType == "" && empty.body == [])
        let created = try host.call("created")
        #expect(created.status == 201 && created.contentType == "application/json")
        #expect(created.header("Location") == "/v1/items/7" && created.header("x-two") == "2")
        #expect(created.text == #"{"id":7}"#)
    }

    @Test("Clock and random source come from the host")
    func services() throws {
        let host = try TestHost.sample()
        let words = try host.call("time").text.split(separator: " ")
        #expect(words[0] == "2026-01-01T00:00:00Z")
        #expect(words[2].split(separator: "-").map(\.count) == [8, 4, 4, 4, 12] && words[2].dropFirst(14).first == "4")
        #expect(words[3].hasPrefix("019b76da-a800-7"))
        #expect(words[4] == "3")
        #expect(try host.call("time").text != host.call("time").text)
    }

    @Test("The status of sending is the handler's status")
    func sendFails() throws {
        let host = try TestHost.sample()
        host.fail("gantry.response send", with: .stale)
        #expect(try host.call("empty").failure == .stale)
    }
}
