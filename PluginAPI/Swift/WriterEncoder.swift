/// The JSON text that an encoding writes, and which of its containers are still open.
///
/// `Codable` has no call that ends a container. One is therefore closed when an outer one goes on, which is in order
/// for every type that fills its containers one after the other, as all synthesized ones do; going back to a closed one
/// throws.
final class WriterState {
    private enum Container {
        case object
        case array
    }

    var writer = JSONWriter()
    /// From the outside in, each with a number of its own by which a stale container is known.
    private var open: [(container: Container, number: Int)] = []
    private var opened = 0

    /// How many containers are open.
    var depth: Int { open.count }

    /// Opens an object and returns its number.
    func beginObject() -> Int {
        writer.beginObject()
        return push(.object)
    }

    /// Opens an array and returns its number.
    func beginArray() -> Int {
        writer.beginArray()
        return push(.array)
    }

    private func push(_ container: Container) -> Int {
        opened += 1
        open.append((container, opened))
        return opened
    }

    /// Closes the containers inside the outermost `depth` ones.
    func close(to depth: Int) {
        while open.count > depth {
            switch open.removeLast().container {
            case .object: writer.endObject()
            case .array: writer.endArray()
            }
        }
    }

    /// Makes the container `number`, the innermost of the first `depth`, the one that is written to.
    func resume(_ number: Int, depth: Int, path: CodingPath?) throws {
        guard open.count >= depth, open[depth - 1].number == number else {
            throw EncodingError.invalidValue(
                number,
                EncodingError.Context(
                    codingPath: CodingPath.keys(path),
                    debugDescription: "A container is written to after one that encloses it went on."))
        }
        close(to: depth)
    }

    /// Writes a value of any type, and exactly one: a type that encodes nothing becomes an empty object.
    func write<Value: Encodable>(_ value: Value, path: CodingPath?) throws {
        let depth = open.count
        let size = writer.bytes.count
        try value.encode(to: WriterEncoder(state: self, path: path))
        close(to: depth)
        if writer.bytes.count == size {
            writer.beginObject()
            writer.endObject()
        }
    }

    /// Writes a number; infinities and not-a-number have no form in JSON.
    func write(_ value: Double, path: CodingPath?) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value,
                EncodingError.Context(
                    codingPath: CodingPath.keys(path), debugDescription: "JSON has no number \(value)."))
        }
        writer.double(value)
    }

    /// Writes an unsigned integer, which may be larger than any signed one.
    func write(unsigned value: UInt64) {
        if let value = Int64(exactly: value) { writer.int(value) } else { writer.raw(Array(String(value).utf8)) }
    }
}

/// Encodes `Codable` types onto a `JSONWriter`.
struct WriterEncoder: Encoder {
    let state: WriterState
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let number = state.beginObject()
        return KeyedEncodingContainer(
            WriterKeyedContainer(state: state, number: number, depth: state.depth, path: path))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let number = state.beginArray()
        return WriterUnkeyedContainer(state: state, number: number, depth: state.depth, path: path)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        WriterSingleContainer(state: state, path: path)
    }
}

/// One scalar, or a value that is encoded as another type.
struct WriterSingleContainer: SingleValueEncodingContainer {
    let state: WriterState
    let path: CodingPath?

    var codingPath: [any CodingKey] { CodingPath.keys(path) }

    func encodeNil() { state.writer.null() }
    func encode(_ value: Bool) { state.writer.bool(value) }
    func encode(_ value: String) { state.writer.string(value) }
    func encode(_ value: Double) throws { try state.write(value, path: path) }
    func encode(_ value: Float) throws { try state.write(Double(value.description) ?? Double(value), path: path) }
    func encode(_ value: Int) { state.writer.int(value) }
    func encode(_ value: Int8) { state.writer.int(value) }
    func encode(_ value: Int16) { state.writer.int(value) }
    func encode(_ value: Int32) { state.writer.int(value) }
    func encode(_ value: Int64) { state.writer.int(value) }
    func encode(_ value: UInt) { state.write(unsigned: UInt64(value)) }
    func encode(_ value: UInt8) { state.write(unsigned: UInt64(value)) }
    func encode(_ value: UInt16) { state.write(unsigned: UInt64(value)) }
    func encode(_ value: UInt32) { state.write(unsigned: UInt64(value)) }
    func encode(_ value: UInt64) { state.write(unsigned: value) }
    func encode<Value: Encodable>(_ value: Value) throws {
        try value.encode(to: WriterEncoder(state: state, path: path))
    }
}
