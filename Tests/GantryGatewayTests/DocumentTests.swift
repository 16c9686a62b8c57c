import GantryContract
import GantryCore
import GantryJSON
import RawHTTP
import Testing

@testable import GantryGateway

@Suite("Merged documents")
struct DocumentTests {
    private static let contract = """
        {"openapi":"3.1.0","info":{"title":"Pets","version":"1","description":"All about pets."},
        "security":[{"key":[]}],"tags":[{"name":"pets","description":"Animals"},{"name":"unused"}],
        "servers":[{"url":"https://elsewhere.example"}],
        "paths":{"/v1/pets/{id}":{"parameters":[{"$ref":"#/components/parameters/id"}],
          "get":{"operationId":"getPet","tags":["pets"],"x-schema":"#/components/schemas/Pet","x-note":"#/components",
            "parameters":[{"name":"page","in":"query","schema":{"$ref":"#/components/schemas/Pet/properties/size"}}],
            "responses":{"200":{"description":"ok","headers":{"x-request-id":{"schema":{"type":"string"}}},
              "content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"},
              "example":{"$ref":"#/components/schemas/Pet"}}},
              "links":{"next":{"operationId":"putPet"},
                "also":{"operationRef":"#/paths/~1v1~1pets~1{id}/put"}}},
              "404":{"description":"own"},"409":{"$ref":"#/components/responses/Clash"}}},
          "put":{"operationId":"putPet","security":[],
            "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
            "requestBody":{"content":{"application/json":{"schema":{"oneOf":[{"$ref":"#/components/schemas/Cat"},
              {"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind",
              "mapping":{"hound":"Dog"}}}}}},
            "callbacks":{"done":{"{$request.query.url}":{"post":{"operationId":"petDone",
              "responses":{"200":{"description":"ok"}}}}}},
            "responses":{"200":{"description":"ok"}}},
          "delete":{"operationId":"dropPet","responses":{"200":{"description":"ok"}}}}},
        "webhooks":{"born":{"post":{"operationId":"petBorn","requestBody":{"content":{"application/json":
          {"schema":{"$ref":"#/components/schemas/Pet"}}}},"responses":{"200":{"description":"ok"}}}}},
        "components":{"securitySchemes":{"key":{"type":"http","scheme":"bearer"}},
          "parameters":{"id":{"name":"id","in":"path","required":true,"schema":{"type":"string"}}},
          "responses":{"Clash":{"description":"clash"},"Host401":{"description":"taken"}},
          "schemas":{"Cat":{"allOf":[{"$ref":"#/components/schemas/Pet"}]},
            "Dog":{"allOf":[{"$ref":"#/components/schemas/Pet"}]},
            "Pet":{"type":"object","required":["$ref"],"properties":{"$ref":{"type":"string"},
              "size":{"type":"integer","default":1}},"discriminator":{"propertyName":"kind"},
              "example":{"$ref":"#/nothing"}}}}}
        """

    private static func source(_ id: String, mount: String = "") throws -> DocumentSource {
        var manifest = try Manifest(
            yaml: """
                id: \(id)
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: l.so
                contract: c.yaml
                errors: {body: '{"status":$status,"problem":$reason,"about":"it"}'}
                routes:
                  - {operation: getPet, method: GET, path: "/v1/pets/{id}", execution: blocking, role: user}
                  - {operation: putPet, method: PUT, path: "/v1/pets/{id}", execution: blocking, role: public}
                """, file: "module.yaml")
        manifest.id = id
        return DocumentSource(
            EnabledModule(manifest: manifest, contract: try Contract(document: JSONDocument(contract)), mount: mount))
    }

    private static func merged(_ sources: [DocumentSource]) throws -> JSONTree {
        try JSONDocument(DocumentMerger.merge(sources)).withRoot { JSONTree($0) }
    }

    @Test("Names are prefixed with the module's id, and what refers to them follows")
    func names() throws {
        let document = try Self.merged([Self.source("zoo", mount: "/animals")])
        let item = try #require(document["paths"]?["/animals/v1/pets/{id}"])
        let get = try #require(item["get"])
        #expect(get["operationId"] == .string("zoo_getPet"))
        #expect(get["security"]?.elements.first?.members.map(\.name) == ["zoo_key"])
        #expect(get["x-schema"] == .string("#/components/schemas/zoo_Pet"))
        #expect(get["x-note"] == .string("#/components"))
        let parameters = try #require(get["parameters"]?.elements)
        #expect(parameters.map { $0["$ref"] } == [.string("#/components/parameters/zoo_id"), nil])
        #expect(parameters[1]["schema"]?["$ref"] == .string("#/components/schemas/zoo_Pet/properties/size"))
        let ok = try #require(get["responses"]?["200"])
        let content = ok["content"]?["application/json"]
        #expect(content?["schema"]?["$ref"] == .string("#/components/schemas/zoo_Pet"))
        #expect(content?["example"]?["$ref"] == .string("#/components/schemas/Pet"))
        #expect(ok["links"]?["next"]?["operationId"] == .string("zoo_putPet"))
        #expect(ok["links"]?["also"]?["operationRef"] == .string("#/paths/~1animals~1v1~1pets~1{id}/put"))
        let pet = try #require(document["components"]?["schemas"]?["zoo_Pet"])
        #expect(pet["properties"]?["$ref"] == .members(["type": .string("string")]))
        #expect(pet["required"] == .array([.string("$ref")]))
        #expect(pet["example"] == .members(["$ref": .string("#/nothing")]))
        #expect(document["webhooks"]?["zoo_born"]?["post"]?["operationId"] == .string("zoo_petBorn"))
    }

    @Test("Discriminators that went by names of schemas are written out")
    func discriminators() throws {
        let document = try Self.merged([Self.source("zoo")])
        let put = try #require(document["paths"]?["/v1/pets/{id}"]?["put"])
        let schema = put["requestBody"]?["content"]?["application/json"]?["schema"]
        #expect(
            schema?["discriminator"]?["mapping"]
                == .members([
                    "hound": .string("#/components/schemas/zoo_Dog"), "Cat": .string("#/components/schemas/zoo_Cat"),
                ]))
        #expect(
            document["components"]?["schemas"]?["zoo_Pet"]?["discriminator"]?["mapping"]
                == .members([
                    "Cat": .string("#/components/schemas/zoo_Cat"), "Dog": .string("#/components/schemas/zoo_Dog"),
                ]))
        let callback = put["callbacks"]?["done"]?["{$request.query.url}"]?["post"]
        #expect(callback?["operationId"] == .string("zoo_petDone"))
    }

    @Test("Only what is served is told, each parameter once, and credentials as the module says")
    func served() throws {
        let document = try Self.merged([Self.source("zoo")])
        let item = try #require(document["paths"]?["/v1/pets/{id}"])
        #expect(item.members.map(\.name) == ["get", "put"])
        #expect(item["put"]?["parameters"]?.elements.count == 1)
        #expect(item["put"]?["security"] == .array([]))
        #expect(item["put"]?["tags"] == .array([.string("Pets")]))
        #expect(document["servers"] == .array([.members(["url": .string("/")])]))
        let tags = document["tags"]?.elements.map { $0["name"]?.text }
        #expect(tags == ["Health", "Events", "Operations", "pets", "Pets"])
        #expect(document["info"]?["description"]?.text?.contains("All about pets.") == true)
        #expect(document["paths"]?["/api/v2/public/health"]?["get"]?["operationId"] == .string("platform_getHealth_v2"))
    }

    @Test("The host's own failures and headers are told in the module's error shape")
    func failures() throws {
        let document = try Self.merged([Self.source("zoo")])
        let responses = try #require(document["paths"]?["/v1/pets/{id}"]?["get"]?["responses"])
        #expect(
            Set(responses.members.map(\.name)) == [
                "200", "400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "500", "503",
            ])
        #expect(responses["404"]?["description"] == .string("own"))
        #expect(responses["401"]?["$ref"] == .string("#/components/responses/zoo_Host401_"))
        let components = try #require(document["components"])
        #expect(components["responses"]?["zoo_Host401"]?["description"] == .string("taken"))
        let refused = try #require(components["responses"]?["zoo_Host429"])
        #expect(refused["headers"]?["Retry-After"] != nil)
        #expect(
            refused["content"]?["application/json"]?["example"]
                == .members([
                    "status": .int(429), "problem": .string("rate_limited"), "about": .string("it"),
                ]))
        let schema = try #require(components["schemas"]?["zoo_HostError"])
        #expect(schema["properties"]?["status"]?["type"] == .string("integer"))
        #expect(schema["properties"]?["about"]?["const"] == .string("it"))
        let headers = try #require(responses["200"]?["headers"])
        #expect(headers.members.count { $0.name.lowercased() == "x-request-id" } == 1)
        #expect(headers["X-RateLimit-Limit"]?["$ref"] == .string("#/components/headers/platform_X-RateLimit-Limit"))
        #expect(components["responses"]?["zoo_Clash"]?["headers"]?["X-API-Version"] != nil)
    }

    @Test("Two modules with the same names stand beside each other")
    func clashes() throws {
        let document = try Self.merged([Self.source("zoo"), Self.source("aviary", mount: "/aviary")])
        let schemas = document["components"]?["schemas"]
        #expect(schemas?["zoo_Pet"] != nil && schemas?["aviary_Pet"] != nil && schemas?["Pet"] == nil)
        #expect(document["paths"]?["/aviary/v1/pets/{id}"]?["get"]?["tags"] == .array([.string("pets (aviary)")]))
        #expect(document["paths"]?["/v1/pets/{id}"]?["get"]?["tags"] == .array([.string("pets (zoo)")]))
    }
}

@Suite("Routes of the documents")
struct DocumentRouteTests {
    @Test("Each tenant's document has its own modules, and equal ones share it")
    func tenants() throws {
        let harness = try GatewayHarness()
        let own = try harness.request("GET", "http://a.example/openapi.json")
        #expect(own.status == 200)
        #expect(own["content-type"] == "application/json")
        #expect(own.text("paths", "/v1/open", "get", "operationId") == "fake_open")
        #expect(try harness.request("GET", "/openapi.json")["etag"] == own["etag"])
        let empty = try harness.request("GET", "http://empty.example/openapi.json")
        #expect(empty.text("paths", "/api/ping", "get", "operationId") == "platform_ping")
        #expect(!empty.body.contains("fake"))
        #expect(try harness.request("GET", "http://gone.example/openapi.json").summary == "403 tenant_inactive")
        #expect(try harness.request("GET", "/openapi.json", ["X-Tenant-Id: nobody"]).detail("resource") == "Tenant")
        #expect(
            try harness.request("GET", "/openapi.json", ["X-Tenant-Id: empty", try harness.key()]).summary
                == "403 tenant_mismatch")
        #expect(try harness.request("GET", "/openapi.json", [try harness.key()])["etag"] == own["etag"])
        #expect(try harness.request("GET", "/openapi.json", ["Authorization: Bearer x"]).status == 401)
        #expect(try harness.request("POST", "/openapi.json").status == 405)
    }

    @Test("It is kept, compressed and conditional")
    func representation() throws {
        let harness = try GatewayHarness()
        let first = try harness.request("GET", "/openapi.json")
        let tag = try #require(first["etag"])
        let small = try harness.request("GET", "/openapi.json", ["Accept-Encoding: gzip"])
        #expect(small["content-encoding"] == "gzip")
        #expect(small["etag"] == tag)
        #expect(small.headers.filter { $0.name == "vary" }.map(\.value).contains("Accept-Encoding"))
        #expect(try harness.request("GET", "/openapi.json", ["If-None-Match: \(tag)"]).status == 304)
        #expect(try harness.request("HEAD", "/openapi.json")["content-length"] == first["content-length"])
        #expect(first["x-ratelimit-remaining"] == "60")
    }

    @Test("A host without the pages' files says so, and a module cannot take their place")
    func pages() throws {
        let harness = try GatewayHarness(configure: { $0.browsers.pagesFolder = "/nonexistent" })
        for path in ["/docs", "/redoc", "/docs/assets/x/y.js"] {
            #expect(try harness.request("GET", path).summary == "503 pages_missing")
        }
        #expect(throws: GatewayError.self) {
            try GatewayHarness(tenants: { module in
                [
                    TenantEntry(
                        id: "default", modules: [try GatewayHarness.enabled(module, mount: "/docs/assets")])
                ]
            })
        }
    }
}
