/// The host's own part of the document at `/openapi.json`: those routes of the platform's contract that it serves. What
/// is the same for all operations, failures and shared headers, is added when documents are merged.
enum PlatformDocument {
    static let id = "platform"

    static let text = #"""
        {
          "openapi": "3.1.0",
          "info": {"title": "Platform host", "version": "1.0.0"},
          "tags": [
            {"name": "Health", "description": "Probes for balancers and people."},
            {"name": "Events", "description": "What happens in an organisation, as it happens."},
            {"name": "Operations", "description": "Metrics and the description of the interface."}
          ],
          "paths": {
            "/api/v1/public/health": {
              "get": {
                "tags": ["Health"],
                "summary": "Is the process answering",
                "operationId": "getHealth",
                "description": "Touches no dependency.",
                "security": [],
                "parameters": [{"$ref": "#/components/parameters/XRequestID"}],
                "responses": {
                  "200": {
                    "description": "Alive.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}
                  }
                }
              }
            },
            "/api/v2/public/health": {
              "get": {
                "tags": ["Health"],
                "summary": "Is the process answering",
                "operationId": "getHealth_v2",
                "description": "Touches no dependency.",
                "security": [],
                "parameters": [{"$ref": "#/components/parameters/XRequestID"}],
                "responses": {
                  "200": {
                    "description": "Alive.",
                    "content": {
                      "application/json": {
                        "schema": {
                          "type": "object",
                          "required": ["data", "meta"],
                          "properties": {
                            "data": {"$ref": "#/components/schemas/HealthV2"},
                            "meta": {"$ref": "#/components/schemas/V2Meta"}
                          }
                        }
                      }
                    }
                  }
                }
              }
            },
            "/api/v1/public/health/ready": {
              "get": {
                "tags": ["Health"],
                "summary": "Can the deployment take traffic",
                "operationId": "getReadiness",
                "description": "Asks database and cache; 503 when one fails, and from the start of a drain on.",
                "security": [],
                "parameters": [{"$ref": "#/components/parameters/XRequestID"}],
                "responses": {
                  "200": {
                    "description": "All components respond.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}
                  },
                  "503": {
                    "description": "A component fails.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}
                  }
                }
              }
            },
            "/api/v2/public/health/ready": {
              "get": {
                "tags": ["Health"],
                "summary": "Can the deployment take traffic",
                "operationId": "getReadiness_v2",
                "description": "Asks database and cache; 503 when one fails, and from the start of a drain on.",
                "security": [],
                "parameters": [{"$ref": "#/components/parameters/XRequestID"}],
                "responses": {
                  "200": {
                    "description": "All components respond.",
                    "content": {
                      "application/json": {
                        "schema": {
                          "type": "object",
                          "required": ["data", "meta"],
                          "properties": {
                            "data": {"$ref": "#/components/schemas/ReadinessV2"},
                            "meta": {"$ref": "#/components/schemas/V2Meta"}
                          }
                        }
                      }
                    }
                  },
                  "503": {
                    "description": "A component fails.",
                    "content": {
                      "application/json": {
                        "schema": {
                          "type": "object",
                          "required": ["data", "meta"],
                          "properties": {
                            "data": {"$ref": "#/components/schemas/ReadinessV2"},
                            "meta": {"$ref": "#/components/schemas/V2Meta"}
                          }
                        }
                      }
                    }
                  }
                }
              }
            },
            "/api/v1/{org_id}/events/stream": {
              "get": {
                "tags": ["Events"],
                "summary": "Live events of one organisation",
                "operationId": "streamOrgEvents",
                "description": "Server-Sent Events for everyone who belongs to it. There is no replay.",
                "parameters": [
                  {
                    "name": "org_id",
                    "in": "path",
                    "required": true,
                    "description": "Organisation whose events are followed.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9_-]+$"}
                  },
                  {
                    "name": "practice_id",
                    "in": "query",
                    "required": false,
                    "description": "Passes only the events of one practice.",
                    "schema": {"type": "string", "maxLength": 128, "default": ""}
                  },
                  {"$ref": "#/components/parameters/XRequestID"}
                ],
                "responses": {
                  "200": {
                    "description": "Frames of `id`, `event` and one `data` line with a StreamEvent.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}}
                  }
                }
              }
            },
            "/api/health": {
              "get": {
                "tags": ["Health"],
                "summary": "Deep check for target groups and rollouts",
                "operationId": "getDeploymentHealth",
                "description": "Database, broker, file storage and migrations, two seconds for each. One form only.",
                "security": [],
                "responses": {
                  "200": {
                    "description": "Every check passed.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeploymentHealth"}}}
                  },
                  "503": {
                    "description": "A check failed.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeploymentHealth"}}}
                  }
                }
              }
            },
            "/api/ping": {
              "get": {
                "tags": ["Health"],
                "summary": "Cheapest possible liveness probe",
                "operationId": "ping",
                "description": "Answers whenever the process runs.",
                "security": [],
                "responses": {
                  "200": {
                    "description": "The process runs.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pong"}}}
                  }
                }
              }
            },
            "/api/v1/public/metrics": {
              "get": {
                "tags": ["Operations"],
                "summary": "Prometheus exposition",
                "operationId": "getMetrics",
                "description": "Prometheus text format; the same in both versions.",
                "security": [],
                "responses": {
                  "200": {
                    "description": "Current values.",
                    "content": {"text/plain": {"schema": {"type": "string"}}}
                  }
                }
              }
            },
            "/api/v2/public/metrics": {
              "get": {
                "tags": ["Operations"],
                "summary": "Prometheus exposition",
                "operationId": "getMetrics_v2",
                "description": "Prometheus text format; the same in both versions.",
                "security": [],
                "responses": {
                  "200": {
                    "description": "Current values.",
                    "content": {"text/plain": {"schema": {"type": "string"}}}
                  }
                }
              }
            },
            "/openapi.json": {
              "get": {
                "tags": ["Operations"],
                "summary": "Interface description for one tenant",
                "operationId": "getOpenApiDocument",
                "description": "This document: the host's routes and those of the modules that the tenant has enabled.",
                "security": [],
                "responses": {
                  "200": {
                    "description": "The document.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OpenApiDocument"}}}
                  },
                  "304": {"description": "The client has it already."}
                }
              }
            },
            "/docs": {
              "get": {
                "tags": ["Operations"],
                "summary": "Interactive explorer",
                "operationId": "getSwaggerPage",
                "description": "Presents this document and lets a person try calls.",
                "security": [],
                "responses": {
                  "200": {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}},
                  "304": {"description": "The client has it already."}
                }
              }
            },
            "/redoc": {
              "get": {
                "tags": ["Operations"],
                "summary": "Reading view of the interface",
                "operationId": "getRedocPage",
                "description": "Renders this document for reading.",
                "security": [],
                "responses": {
                  "200": {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}},
                  "304": {"description": "The client has it already."}
                }
              }
            }
          },
          "components": {
            "schemas": {
              "Health": {
                "type": "object",
                "required": ["status", "timestamp"],
                "properties": {
                  "status": {"type": "string", "const": "healthy"},
                  "timestamp": {"type": "string", "format": "date-time"}
                }
              },
              "HealthV2": {
                "allOf": [
                  {"$ref": "#/components/schemas/Health"},
                  {
                    "type": "object",
                    "required": ["uptime_seconds"],
                    "properties": {"uptime_seconds": {"type": "integer", "minimum": 0}}
                  }
                ]
              },
              "ComponentStatus": {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {"type": "string", "enum": ["healthy", "unhealthy"]}}
              },
              "Readiness": {
                "type": "object",
                "required": ["status", "timestamp", "components"],
                "properties": {
                  "status": {"type": "string", "enum": ["healthy", "unhealthy"]},
                  "timestamp": {"type": "string", "format": "date-time"},
                  "components": {
                    "type": "object",
                    "required": ["database", "cache"],
                    "properties": {
                      "database": {"$ref": "#/components/schemas/ComponentStatus"},
                      "cache": {"$ref": "#/components/schemas/ComponentStatus"}
                    }
                  }
                }
              },
              "ReadinessV2": {
                "allOf": [
                  {"$ref": "#/components/schemas/Readiness"},
                  {
                    "type": "object",
                    "required": ["uptime_seconds"],
                    "properties": {"uptime_seconds": {"type": "integer", "minimum": 0}}
                  }
                ]
              },
              "Check": {
                "type": "object",
                "required": ["status", "latency_ms", "backend", "detail"],
                "properties": {
                  "status": {"type": "string", "enum": ["healthy", "unhealthy"]},
                  "latency_ms": {"type": ["number", "null"], "minimum": 0},
                  "backend": {"type": "string"},
                  "detail": {"type": ["string", "null"], "maxLength": 200}
                }
              },
              "SchemaCheck": {
                "type": "object",
                "required": ["status", "expected", "current", "pending", "detail"],
                "properties": {
                  "status": {"type": "string", "enum": ["healthy", "unhealthy"]},
                  "expected": {"type": "string"},
                  "current": {"type": "string"},
                  "pending": {"type": "array", "items": {"type": "string"}},
                  "detail": {"type": ["string", "null"]}
                }
              },
              "DeploymentHealth": {
                "type": "object",
                "required": ["status", "timestamp", "checks"],
                "properties": {
                  "status": {"type": "string", "enum": ["healthy", "unhealthy"]},
                  "timestamp": {"type": "string", "format": "date-time"},
                  "checks": {
                    "type": "object",
                    "required": ["database", "redis", "storage", "schema_version"],
                    "properties": {
                      "database": {"$ref": "#/components/schemas/Check"},
                      "redis": {"$ref": "#/components/schemas/Check"},
                      "storage": {"$ref": "#/components/schemas/Check"},
                      "schema_version": {"$ref": "#/components/schemas/SchemaCheck"}
                    }
                  }
                }
              },
              "StreamEvent": {
                "type": "object",
                "required": ["id", "type", "org_id", "practice_id", "occurred_at", "data"],
                "properties": {
                  "id": {"type": "string", "minLength": 1, "maxLength": 64},
                  "type": {"type": "string", "maxLength": 100},
                  "org_id": {"type": "string"},
                  "practice_id": {"type": ["string", "null"]},
                  "occurred_at": {"type": "string", "format": "date-time"},
                  "data": {"type": "object"}
                }
              },
              "Pong": {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {"type": "string", "const": "ok"}}
              },
              "OpenApiDocument": {
                "type": "object",
                "required": ["openapi", "info", "paths"],
                "properties": {
                  "openapi": {"type": "string", "pattern": "^3\\.1\\."},
                  "info": {"type": "object"},
                  "paths": {"type": "object"}
                }
              },
              "V2Meta": {
                "type": "object",
                "required": ["request_id", "timestamp", "version"],
                "properties": {
                  "request_id": {"type": "string"},
                  "timestamp": {"type": "string", "format": "date-time"},
                  "version": {"type": "string", "const": "v2"}
                }
              }
            },
            "parameters": {
              "XRequestID": {
                "name": "X-Request-ID",
                "in": "header",
                "required": false,
                "description": "Caller's own identifier for the exchange; an unfit one is replaced.",
                "schema": {"type": "string"}
              }
            },
            "headers": {
              "X-Request-ID": {
                "description": "Identifier of this exchange: the caller's own, or a fresh one.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 128}
              },
              "X-API-Version": {
                "description": "The version that answered.",
                "schema": {"type": "string", "enum": ["v1", "v2"]}
              },
              "X-API-Latest-Version": {
                "description": "The newest version that is served.",
                "schema": {"type": "string", "const": "v2"}
              },
              "X-RateLimit-Limit": {
                "description": "Requests allowed in the class or window that applies.",
                "schema": {"type": "integer", "minimum": 1}
              },
              "X-RateLimit-Remaining": {
                "description": "Requests left after this one.",
                "schema": {"type": "integer", "minimum": 0}
              },
              "X-RateLimit-Reset": {
                "description": "Second since 1970 at which the allowance is whole again.",
                "schema": {"type": "integer", "minimum": 0}
              },
              "Retry-After": {
                "description": "Whole seconds to wait before trying again.",
                "schema": {"type": "integer", "minimum": 1}
              },
              "WWW-Authenticate": {
                "description": "The challenge, with an `error` where a credential was sent and refused.",
                "schema": {"type": "string"}
              },
              "Allow": {"description": "Methods that the path does take.", "schema": {"type": "string"}},
              "Accept-Encoding": {"description": "Content codings that are taken.", "schema": {"type": "string"}}
            }
          }
        }
        """#
}
