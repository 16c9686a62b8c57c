import GantryContract
import GantryJSON
import Testing

@Suite("Checks of answers")
struct ResponseCheckTests {
    private let text = #"""
        {"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"a","responses":{
        "200":{"description":"ok","headers":{
            "X-Total":{"required":true,"schema":{"type":"integer","minimum":0}},
            "Retry-After":{"schema":{"type":"integer"}},"Content-Type":{"schema":{"const":"nothing"}}},
          "content":{"application/json":{"schema":{"type":"object","required":["id"],"additionalProperties":false,
            "properties":{"id":{"type":"string","maxLength":3},"list":{"type":"array","items":{"type":"integer"}}}}},
            "text/csv":{"schema":{"type":"string"}}}},
        "204":{"description":"nothing"},
        "4XX":{"description":"no","content":{"application/problem+json":{"schema":{"required":["title"]}}}},
        "503":{"description":"stream","content":{"text/event-stream":{"schema":{"type":"string"}}}}}}}}}
        """#

    private func check(
        _ status: Int, type contentType: String = "application/json", _ body: String, total: String? = "1",
        isStream: Bool = false
    ) throws -> [String] {
        let policy = CheckPolicy(refusesUnknownMembers: false, trimming: .all, refusesControlCharacters: true)
        let contract = try Contract(document: JSONDocument(text), policy: policy)
        let operation = try #require(contract.operation(id: "a"))
        var body = body
        return body.withUTF8 { bytes in
            let findings = operation.checkResponse(
                status: status, contentType: contentType, headers: { $0 == "X-Total" ? total : nil },
                body: UnsafeRawBufferPointer(bytes), isStream: isStream)
            return findings.map { "\($0.location.rawValue) \($0.path) \($0.keyword.name)" }
        }
    }

    @Test("a right answer has no findings")
    func right() throws {
        #expect(try check(200, #"{"id":"abc","list":[1]}"#) == [])
        #expect(try check(200, type: "Application/JSON; charset=utf-8", #"{"id":"a"}"#) == [])
        #expect(try check(200, type: "text/csv", "a,b") == [])
        #expect(try check(204, type: "", "") == [])
        #expect(try check(404, type: "application/problem+json", #"{"title":"gone"}"#) == [])
    }

    @Test("bodies are held to the schema as it is written, whatever the policy on requests")
    func bodies() throws {
        #expect(try check(200, #"{"list":[1,"x"]}"#) == ["body list.1 type", "body id required"])
        #expect(try check(200, #"{"id":"a","more":1}"#) == ["body more additionalProperties"])
        #expect(try check(200, #"{"id":"  a "}"#) == ["body id maxLength"])
        #expect(try check(200, #"{"id":"\u0001"}"#) == [])
        #expect(try check(200, "{") == ["body  type"])
        #expect(try check(200, "") == ["body  type"])
        #expect(try check(400, type: "application/problem+json", "{}") == ["body title required"])
        #expect(try check(204, type: "", "x") == ["body  false"])
    }

    @Test("statuses, media types and headers are those declared")
    func declarations() throws {
        #expect(try check(201, "{}") == ["body  false"])
        #expect(try check(500, "{}") == ["body  false"])
        #expect(try check(200, type: "text/html", "x") == ["header Content-Type enum"])
        #expect(try check(200, type: "", "x") == ["header Content-Type enum"])
        #expect(try check(200, #"{"id":"a"}"#, total: nil) == ["header X-Total required"])
        #expect(try check(200, #"{"id":"a"}"#, total: "-1") == ["header X-Total minimum"])
    }

    @Test("of a stream the status and the media type are checked")
    func streams() throws {
        #expect(try check(503, type: "text/event-stream", "", isStream: true) == [])
        #expect(try check(200, type: "text/csv", "", isStream: true) == [])
        #expect(try check(503, type: "text/plain", "", isStream: true) == ["header Content-Type enum"])
        #expect(try check(204, type: "text/plain", "", isStream: true) == ["body  false"])
    }
}
