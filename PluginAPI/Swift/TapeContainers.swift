/// The members of an object. Of a name that occurs twice the last one counts.
struct TapeKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let value: JSONValue
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }

    var allKeys: [Key] {
        value.members.compactMap { member in member.name.string.flatMap(Key.init(stringValue:)) }
    }

    private func find(_ key: some CodingKey) -> JSONValue? { value[key.stringValue] }

    private func member(_ key: some CodingKey) throws -> TapeDecoder {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "The field is required."))
        }
        return TapeDecoder(value, in: path, at: key)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try member(key).value.isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key).double() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try member(key).float() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try member(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try member(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try member(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try member(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try member(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try member(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try member(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try member(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try member(key).integer(type) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try member(key).unwrap(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try member(PositionKey(stringValue: "super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

/// The elements of an array, one after the other.
struct TapeUnkeyedContainer: UnkeyedDecodingContainer {
    let value: JSONValue
    let path: CodingPath?
    private var elements: JSONElements
    private var upcoming: JSONValue?
    private(set) var currentIndex = 0

    init(value: JSONValue, path: CodingPath?) {
        self.value = value
        self.path = path
        elements = value.elements
        upcoming = elements.next()
    }

    var codingPath: [any CodingKey] { CodingPath.keys(path) }
    var count: Int? { value.count }
    var isAtEnd: Bool { upcoming == nil }

    /// The decoder of the next element, without stepping over it: a failed attempt may be followed by another.
    private func current<Value>(_ type: Value.Type) throws -> TapeDecoder {
        let position = PositionKey(currentIndex)
        guard let upcoming else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(
                    codingPath: codingPath + [position], debugDescription: "The array ends before it."))
        }
        return TapeDecoder(upcoming, in: path, at: position)
    }

    private mutating func step() {
        upcoming = elements.next()
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        guard try current(Never?.self).value.isNull else { return false }
        step()
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try current(type).unwrap(type)
        step()
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let container = try current([String: Any].self).container(keyedBy: type)
        step()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try current([Any].self).unkeyedContainer()
        step()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try current((any Decoder).self)
        step()
        return decoder
    }
}
