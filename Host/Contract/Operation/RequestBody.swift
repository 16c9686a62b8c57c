/// What an operation says about the body of its requests.
public struct RequestBody: Sendable {
    /// Whether a request must have a body.
    public let isRequired: Bool
    /// Media types that are accepted, lower case and without parameters, such as `application/json`; may hold ranges
    /// such as `*/*`.
    public let mediaTypes: [String]
    /// Schema of a JSON body, or negative.
    let schema: SchemaIndex

    /// Whether the body is JSON that `check` validates.
    public var isJSON: Bool { schema >= 0 }

    /// Whether a request with this `Content-Type` is accepted; parameters and case do not count.
    public func accepts(contentType: String) -> Bool {
        let type = Self.essence(contentType)
        return mediaTypes.contains { Self.contains($0, type) }
    }

    /// Whether a range such as `image/*` contains a media type; both without parameters, in lower case.
    static func contains(_ range: String, _ type: String) -> Bool {
        range == type || range == "*/*" || range.hasSuffix("/*") && type.hasPrefix(range.dropLast())
    }

    /// A media type without parameters, in lower case.
    static func essence(_ mediaType: String) -> String {
        let type = mediaType.prefix { $0 != ";" }
        return String(type.filter { $0 != " " && $0 != "\t" }).lowercased()
    }

    /// Whether a media type without parameters means JSON.
    static func isJSON(_ mediaType: String) -> Bool {
        mediaType == "application/json" || mediaType.hasSuffix("+json")
    }
}
