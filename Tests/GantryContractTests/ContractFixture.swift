import GantryContract
import GantryJSON

/// Findings in a form that is easy to compare: `path keyword`.
func summary(_ findings: [Finding]) -> [String] {
    findings.map { "\($0.path) \($0.keyword.name)" }
}

/// A schema from its text.
func schema(_ text: String, policy: CheckPolicy = CheckPolicy()) throws -> Schema {
    try Schema(document: try JSONDocument(text), policy: policy)
}

extension Schema {
    /// The findings on a document given as text.
    func findings(_ text: String) throws -> [Finding] {
        try JSONDocument(text).withRoot { root in findings(in: root) }
    }
}

/// A small contract in the manner of the real ones.
enum ContractFixture {
    static let text = #"""
        {
          "openapi": "3.1.0",
          "info": {"title": "t", "version": "1"},
          "security": [{"userToken": []}, {"apiKey": []}],
          "paths": {
            "/v1/sessions": {
              "parameters": [{"$ref": "#/components/parameters/Page"}],
              "get": {
                "operationId": "listSessions",
                "x-role": "member",
                "parameters": [
                  {"name": "pageSize", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                  {"name": "isAnomaly", "in": "query", "schema": {"type": "boolean"}},
                  {"name": "minScore", "in": "query", "schema": {"type": "number", "minimum": 0, "maximum": 1}},
                  {"name": "from", "in": "query", "required": true,
                    "schema": {"type": "string", "format": "date-time"}},
                  {"name": "status", "in": "query", "schema": {"type": "array", "uniqueItems": true,
                    "items": {"type": "string", "enum": ["open", "closed"]}}},
                  {"name": "ids", "in": "query", "explode": false,
                    "schema": {"type": "array", "maxItems": 3, "items": {"type": "integer"}}},
                  {"name": "search", "in": "query", "schema": {"type": "string", "minLength": 2}},
                  {"name": "X-Trace", "in": "header", "schema": {"type": "string", "pattern": "^[0-9a-f]+$"}},
                  {"name": "Idempotency-Key", "in": "header", "required": true, "schema": {"type": "string"}},
                  {"name": "Authorization", "in": "header", "required": true, "schema": {"type": "string"}}
                ],
                "responses": {"200": {"$ref": "#/components/responses/Page"}, "4XX": {"description": "no"}}
              },
              "post": {
                "operationId": "createSession",
                "security": [],
                "requestBody": {"required": true, "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/SessionCreate"}}}},
                "responses": {}
              }
            },
            "/v1/sessions/{session_id}/readings/{n}": {
              "get": {
                "operationId": "getReading",
                "parameters": [
                  {"name": "n", "in": "path", "required": true, "schema": {"type": "integer"}},
                  {"name": "session_id", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 4}},
                  {"name": "page", "in": "query", "schema": {"type": "string"}}
                ],
                "responses": {}
              }
            }
          },
          "components": {
            "parameters": {"Page": {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 0}}},
            "responses": {"Page": {"description": "ok", "content": {"application/json": {"schema": {
              "type": "object", "required": ["content"], "properties": {"content": {"type": "array"}}}}}}},
            "schemas": {
              "Measurand": {"type": "string", "enum": ["Power", "Energy"]},
              "Reading": {
                "type": "object", "additionalProperties": false, "required": ["timestamp", "value"],
                "properties": {
                  "timestamp": {"type": "string", "format": "date-time"},
                  "value": {"type": "number", "minimum": -10, "maximum": 10},
                  "measurand": {"anyOf": [{"$ref": "#/components/schemas/Measurand"}, {"type": "null"}]}
                }
              },
              "SessionCreate": {
                "type": "object", "additionalProperties": false, "required": ["id", "name"],
                "properties": {
                  "id": {"type": "string", "pattern": "^[A-Z]+$"},
                  "name": {"type": "string", "minLength": 1, "maxLength": 5},
                  "readings": {"type": ["array", "null"], "maxItems": 3,
                    "items": {"$ref": "#/components/schemas/Reading"}},
                  "metadata": {"type": "object", "maxProperties": 2, "propertyNames": {"maxLength": 4},
                    "additionalProperties": true}
                }
              }
            }
          }
        }
        """#

    static func contract(policy: CheckPolicy = CheckPolicy()) throws -> Contract {
        try Contract(document: try JSONDocument(text), policy: policy)
    }

    /// Findings of a body on `createSession`.
    static func create(_ body: String, policy: CheckPolicy = CheckPolicy()) throws -> [Finding] {
        let contract = try contract(policy: policy)
        return try JSONDocument(body).withRoot { root in
            contract.operation(id: "createSession")?.check(body: root) ?? []
        }
    }

    /// Findings of a query on `listSessions`, in which `from` is given.
    static func list(_ query: String, policy: CheckPolicy = CheckPolicy()) throws -> [Finding] {
        let contract = try contract(policy: policy)
        let headers = ["Idempotency-Key": "k"]
        return contract.operation(id: "listSessions")?.check(
            query: "from=2026-06-14T05:03:00Z&" + query, headers: { headers[$0] }) ?? []
    }
}
