/// A value of JSON whose shape the contract leaves open, as in metadata and figures of quality.
public enum FreeValue: Codable, Sendable, Equatable, ExpressibleByStringLiteral,
    ExpressibleByFloatLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    /// `null`; in metadata it removes a key.
    case null
    /// A truth value.
    case bool(Bool)
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// A list.
    case list([FreeValue])
    /// An object.
    case object([String: FreeValue])

    /// Takes a literal.
    public init(stringLiteral value: String) { self = .text(value) }
    /// Takes a literal.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// Takes a literal.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    /// Takes a literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Takes `nil`.
    public init(nilLiteral: ()) { self = .null }

    /// Reads any JSON.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([FreeValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: FreeValue].self))
        }
    }

    /// Writes the value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
