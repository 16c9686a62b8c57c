import GantryAuthoring
import Testing

@Suite("What an author is shown")
struct ReadingTests {
    @Test("a line of the log is told with its time, its place and its facts")
    func line() {
        let line = HostLine(
            """
            {"timestamp":"2026-11-21T21:24:02.430Z","level":"error","message":"The handler failed","tenant":"dev",\
            "module":"notes","trace_id":"4d35","operation":"addNote","status":500}
            """)
        #expect(line.text == "21:24:02  error    dev/notes  The handler failed  operation=addNote  status=500")
        #expect(!line.isInformation)
        #expect(!line.isRoutine)
    }

    @Test("a request is told in a few words")
    func request() {
        let line = HostLine(
            """
            {"timestamp":"2026-11-21T21:24:02.430Z","level":"info","message":"request","tenant":"dev","method":"GET",\
            "route":"/v1/notes","status":200,"duration_us":312,"cpu_us":10}
            """)
        #expect(line.text == "21:24:02  info     dev  GET /v1/notes 200 312 µs")
    }

    @Test("the host's address is found, and what is no log line is kept")
    func others() {
        let serves = HostLine(#"{"timestamp":"","level":"info","message":"Gantry serves.","address":"127.0.0.1:1"}"#)
        #expect(serves.address == "127.0.0.1:1" && serves.isRoutine && serves.isInformation)
        #expect(HostLine("Fatal error: {").text == "Fatal error: {")
        #expect(HostLine("[]").text == "[]")
    }

    @Test("a body fits the contract as far as it is known")
    func sample() throws {
        let contract = """
            {"paths": {"/a": {"get": {"operationId": "list"}, "post": {"operationId": "add", "requestBody": {"content":
            {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}}}}},
            "components": {"schemas": {"New": {"type": "object", "required": ["name", "kind", "tags", "when"],
            "properties": {"name": {"type": "string", "minLength": 6}, "kind": {"enum": ["b", "c"]}, "size":
            {"type": "integer"}, "tags": {"type": "array", "items": {"type": "integer", "minimum": 3}},
            "when": {"type": "string", "format": "date"}}}}}}
            """
        let sample = try SampleBody(contract: Array(contract.utf8))
        #expect(sample.body(of: "add") == #"{"name": "textxx", "kind": "b", "tags": [3], "when": "2030-01-01"}"#)
        #expect(sample.body(of: "list") == nil)
        #expect(sample.body(of: "none") == nil)
    }

    @Test("a schema that refers to itself ends")
    func circle() throws {
        let contract = """
            {"paths": {"/a": {"post": {"operationId": "add", "requestBody": {"content": {"application/json":
            {"schema": {"$ref": "#/components/schemas/Tree"}}}}}}}, "components": {"schemas": {"Tree":
            {"type": "object", "required": ["child"], "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}}}}
            """
        let body = try #require(try SampleBody(contract: Array(contract.utf8)).body(of: "add"))
        #expect(body.hasPrefix(#"{"child": {"child": "#) && body.contains("null"))
    }
}
