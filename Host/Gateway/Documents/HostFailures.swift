import GantryCore
import GantryJSON

/// The answers that the host gives in a module's stead, as its document tells them: in the module's own error shape.
struct HostFailures {
    private let module: String
    private let shape: ErrorShape
    private let template: ErrorTemplate
    private let takenResponses: Set<String>
    private let takenSchemas: Set<String>

    /// - Parameter components: The module's own, whose names are taken.
    init(module: String, shape: ErrorShape, components: JSONTree?) {
        self.module = module
        self.shape = shape
        // The shape was found good when the module's routes were made.
        template = (try? ErrorTemplate(shape, module: module)) ?? .platform
        takenResponses = Set(components?["responses"]?.members.map(\.name) ?? [])
        takenSchemas = Set(components?["schemas"]?.members.map(\.name) ?? [])
    }

    /// Statuses that any operation may meet.
    static let statuses = [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503]
    /// The same for routes of the host, which take no body and are not counted.
    static let statusesOfHost = [400, 401, 403, 404, 405, 500, 503]

    private static func free(_ name: String, _ taken: Set<String>) -> String {
        var name = name
        while taken.contains(name) { name += "_" }
        return name
    }

    private var schemaName: String { "\(module)_\(Self.free("HostError", takenSchemas))" }

    private func name(_ status: Int) -> String { "\(module)_\(Self.free("Host\(status)", takenResponses))" }

    func reference(_ status: Int) -> JSONTree { .reference("#/components/responses/\(name(status))") }

    var schema: JSONTree.Member { JSONTree.Member(name: schemaName, value: shape.schema) }

    /// The responses for `components`.
    func responses(_ statuses: [Int]) -> [JSONTree.Member] {
        statuses.map { status in
            let (description, failure) = Self.sample(status, module)
            let body = template.render(
                failure, requestID: Array("6f1d2c1e-6a35-4a0c-9a52-2f0f4b3e7d11".utf8), meta: nil)
            let example = (try? JSONDocument(body))?.withRoot { JSONTree($0) } ?? .members([:])
            let content = JSONTree.members([
                "application/json": .members([
                    "schema": .reference("#/components/schemas/\(schemaName)"), "example": example,
                ])
            ])
            var response = JSONTree.members(["description": .string(description), "content": content])
            SharedHeaders.add(to: &response, status: status)
            return JSONTree.Member(name: name(status), value: response)
        }
    }

    private static func sample(_ status: Int, _ module: String) -> (String, Failure) {
        switch status {
        case 400: ("The request cannot be read.", .malformedJSON("The body is not valid JSON."))
        case 401: ("There is no credential, or one that is not good.", .unauthenticated(wasRefused: true))
        case 403: ("The caller may not do this, or names another tenant.", .tenantMismatch)
        case 404: ("There is no such route or record.", .notFound)
        case 405: ("The path does not take the method.", .methodNotAllowed("PUT", allowed: ["GET", "HEAD", "OPTIONS"]))
        case 413: ("The body is too large.", .bodyTooLarge(maximumBytes: Manifest.defaultMaximumBodyBytes))
        case 415: ("The body is coded in a way that is not taken.", .unsupportedCoding)
        case 422:
            (
                "Parameters or members of the body are not valid.",
                .validation([FieldFinding(field: "name", code: "required", message: "is missing")])
            )
        case 429:
            (
                "Too many requests.",
                Failure(429, "rate_limited", "Too many requests. Try again in 38 seconds.").with { writer in
                    writer.key("retry_after")
                    writer.int(38)
                }
            )
        case 503: ("The module, or the host, is not available at the moment.", .moduleUnavailable(module))
        default: ("Something went wrong on the server's side.", .internalError)
        }
    }
}

/// The headers that the host adds to answers, as documents tell them.
enum SharedHeaders {
    private static let all = [
        "X-Request-ID", "X-API-Version", "X-API-Latest-Version", "X-RateLimit-Limit", "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
    ]
    private static let byStatus = [
        401: "WWW-Authenticate", 405: "Allow", 415: "Accept-Encoding", 429: "Retry-After",
    ]

    /// Adds those that a response object does not tell of itself.
    static func add(to response: inout JSONTree, status: Int? = nil) {
        var headers = response["headers"] ?? .members([:])
        let known = Set(headers.members.map { $0.name.lowercased() })
        for name in all + (status.flatMap { byStatus[$0] }.map { [$0] } ?? []) where !known.contains(name.lowercased())
        {
            headers[name] = .reference("#/components/headers/\(PlatformDocument.id)_\(name)")
        }
        response["headers"] = headers
    }
}
