/// The manifest of the fake module.
let manifestText = """
    id: fake
    version: 1.0.0
    interface: {minimum: 1, maximum: 1}
    library: libfake.so
    contract: openapi.yaml
    entry: concurrent
    limits:
      default: 5/minute
      shared: {rate: 3/minute, by: tenant}
    errors:
      roles: {user: member, superadmin: super_admin}
    validation:
      codes: {required: missing, additionalProperties: unknown_field, format: bad_format,
          "format:date-time": invalid_timestamp}
      unknown-members: refuse
      depth: 4
    routes:
      - {operation: read, method: GET, path: "/v1/items/{id}", execution: inline, role: user, limit: default}
      - {operation: create, method: POST, path: /v1/items, execution: inline, role: user, check: true, body: 200}
      - {operation: admin, method: DELETE, path: "/v1/items/{id}", execution: blocking, role: admin, keys: false}
      - {operation: person, method: GET, path: /v1/me, execution: blocking, role: user, keys: false}
      - {operation: open, method: GET, path: /v1/open, execution: inline, role: public, limit: default}
      - {operation: wait, method: GET, path: /v1/wait, execution: blocking, role: user}
      - {operation: hang, method: GET, path: /v1/hang, execution: blocking, role: user}
      - {operation: broken, method: GET, path: /v1/broken, execution: inline, role: user}
      - {operation: failing, method: GET, path: /v1/failing, execution: inline, role: user}
      - {operation: refusing, method: GET, path: /v1/refusing, execution: inline, role: user, limit: shared}
      - {operation: org, method: GET, path: "/v1/orgs/{org_id}/items/{item}", execution: inline, role: public}
    """

/// Its contract.
let contractText = """
    {"openapi":"3.1.0","info":{"title":"Fake","version":"1"},"paths":{
    "/v1/items/{id}":{
      "get":{"operationId":"read","parameters":[
        {"name":"id","in":"path","required":true,"schema":{"type":"string","maxLength":20}},
        {"name":"page","in":"query","schema":{"type":"integer","minimum":0}}],"responses":{"200":{"description":"ok"}}},
      "delete":{"operationId":"admin","parameters":[
        {"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
        "responses":{"200":{"description":"ok"}}}},
    "/v1/items":{"post":{"operationId":"create","requestBody":{"required":true,"content":{"application/json":{"schema":{
        "type":"object","required":["id"],"additionalProperties":false,"properties":{
          "id":{"type":"string","maxLength":20},"at":{"type":"string","format":"date-time"},
          "unit":{"type":"string"},"mail":{"type":"string","format":"email"},"size":{"type":"integer","minimum":1},
          "deep":{}}}}}},
        "responses":{"200":{"description":"ok"}}}},
    "/v1/me":{"get":{"operationId":"person","responses":{"200":{"description":"ok"}}}},
    "/v1/open":{"get":{"operationId":"open","responses":{"200":{"description":"ok"}}}},
    "/v1/wait":{"get":{"operationId":"wait","responses":{"200":{"description":"ok"}}}},
    "/v1/hang":{"get":{"operationId":"hang","responses":{"200":{"description":"ok"}}}},
    "/v1/broken":{"get":{"operationId":"broken","responses":{"200":{"description":"ok"}}}},
    "/v1/failing":{"get":{"operationId":"failing","responses":{"200":{"description":"ok"}}}},
    "/v1/refusing":{"get":{"operationId":"refusing","responses":{"200":{"description":"ok"}}}},
    "/v1/orgs/{org_id}/items/{item}":{"get":{"operationId":"org","parameters":[
        {"name":"org_id","in":"path","required":true,"schema":{"type":"string"}},
        {"name":"item","in":"path","required":true,"schema":{"type":"string"}}],
        "responses":{"200":{"description":"ok"}}}}
    }}
    """
