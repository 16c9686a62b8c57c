/// One rule that a request, or a document, breaks.
public struct Finding: Sendable, Equatable {
    /// Part of the request that the finding is about.
    public enum Location: String, Sendable {
        /// A parameter in the path.
        case path
        /// A parameter in the query.
        case query
        /// A parameter in a header.
        case header
        /// A parameter in a cookie.
        case cookie
        /// The body.
        case body
    }

    /// Part of the request.
    public let location: Location
    /// Dotted path of the value, such as `meterValues.3.timestamp`; empty for the whole body.
    public let path: String
    /// The rule that is broken.
    public let keyword: Keyword
    /// What the value must be or do, as a clause without subject, such as `must be at least 1`.
    public let message: String
    /// Grows with the position in its part of the request; equal for findings at one place.
    public let order: Int

    /// A finding with these fields.
    public init(location: Location, path: String, keyword: Keyword, message: String, order: Int = 0) {
        self.location = location
        self.path = path
        self.keyword = keyword
        self.message = message
        self.order = order
    }
}
