import GantryContract
import GantryJSON
import Testing

@Suite("Compilation of contracts")
struct ContractTests {
    private func refusal(_ text: String) throws -> ContractError? {
        let document = try JSONDocument(text)
        do throws(ContractError) {
            _ = try Contract(document: document)
            return nil
        } catch {
            return error
        }
    }

    private func refusal(ofSchema text: String) throws -> ContractError? {
        try refusal(#"{"openapi":"3.1.0","paths":{},"components":{"schemas":{"A":\#(text)}}}"#)
    }

    @Test("operations carry what the gateway routes by")
    func operations() throws {
        let contract = try ContractFixture.contract()
        #expect(contract.operations.map(\.id) == ["listSessions", "createSession", "getReading"])
        let list = try #require(contract.operation(id: "listSessions"))
        #expect(list.method == "GET")
        #expect(list.path == "/v1/sessions")
        #expect(list.role == "member")
        #expect(list.security == ["userToken", "apiKey"])
        #expect(!list.isPublic)
        #expect(list.requestBody == nil)
        let create = try #require(contract.operation(id: "createSession"))
        #expect(create.isPublic)
        #expect(create.security == [])
        #expect(create.requestBody?.isRequired == true)
        #expect(create.requestBody?.mediaTypes == ["application/json"])
        #expect(create.withDefinition { $0["operationId"]?.string } == "createSession")
        #expect(contract.operation(id: "nope") == nil)
    }

    @Test("content types are compared without parameters and case")
    func contentTypes() throws {
        let body = try #require(try ContractFixture.contract().operation(id: "createSession")?.requestBody)
        #expect(body.accepts(contentType: "application/json"))
        #expect(body.accepts(contentType: "Application/JSON; charset=utf-8"))
        #expect(!body.accepts(contentType: "text/json"))
        #expect(!body.accepts(contentType: ""))
    }

    @Test("named schemas can be used by themselves")
    func namedSchema() throws {
        let reading = try #require(try ContractFixture.contract().schema(named: "Reading"))
        #expect(try summary(reading.findings(#"{"value":1}"#)) == ["timestamp required"])
        #expect(try ContractFixture.contract().schema(named: "Nope") == nil)
    }

    @Test(
        "what would not be checked is refused by name and place",
        arguments: [
            (
                #"{"properties":{"x/y":{"unevaluatedProperties":false}}}"#, "unsupported_keyword",
                "unevaluatedProperties",
                "/properties/x~1y/unevaluatedProperties"
            ),
            (#"{"items":{"nullable":true}}"#, "unsupported_keyword", "nullable", "/items/nullable"),
            (#"{"format":"iban"}"#, "unknown_format", "iban", "/format"),
            (#"{"allOf":[{},{"pattern":"(?=a)"}]}"#, "pattern", "look-around", "/allOf/1/pattern"),
            (##"{"$ref":"#/components/schemas/B"}"##, "reference", "#/components/schemas/B", "/$ref"),
            (#"{"$ref":"other.yaml#/A"}"#, "reference", "other.yaml", "/$ref"),
            (#"{"type":"text"}"#, "malformed", "text", "/type"),
            (#"{"maxLength":-1}"#, "malformed", "maxLength", "/maxLength"),
            (#"{"properties":{"a":5}}"#, "malformed", "schema", "/properties/a"),
            (#"{"required":"a"}"#, "malformed", "required", "/required"),
        ])
    func refusals(schema: String, code: String, name: String, pointer: String) throws {
        let error = try #require(try refusal(ofSchema: schema))
        #expect(error.code.rawValue == code)
        #expect(error.message.contains(name), "\(error.message)")
        #expect(error.pointer == "/components/schemas/A" + pointer)
    }

    @Test("annotations and extensions are let through")
    func annotations() throws {
        let text = #"""
            {"type":"string","description":"d","title":"t","default":"x","example":"x","examples":["x"],
            "deprecated":true,"readOnly":true,"writeOnly":true,"$comment":"c","externalDocs":{},
            "discriminator":{"propertyName":"p"},"contentMediaType":"text/plain",
            "contentEncoding":"base64","x-anything":[1]}
            """#
        #expect(try refusal(ofSchema: text) == nil)
    }

    @Test("schemas may refer to themselves through a value, but not in a circle")
    func recursion() throws {
        let tree = ##"{"type":"object","properties":{"child":{"$ref":"#/components/schemas/A"}},"required":["name"]}"##
        #expect(try refusal(ofSchema: tree) == nil)
        let circle = ##"{"$ref":"#/components/schemas/A"}"##
        #expect(try refusal(ofSchema: circle)?.code == .reference)
        #expect(try refusal(ofSchema: #"{"anyOf":[{"type":"null"},{"allOf":[\#(circle)]}]}"#)?.code == .reference)
    }

    @Test("references may not pile up without end on one value")
    func height() throws {
        func chain(_ length: Int) -> String {
            let links = (0..<length).map { ##""A\##($0)":{"$ref":"#/components/schemas/A\##($0 + 1)"}"## }.reversed()
            return ##""A\##(length)":{"type":"string"},"## + links.joined(separator: ",")
        }
        func document(_ length: Int) -> String {
            #"{"openapi":"3.1.0","paths":{},"components":{"schemas":{\#(chain(length))}}}"#
        }
        #expect(try refusal(document(20)) == nil)
        #expect(try refusal(document(2000))?.code == .reference)
    }

    @Test("faults of the document itself")
    func documents() throws {
        #expect(try refusal(#"{"swagger":"2.0"}"#)?.code == .malformed)
        #expect(try refusal(#"{"openapi":"3.1.0"}"#)?.code == .malformed)
        #expect(try refusal(#"{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}"#)?.message.contains("operationId") == true)
        let twice = #"{"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"x"},"put":{"operationId":"x"}}}}"#
        #expect(try refusal(twice)?.code == .duplicate)
        let unknownTemplate = #"""
            {"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"x","parameters":[
            {"name":"p","in":"path","schema":{}}]}}}}
            """#
        #expect(try refusal(unknownTemplate)?.code == .parameter)
        let style = #"""
            {"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"x","parameters":[
            {"name":"p","in":"query","style":"deepObject","schema":{"type":"object"}}]}}}}
            """#
        #expect(try refusal(style)?.code == .parameter)
    }

    @Test("an operation's parameter replaces the path's of the same name and place")
    func overriding() throws {
        let text = #"""
            {"openapi":"3.1.0","paths":{"/a":{"parameters":[{"name":"p","in":"query","schema":{"type":"integer"}}],
            "get":{"operationId":"x","parameters":[{"name":"p","in":"query","schema":{"type":"boolean"}}]},
            "put":{"operationId":"y"}}}}
            """#
        let contract = try Contract(document: try JSONDocument(text))
        #expect(contract.operation(id: "x")?.check(query: "p=true") == [])
        #expect(contract.operation(id: "y")?.check(query: "p=true").count == 1)
    }
}
