import CGantry
import GantryKit
import Testing

@Suite("Requests and responses")
struct RequestTests {
    private func body(_ json: String?) throws -> JSONDocument {
        try JSONDocument(try #require(json))
    }

    @Test("A handler reads every part of a request")
    func parts() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.set { $0.isCancelled = true }
        let incoming = LoadedModule.Incoming(
            query: [
                ("tag", "a"), ("limit", "5"), ("tag", "b"), ("deep", "true"), ("ratio", "0.5"),
                ("since", "1970-01-01T00:00:01Z"),
            ],
            headers: [("x-one", "1")], bytes: "raw",
            principal: (GANTRY_PRINCIPAL_KEY, "k-1", "user"), deadline: 12)
        #expect(try module.handle("describe", incoming) == .ok)
        let answer = try #require(module.host.answer)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json")
        let found = try body(answer.body).withRoot { root in
            Dictionary(uniqueKeysWithValues: root.members.map { ($0.name.string ?? "", $0.value.string ?? "") })
        }
        #expect(
            found == [
                "method": "POST", "path": "/v1/describe", "id": "r-1", "tenant": "acme", "subject": "k-1",
                "role": "user", "kind": "key", "header": "1", "tags": "a,b",
                "pairs": "tag=a&limit=5&tag=b&deep=true&ratio=0.5&since=1970-01-01T00:00:01Z", "limit": "5",
                "deep": "true", "ratio": "0.5", "since": "1000", "deadline": "12", "cancelled": "true",
                "bytes": "raw", "bodyIsNull": "true",
            ])
    }

    @Test("What is absent reads as nil")
    func absent() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("describe") == .ok)
        let (subject, limit, deadline) = try body(module.host.answer?.body).withRoot { root in
            (root["subject"]?.string, root["limit"]?.string, root["deadline"]?.string)
        }
        #expect(subject == "-")
        #expect(limit == "-1")
        #expect(deadline == "-1")
    }

    @Test("A query value of the wrong type is refused", arguments: ["limit", "deep", "ratio", "since"])
    func wrongQuery(name: String) throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("describe", .init(query: [(name, "x")])) == .ok)
        let finding = module.host.answer?.findings.first
        #expect(module.host.answer?.status == 422)
        #expect(finding?.path == name)
        #expect(finding?.location == .query)
    }

    @Test("A path parameter that is no number names nothing", arguments: [("12", 200, "12"), ("x", 404, "")])
    func pathNumber(text: String, status: Int, body: String) throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("item", .init(parameters: [text])) == .ok)
        #expect(module.host.answer?.status == status)
        #expect(module.host.answer?.body == body)
    }

    @Test("Responses carry status, type, headers and body")
    func responses() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("empty") == .ok)
        #expect(try module.handle("created") == .ok)
        #expect(
            module.host.get(\.answers) == [
                FakeHost.Answer(status: 204),
                FakeHost.Answer(
                    status: 201, contentType: "application/json", headers: ["location": "/v1/items/7", "x-two": "2"],
                    body: #"{"id":7}"#),
            ])
    }

    @Test("Clock and random source come from the host")
    func services() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("time") == .ok)
        #expect(
            module.host.answer?.body
                == "2026-01-01T00:00:00Z 5000 ffffffff-ffff-4fff-bfff-ffffffffffff "
                + "019b76da-a800-7fff-bfff-ffffffffffff 3")
    }

    @Test("The status of sending is the handler's status")
    func sendFails() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.set { $0.sendStatus = .stale }
        #expect(try module.handle("empty") == .stale)
    }

    @Test("An operation that was never described is invalid")
    func unknownOperation() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("nonsense") == .invalid)
        #expect(module.host.answer == nil)
    }
}
