/// The members of an object.
struct WriterKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let state: WriterState
    let number: Int
    let depth: Int
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }

    /// Writes the name, after which exactly one value must follow, and returns where to write it.
    private func member(_ key: some CodingKey) throws -> WriterSingleContainer {
        try state.resume(number, depth: depth, path: path)
        state.writer.key(key.stringValue)
        return WriterSingleContainer(state: state, path: path)
    }

    func encodeNil(forKey key: Key) throws { try member(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: String, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) throws { try member(key).encode(value) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        _ = try member(key)
        try state.write(value, path: CodingPath(path, key))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        nested(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { nested(PositionKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

    /// An encoder for the value of `key`. These functions of `Codable` cannot throw, so a misplaced one traps.
    private func nested(_ key: some CodingKey) -> WriterEncoder {
        do {
            _ = try member(key)
        } catch {
            preconditionFailure("\(error)")
        }
        return WriterEncoder(state: state, path: CodingPath(path, key))
    }
}

/// The elements of an array.
struct WriterUnkeyedContainer: UnkeyedEncodingContainer {
    let state: WriterState
    let number: Int
    let depth: Int
    let path: CodingPath?
    private(set) var count = 0

    init(state: WriterState, number: Int, depth: Int, path: CodingPath?) {
        self.state = state
        self.number = number
        self.depth = depth
        self.path = path
    }

    var codingPath: [any CodingKey] { CodingPath.keys(path) }

    /// Makes room for one element and returns where to write it.
    private mutating func element() throws -> WriterSingleContainer {
        try state.resume(number, depth: depth, path: path)
        count += 1
        return WriterSingleContainer(state: state, path: path)
    }

    mutating func encodeNil() throws { try element().encodeNil() }
    mutating func encode(_ value: Bool) throws { try element().encode(value) }
    mutating func encode(_ value: String) throws { try element().encode(value) }
    mutating func encode(_ value: Double) throws { try element().encode(value) }
    mutating func encode(_ value: Float) throws { try element().encode(value) }
    mutating func encode(_ value: Int) throws { try element().encode(value) }
    mutating func encode(_ value: Int8) throws { try element().encode(value) }
    mutating func encode(_ value: Int16) throws { try element().encode(value) }
    mutating func encode(_ value: Int32) throws { try element().encode(value) }
    mutating func encode(_ value: Int64) throws { try element().encode(value) }
    mutating func encode(_ value: UInt) throws { try element().encode(value) }
    mutating func encode(_ value: UInt8) throws { try element().encode(value) }
    mutating func encode(_ value: UInt16) throws { try element().encode(value) }
    mutating func encode(_ value: UInt32) throws { try element().encode(value) }
    mutating func encode(_ value: UInt64) throws { try element().encode(value) }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        let position = count
        _ = try element()
        try state.write(value, path: CodingPath(path, PositionKey(position)))
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        nested().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        nested().unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { nested() }

    /// An encoder for the next element. These functions of `Codable` cannot throw, so a misplaced one traps.
    private mutating func nested() -> WriterEncoder {
        let position = count
        do {
            _ = try element()
        } catch {
            preconditionFailure("\(error)")
        }
        return WriterEncoder(state: state, path: CodingPath(path, PositionKey(position)))
    }
}
