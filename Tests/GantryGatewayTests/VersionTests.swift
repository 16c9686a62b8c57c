import GantryContract
import GantryCore
import GantryJSON
import RawHTTP
import Testing

@testable import GantryGateway

/// The platform's two versions of a module's routes, from one handler.
@Suite("Versions of the platform")
struct VersionTests {
    private static let contract = Result { try Self.contract("portal") }

    /// `read` has a record that shows more in the second version, `open` is not wrapped, `person` has one form.
    private static func contract(_ title: String, prefix: String = "/api/v1") throws -> Contract {
        let text = """
            {"openapi":"3.1.0","x-versions":["v1","v2"],"info":{"title":"\(title)","version":"1"},
            "x-v2":{"replaces":{"Item":"#/components/schemas/ItemV2"},
              "example":{"operation":"read","body":{"data":{"tag":"t","extra":1},"meta":{}}}},
            "paths":{
              "\(prefix)/app/items/{id}":{"get":{"operationId":"read","parameters":[
                {"name":"id","in":"path","required":true,"schema":{"type":"string","maxLength":20}}],
                "responses":{"200":{"description":"ok","content":{"application/json":
                  {"schema":{"$ref":"#/components/schemas/Page"},"example":{"tag":"t"}}}}}}},
              "\(prefix)/public/raw":{"get":{"operationId":"open","x-v2-unwrapped":true,"x-rate-limit":"none",
                "responses":{"200":{"description":"ok"}}}},
              "\(prefix)/public/one":{"get":{"operationId":"person","x-versions":[],
                "responses":{"200":{"description":"ok"}}}},
              "\(prefix)/other/failing":{"get":{"operationId":"failing","responses":{"200":{"description":"ok"}}}}},
            "components":{"schemas":{
              "Page":{"allOf":[{"$ref":"#/components/schemas/Item"}]},
              "Item":{"type":"object","required":["tag"],"properties":{"tag":{"type":"string"}}},
              "ItemV2":{"allOf":[{"$ref":"#/components/schemas/Item"},{"type":"object","required":["extra"]}]}}}}
            """
        return try Contract(document: JSONDocument(Array(text.utf8)))
    }

    private static func enabled(
        _ module: (any ModulePort)?, id: String = "portal", versions: String = "versions: [v1, v2]"
    ) throws -> EnabledModule {
        let manifest = try Manifest(
            yaml: """
                id: \(id)
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: libportal.so
                contract: openapi.yaml
                entry: concurrent
                \(versions)
                routes:
                  - {operation: read, method: GET, path: "/api/v1/app/items/{id}", execution: inline, role: public}
                  - {operation: open, method: GET, path: /api/v1/public/raw, execution: inline, role: public}
                  - {operation: person, method: GET, path: /api/v1/public/one, execution: inline, role: public}
                  - {operation: failing, method: GET, path: /api/v1/other/failing, execution: inline, role: public}
                """, file: "module.yaml")
        return EnabledModule(manifest: manifest, contract: try contract.get(), instance: module)
    }

    private static func harness(
        _ port: (any ModulePort)? = nil, configure: (inout GatewayConfiguration) -> Void = { _ in },
        beside other: EnabledModule? = nil
    ) throws -> GatewayHarness {
        try GatewayHarness(configure: configure) { module in
            let modules = [try enabled(port ?? module)] + (other.map { [$0] } ?? [])
            return [TenantEntry(id: "default", modules: modules)]
        }
    }

    @Test("A route is served in both versions, the second with the envelope")
    func twins() throws {
        let harness = try Self.harness()
        let first = try harness.request("GET", "/api/v1/app/items/7")
        #expect(first.status == 200 && first.seen("operation") == "read" && first["x-api-version"] == "v1")
        let second = try harness.request("GET", "/api/v2/app/items/7")
        #expect(second.status == 200 && second["x-api-version"] == "v2")
        #expect(second.text("data", "operation") == "read" && second.text("data", "parameters") == "7")
        #expect(second.text("meta", "version") == "v2")
        #expect(second.text("meta", "request_id") == second["x-request-id"])
        #expect(second.text("meta", "timestamp")?.hasSuffix("Z") == true)
    }

    @Test(
        "A path without a version goes by the header",
        arguments: [
            ([], "v1"), (["Accept-Version: v2"], "v2"), (["X-API-Version: v2"], "v2"),
            (["Accept-Version: v1", "X-API-Version: v2"], "v1"),
        ])
    func negotiation(headers: [String], version: String) throws {
        let harness = try Self.harness()
        let response = try harness.request("GET", "/api/app/items/7", headers)
        #expect(response.status == 200 && response["x-api-version"] == version)
        #expect((response.text("data", "operation") == "read") == (version == "v2"))
    }

    @Test("A version in the path decides, and an unknown one in a header is 400 elsewhere")
    func unknownVersions() throws {
        let harness = try Self.harness()
        #expect(try harness.request("GET", "/api/v1/app/items/7", ["Accept-Version: v9"]).status == 200)
        for header in ["Accept-Version", "X-API-Version"] {
            let refused = try harness.request("GET", "/api/app/items/7", ["\(header): v3"])
            #expect(refused.summary == "400 unsupported_version" && refused.detail("header") == header)
            #expect(refused.detail("supported") == #"["v1","v2"]"#)
        }
        // Only four areas may leave the version out.
        #expect(try harness.request("GET", "/api/other/failing").status == 404)
    }

    @Test("The module learns the version from the host alone")
    func toldVersion() throws {
        let harness = try Self.harness()
        for (path, header) in [("/api/v1/app/items/7", "X-API-Version: v2"), ("/api/v2/app/items/7", "Accept: */*")] {
            let response = try harness.request("GET", path, [header])
            let names = response.seen("headers") ?? response.text("data", "headers") ?? ""
            #expect(names.split(separator: "|").filter { $0 == "x-api-version" }.count == 1)
        }
    }

    @Test("What is not wrapped stays as it is, and what has one form has no twin")
    func exceptions() throws {
        let harness = try Self.harness()
        let raw = try harness.request("GET", "/api/v2/public/raw")
        #expect(raw.seen("operation") == "open" && raw["x-api-version"] == "v2")
        #expect(try harness.request("GET", "/api/v1/public/one").status == 200)
        #expect(try harness.request("GET", "/api/v2/public/one").status == 404)
        #expect(try harness.request("GET", "/api/public/one").status == 404)
        let text = AnsweringModule(contentType: "text/plain", body: "plain")
        #expect(try Self.harness(text).request("GET", "/api/v2/app/items/7").body == "plain")
        let empty = AnsweringModule(status: 204, contentType: "", body: "")
        #expect(try Self.harness(empty).request("GET", "/api/v2/app/items/7").status == 204)
    }

    @Test("Failures keep their member at the top and gain meta, the host's as well as the module's")
    func failures() throws {
        let harness = try Self.harness()
        let failed = try harness.request("GET", "/api/v2/other/failing")
        #expect(failed.summary == "409 taken" && failed.text("meta", "version") == "v2" && failed.text("data") == nil)
        #expect(try harness.request("GET", "/api/v1/other/failing").text("meta") == nil)
        let method = try harness.request("PUT", "/api/v2/app/items/7")
        #expect(method.summary == "405 method_not_allowed" && method.text("meta", "version") == "v2")
        for (body, start) in [
            (#"{"error":{"code":"X"}} "#, #"{"error":{"code":"X"},"meta":{"#), ("{ }", #"{ "meta":{"#),
        ] {
            let own = try Self.harness(AnsweringModule(status: 404, body: body)).request("GET", "/api/v2/app/items/7")
            #expect(own.status == 404 && own.body.hasPrefix(start) && own.text("meta", "version") == "v2")
        }
    }

    @Test("A route that is declared literally takes the path from the twin, which a header still reaches")
    func literalRoutes() throws {
        let text = """
            {"openapi":"3.1.0","info":{"title":"L","version":"1"},"paths":{"/api/v2/app/items/{name}":{"get":
            {"operationId":"read","parameters":[{"name":"name","in":"path","required":true,"schema":{"type":"string"}}],
            "responses":{"200":{"description":"ok"}}}}}}
            """
        let manifest = try Manifest(
            yaml: """
                id: literal
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: l.so
                contract: c.yaml
                entry: concurrent
                routes:
                  - {operation: read, method: GET, path: "/api/v2/app/items/{name}", execution: inline, role: public}
                """, file: "module.yaml")
        let contract = try Contract(document: JSONDocument(Array(text.utf8)))
        let literal = EnabledModule(manifest: manifest, contract: contract, instance: FakeModule(tag: "literal"))
        let harness = try Self.harness(beside: literal)
        let taken = try harness.request("GET", "/api/v2/app/items/7")
        // Served as it is declared, without the envelope.
        #expect(taken.seen("tag") == "literal" && taken.text("data") == nil)
        let twin = try harness.request("GET", "/api/app/items/7", ["Accept-Version: v2"])
        #expect(twin.text("data", "tag") == "fake")
        #expect(try harness.request("GET", "/api/v1/app/items/7").seen("tag") == "fake")
    }

    @Test("Manifest and contract say the same of versions, or the routes are refused")
    func contradictions() throws {
        let error = #expect(throws: GatewayError.self) {
            try GatewayHarness(configure: { _ in }) { module in
                [TenantEntry(id: "default", modules: [try Self.enabled(module, versions: "")])]
            }
        }
        #expect(error?.message.contains("The contract says `x-versions`") == true)
    }

    @Test("The deprecation of the first version is told on its routes, and what has one form has nowhere to move")
    func deprecation() throws {
        let harness = try Self.harness(configure: { configuration in
            var deprecation = Deployment.Deprecation()
            deprecation.sunsetSeconds = 1_798_761_599
            deprecation.notice = "Move."
            configuration.browsers.deprecation = deprecation
        })
        let first = try harness.request("GET", "/api/v1/app/items/7")
        #expect(first["deprecation"] == "true" && first["sunset"] == "Thu, 31 Dec 2026 23:59:59 GMT")
        #expect(first["link"] == #"</api/v2/>; rel="successor-version""# && first["x-deprecation-notice"] == "Move.")
        #expect(try harness.request("GET", "/api/v2/app/items/7")["deprecation"] == nil)
        #expect(try harness.request("GET", "/api/v1/public/one")["deprecation"] == nil)
    }

    @Test("Both versions draw on one allowance; a route that is not counted reports an untouched one")
    func limits() throws {
        let harness = try Self.harness(configure: { $0.rates[.default] = RateLimit(count: 2, periodSeconds: 60) })
        #expect(try harness.request("GET", "/api/v1/app/items/7")["x-ratelimit-remaining"] == "1")
        #expect(try harness.request("GET", "/api/v2/app/items/7")["x-ratelimit-remaining"] == "0")
        let refused = try harness.request("GET", "/api/app/items/7", ["Accept-Version: v2"])
        #expect(refused.summary == "429 rate_limited" && refused.text("meta", "version") == "v2")
        #expect(try harness.request("GET", "/api/v1/public/raw")["x-ratelimit-remaining"] == "2")
    }

    @Test("Answers of the second version are held against the schemas that replace the first one's")
    func checkedAnswers() throws {
        let short = AnsweringModule(body: #"{"tag":"t"}"#)
        let harness = try Self.harness(short, configure: { $0.browsers.checksAnswers = true })
        #expect(try harness.request("GET", "/api/v1/app/items/7").status == 200)
        let refused = try harness.request("GET", "/api/v2/app/items/7")
        #expect(refused.summary == "500 response_violates_contract" && refused.body.contains("extra"))
        let whole = AnsweringModule(body: #"{"tag":"t","extra":2}"#)
        let other = try Self.harness(whole, configure: { $0.browsers.checksAnswers = true })
        #expect(try other.request("GET", "/api/v2/app/items/7").text("data", "extra") == "2")
    }

    @Test("A compressed answer has the envelope inside, and an entity tag outlives the time in it")
    func representations() throws {
        let long = AnsweringModule(body: #"{"tag":""# + String(repeating: "t", count: 4096) + #""}"#)
        let harness = try Self.harness(
            long,
            configure: {
                $0.browsers.compresses = true; $0.browsers.tagsAnswers = true
            })
        let plain = try harness.request("GET", "/api/v2/app/items/7")
        #expect(plain.text("data", "tag")?.count == 4096)
        let coded = try harness.request("GET", "/api/v2/app/items/7", ["Accept-Encoding: gzip"])
        #expect(coded["content-encoding"] == "gzip" && coded["etag"] == plain["etag"])
        harness.clock.advance(seconds: 5)
        let tag = try #require(plain["etag"])
        #expect(try harness.request("GET", "/api/v2/app/items/7", ["If-None-Match: \(tag)"]).status == 304)
    }

    @Test("The tenant's document shows both versions, with what each of them sends")
    func document() throws {
        let served: Set = ["GET /api/v1/app/items/{id}", "GET /api/v1/public/raw"]
        let source = DocumentSource(try Self.enabled(nil), twins: served)
        let document = try JSONDocument(DocumentMerger.merge([source])).withRoot { JSONTree($0) }
        let second = try #require(document["paths"]?["/api/v2/app/items/{id}"]?["get"])
        #expect(second["operationId"]?.text == "portal_read_v2")
        let content = second["responses"]?["200"]?["content"]?["application/json"]
        #expect(
            content?["schema"]?["properties"]?["data"]?["$ref"]?.text == "#/components/schemas/portal_Page_v2")
        #expect(content?["example"]?["data"]?["extra"] == .int(1))
        let schemas = document["components"]?["schemas"]
        let part = schemas?["portal_Page_v2"]?["allOf"]?.elements.first
        #expect(part?["$ref"]?.text == "#/components/schemas/portal_ItemV2")
        #expect(
            schemas?["portal_Page"]?["allOf"]?.elements.first?["$ref"]?.text == "#/components/schemas/portal_Item")
        #expect(document["paths"]?["/api/v2/public/one"] == nil && document["paths"]?["/api/v1/public/one"] != nil)
    }
}
