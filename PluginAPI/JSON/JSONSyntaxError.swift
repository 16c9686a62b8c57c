/// Why a text is not an acceptable JSON document.
public struct JSONSyntaxError: Error, Sendable, Equatable {
    /// The kind of fault.
    public enum Code: String, Sendable {
        /// The text breaks the grammar of RFC 8259, or ends too early.
        case syntax
        /// The text holds nothing but white space.
        case empty
        /// Containers are nested deeper than allowed.
        case depth
        /// The text is not UTF-8, or an escape names half a surrogate pair.
        case encoding
        /// Something follows the document.
        case trailing
        /// A number is too large for a 64-bit float.
        case numberRange = "number_range"
        /// The text is 4 GiB or longer.
        case size
    }

    /// The kind of fault.
    public let code: Code
    /// First byte that could not be accepted, counted from 0.
    public let offset: Int
    /// A sentence for the sender of the text.
    public let message: String

    /// An error at `offset`, with the message that belongs to `code`.
    public init(code: Code, offset: Int) {
        self.code = code
        self.offset = offset
        let fault =
            switch code {
            case .syntax: "The text is not valid JSON"
            case .empty: "The text is empty"
            case .depth: "The JSON is nested too deeply"
            case .encoding: "The text is not valid UTF-8 or holds half a surrogate pair"
            case .trailing: "Something follows the JSON document"
            case .numberRange: "A number is out of range"
            case .size: "The text is too long"
            }
        message = code == .empty || code == .size ? fault : "\(fault) (at byte \(offset))"
    }
}
