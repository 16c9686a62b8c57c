/// What a change does to a property that may be empty.
public enum FieldChange<Value: Encodable & Sendable & Equatable>: Sendable, Equatable {
    /// It stays as it is.
    case keep
    /// It becomes empty.
    case clear
    /// It takes a value.
    case set(Value)
}

extension KeyedEncodingContainer {
    /// Writes a change: nothing, null, or the value.
    mutating func encode<Value>(_ change: FieldChange<Value>, forKey key: Key) throws {
        switch change {
        case .keep: break
        case .clear: try encodeNil(forKey: key)
        case .set(let value): try encode(value, forKey: key)
        }
    }
}
