/// Decodes `Codable` types from a document's tape, in place.
struct TapeDecoder: Decoder {
    let value: JSONValue
    private let parent: CodingPath?
    private let key: (any CodingKey)?

    /// A decoder of `value`, which stands at `key` in the container at `parent`; the root stands nowhere.
    init(_ value: JSONValue, in parent: CodingPath?, at key: (any CodingKey)?) {
        self.value = value
        self.parent = parent
        self.key = key
    }

    /// The place of the value; made on demand, for containers and errors.
    var path: CodingPath? { key.map { CodingPath(parent, $0) } }

    var codingPath: [any CodingKey] { CodingPath.keys(path) }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func unwrap<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try Value(from: self)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard value.kind == .object else { throw mismatch([String: Any].self, "an object") }
        return KeyedDecodingContainer(TapeKeyedContainer(value: value, path: path))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard value.kind == .array else { throw mismatch([Any].self, "an array") }
        return TapeUnkeyedContainer(value: value, path: path)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        TapeSingleContainer(decoder: self)
    }

    // MARK: Scalars

    func bool() throws -> Bool {
        guard let bool = value.bool else { throw mismatch(Bool.self, "true or false") }
        return bool
    }

    func string() throws -> String {
        guard let string = value.string else { throw mismatch(String.self, "a string") }
        return string
    }

    func double() throws -> Double {
        guard let double = value.double else { throw mismatch(Double.self, "a number") }
        return double
    }

    func float() throws -> Float { Float(try double()) }

    func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        if let int64 = value.int64 {
            if let integer = Integer(exactly: int64) { return integer }
        } else if value.isIntegral, let integer = Integer(String(decoding: value.rawBytes, as: UTF8.self)) {
            return integer
        }
        guard value.isIntegral else { throw mismatch(type, "an integer") }
        throw DecodingError.dataCorrupted(
            DecodingError.Context(
                codingPath: codingPath, debugDescription: "Must lie between \(Integer.min) and \(Integer.max)."))
    }

    /// An error about this value; `expected` completes the sentence "Must be …".
    private func mismatch(_ type: any Any.Type, _ expected: String) -> DecodingError {
        .typeMismatch(
            type, DecodingError.Context(codingPath: codingPath, debugDescription: "Must be \(expected)."))
    }
}

/// A scalar, or a value that is decoded as another type.
struct TapeSingleContainer: SingleValueDecodingContainer {
    let decoder: TapeDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.value.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
    func decode(_ type: String.Type) throws -> String { try decoder.string() }
    func decode(_ type: Double.Type) throws -> Double { try decoder.double() }
    func decode(_ type: Float.Type) throws -> Float { try decoder.float() }
    func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.unwrap(type) }
}
