/// Why a contract, a schema or a pattern cannot be compiled.
public struct ContractError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of fault.
    public enum Code: String, Sendable {
        /// The document does not have the shape that OpenAPI or JSON Schema demands.
        case malformed
        /// A schema uses a keyword that is not supported.
        case unsupportedKeyword = "unsupported_keyword"
        /// A schema names a format that is not known.
        case unknownFormat = "unknown_format"
        /// A `$ref` leads nowhere, out of the document, or round in a circle.
        case reference
        /// A pattern is no regular expression, or one of an unsupported kind.
        case pattern
        /// A parameter is passed in a way that is not supported.
        case parameter
        /// Two operations share an identifier.
        case duplicate
    }

    /// The kind of fault.
    public let code: Code
    /// A sentence for the author of the document.
    public let message: String
    /// JSON pointer to the place of the fault, empty for the root.
    public let pointer: String

    /// An error at `pointer`.
    public init(code: Code, message: String, pointer: String) {
        self.code = code
        self.message = message
        self.pointer = pointer
    }

    /// Message and place.
    public var description: String { "\(message) (at #\(pointer))" }
}
