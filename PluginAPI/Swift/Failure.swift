/// Thrown by a handler to answer with a failure, which the host renders in the module's error shape.
///
/// ```swift
/// throw Failure(404, reason: "not_found", "No such session.", details: ["sessionId": id])
/// ```
public struct Failure: Error, Sendable {
    /// The HTTP status, 400 to 599.
    public let status: Int
    /// The reason, for programs.
    public let reason: String
    /// A sentence for people; sent to the client.
    public let message: String
    /// A JSON object of further facts; empty when there are none.
    public let details: [UInt8]

    /// A failure without further facts.
    public init(_ status: Int, reason: String, _ message: String) {
        self.init(status, reason: reason, message, json: [])
    }

    /// A failure whose `details` become a JSON object. Details that cannot be encoded are left out.
    public init(_ status: Int, reason: String, _ message: String, details: some Encodable) {
        self.init(status, reason: reason, message, json: (try? JSONCoding.encode(details)) ?? [])
    }

    /// A failure whose details `details` writes as one JSON object.
    public init(_ status: Int, reason: String, _ message: String, details: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        details(&writer)
        self.init(status, reason: reason, message, json: writer.bytes)
    }

    private init(_ status: Int, reason: String, _ message: String, json: [UInt8]) {
        self.status = status
        self.reason = reason
        self.message = message
        self.details = json
    }
}

/// Thrown by a handler to answer 422 with findings, rendered like those of the contract check.
public struct Refusal: Error, Sendable {
    /// What is wrong with the request.
    public let findings: [Finding]

    /// A refusal for these reasons.
    public init(_ findings: [Finding]) {
        self.findings = findings
    }

    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init([Self.finding(context.codingPath + [key], code: "missing", "The field is required.")])
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init([Self.finding(context.codingPath, code: "invalid_type", context.debugDescription)])
        case .dataCorrupted(let context):
            self.init([Self.finding(context.codingPath, code: "invalid", context.debugDescription)])
        @unknown default:
            self.init([Finding("", code: "invalid", "The body cannot be read.")])
        }
    }

    private static func finding(_ path: [any CodingKey], code: String, _ message: String) -> Finding {
        let dotted = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return Finding(dotted, code: code, message)
    }
}
