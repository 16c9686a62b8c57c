public import GantryCore

/// A stretch of a request's text buffer.
public struct TextRange: Sendable {
    /// First byte.
    public var start: Int
    /// Number of bytes.
    public var count: Int

    /// Creates a range.
    public init(start: Int = 0, count: Int = 0) {
        self.start = start
        self.count = count
    }
}

/// A request on its way into a module: all its text in one buffer, so that handing it over costs no allocation for
/// each piece. It is not copied on its way, which would cost as much as some of the steps.
public struct ModuleRequest: ~Copyable, Sendable {
    /// A name with a value.
    public struct Field: Sendable {
        /// Where the name lies.
        public var name: TextRange
        /// Where the value lies.
        public var value: TextRange

        /// Creates a field.
        public init(name: TextRange, value: TextRange) {
            self.name = name
            self.value = value
        }
    }

    /// Position of the operation in the library's description; `ModuleInstance.operationNumber(_:)` tells it.
    public var operation: UInt32
    /// The buffer that all ranges point into.
    public private(set) var text: [UInt8] = []
    /// Method of HTTP.
    public var method = TextRange()
    /// Path as received, without the query.
    public var path = TextRange()
    /// The request's id.
    public var requestID = TextRange()
    /// Decoded path parameters in the order of the template.
    public var pathParameters: [TextRange] = []
    /// Decoded query parameters in the order of the request.
    public var query: [Field] = []
    /// Headers with names in lower case, without credentials.
    public var headers: [Field] = []
    /// Who is calling; nil for nobody in particular.
    public var principal: Principal?

    /// Creates an empty request for the operation.
    public init(operation: UInt32, reservingTextBytes capacity: Int = 512) {
        self.operation = operation
        text.reserveCapacity(capacity)
    }

    /// Copies the text into the buffer; not generic, like its neighbour.
    public mutating func append(_ string: String) -> TextRange {
        var string = string
        return string.withUTF8 { append($0) }
    }

    /// Copies the bytes into the buffer; not generic, since it is called for each header of each request.
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) -> TextRange {
        let start = text.count
        text.append(contentsOf: bytes)
        return TextRange(start: start, count: text.count - start)
    }

    /// Copies the bytes into the buffer.
    public mutating func append(_ bytes: some Collection<UInt8>) -> TextRange {
        let start = text.count
        text.append(contentsOf: bytes)
        return TextRange(start: start, count: text.count - start)
    }
}
