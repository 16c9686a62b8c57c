/// A value of the database whose type is known only at run time.
public enum SQLValue: Hashable, Sendable {
    /// NULL.
    case null
    /// A 64-bit integer.
    case integer(Int64)
    /// A 64-bit float.
    case real(Double)
    /// Text.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

extension SQLValue: SQLParameter {
    /// Adds the value that the case holds.
    public func bind(to arguments: inout SQLArguments) {
        switch self {
        case .null: arguments.null()
        case .integer(let value): arguments.integer(value)
        case .real(let value): arguments.real(value)
        case .text(let value): arguments.text(value)
        case .blob(let value): value.bind(to: &arguments)
        }
    }
}

/// Text given as UTF-8 bytes, such as JSON from a writer, bound without making a string of it.
public struct SQLText: SQLParameter, Sendable {
    private let bytes: [UInt8]

    /// The text that `bytes` hold; they must be well-formed.
    public init(utf8 bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Adds the text.
    public func bind(to arguments: inout SQLArguments) {
        bytes.withUnsafeBytes { arguments.text(utf8: $0) }
    }
}
