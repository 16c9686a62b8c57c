import GantryCore
import GantryGateway
import RawHTTP
import Testing

@Suite("The contract check")
struct ValidationTests {
    private func post(_ body: String, type: String = "application/json") throws -> RawClient.Response {
        let harness = try GatewayHarness()
        return try harness.request("POST", "/v1/items", [harness.key(), "Content-Type: \(type)"], body: body)
    }

    @Test("Findings carry the module's codes, in the order of the request")
    func codes() throws {
        let response = try post(#"{"zip":1,"size":0,"mail":"x","at":"yesterday"}"#)
        #expect(response.summary == "422 validation_failed")
        let errors = (0..<5).map { index in
            [
                response.text("error", "details", "errors", "\(index)", "field"),
                response.text("error", "details", "errors", "\(index)", "code"),
            ].map { $0 ?? "?" }.joined(separator: " ")
        }
        #expect(
            Set(errors) == [
                "id missing", "zip unknown_field", "size minimum", "mail bad_format", "at invalid_timestamp",
            ])
        #expect(
            errors.filter { $0 != "id missing" }
                == ["zip unknown_field", "size minimum", "mail bad_format", "at invalid_timestamp"])
        #expect(response.detail("field") == response.text("error", "details", "errors", "0", "field"))
        #expect(response.text("error", "message") == "5 fields are not valid.")
    }

    @Test("The module's own findings stand in the same answer, at their place")
    func merged() throws {
        let response = try post(#"{"id":"a","unit":"bad","size":0}"#)
        #expect(response.summary == "422 validation_failed")
        #expect(response.text("error", "details", "errors", "0", "code") == "unit_mismatch")
        #expect(response.text("error", "details", "errors", "0", "message") == "Does not fit after 1.")
        #expect(response.text("error", "details", "errors", "1", "field") == "size")
        let alone = try post(#"{"id":"a","unit":"bad"}"#)
        #expect(alone.detail("field") == "unit")
    }

    @Test("At most fifty findings are told")
    func many() throws {
        let harness = try GatewayHarness { _ in
        } tenants: { module in
            [
                TenantEntry(
                    id: "a",
                    modules: [
                        try GatewayHarness.enabled(module) { manifest in
                            for index in manifest.routes.indices { manifest.routes[index].maximumBodyBytes = 100_000 }
                        }
                    ])
            ]
        }
        let members = (0..<80).map { #""unknown\#($0)":1"# }.joined(separator: ",")
        let response = try harness.request(
            "POST", "/v1/items", [harness.key(), "Content-Type: application/json"], body: "{\(members)}")
        #expect(response.status == 422)
        #expect(response.text("error", "details", "errors", "49", "field") != nil)
        #expect(response.text("error", "details", "errors", "50", "field") == nil)
    }

    @Test("Query parameters are checked, and those that are not declared are not")
    func query() throws {
        let harness = try GatewayHarness()
        let key = try harness.key()
        #expect(try harness.request("GET", "/v1/items/1?page=-1", [key]).detail("field") == "page")
        #expect(
            try harness.request("GET", "/v1/items/1?page=2&other=x%20y+z", [key]).seen("query") == "page=2|other=x y z")
    }

    @Test("An impossible name in the path does not exist")
    func path() throws {
        let harness = try GatewayHarness()
        let key = try harness.key()
        let long = String(repeating: "x", count: 30)
        #expect(try harness.request("GET", "/v1/items/\(long)", [key]).summary == "404 not_found")
        #expect(try harness.request("GET", "/v1/items/\(long)?page=-1", [key]).summary == "422 validation_failed")
    }

    @Test("Parameters of the path are decoded")
    func decoding() throws {
        let harness = try GatewayHarness()
        let key = try harness.key()
        #expect(try harness.request("GET", "/v1/items/a%2Fb%20%C3%BC+", [key]).seen("parameters") == "a/b ü+")
        for bad in ["%zz", "%4", "%ff"] {
            #expect(try harness.request("GET", "/v1/items/\(bad)", [key]).status == 400)
        }
        #expect(try harness.request("GET", "/v1/items/x?a=%zz", [key]).status == 400)
    }

    @Test(
        "A body that is no JSON object at all is 400",
        arguments: ["", "{", "[]", "7", "nul", #"{"id":NaN}"#, #"{"deep":[[[[1]]]]}"#, #"{"id":"a"} x"#])
    func unreadable(body: String) throws {
        #expect(try post(body).summary == "400 malformed_json")
    }

    @Test("The media type may have parameters and any case")
    func mediaTypes() throws {
        let body = #"{"id":"a"}"#
        #expect(try post(body, type: "application/json; charset=utf-8").status == 200)
        #expect(try post(body, type: "Application/JSON").status == 200)
        #expect(try post(body, type: "text/plain").summary == "400 unsupported_media_type")
        #expect(try post(body, type: "application/jsonx").summary == "400 unsupported_media_type")
    }
}
