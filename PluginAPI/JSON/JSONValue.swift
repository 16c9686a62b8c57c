/// A value of a scanned document, read in place.
///
/// It borrows the text and the tape and copies nothing; it must not be used after either of them is gone. Accessors
/// that do not fit the value's kind return nil (or nothing, for sequences), so that chains need no checks in between.
@frozen
public struct JSONValue {
    /// First byte of the text.
    public let bytes: UnsafePointer<UInt8>
    /// First node of the tape.
    public let nodes: UnsafePointer<JSONNode>
    /// This value's place on the tape.
    public let index: Int

    /// The value at `index` of a tape that `JSONScanner` built over `bytes`.
    @inlinable
    public init(bytes: UnsafePointer<UInt8>, nodes: UnsafePointer<JSONNode>, index: Int = 0) {
        self.bytes = bytes
        self.nodes = nodes
        self.index = index
    }

    /// The value's entry on the tape.
    @inlinable public var node: JSONNode { nodes[index] }

    /// What the value is.
    @inlinable
    public var kind: JSONKind {
        // The scanner writes no other raw values.
        JSONKind(rawValue: nodes[index].kind).unsafelyUnwrapped
    }

    /// Whether the value is the literal `null`.
    @inlinable public var isNull: Bool { nodes[index].kind == JSONKind.null.rawValue }

    /// The value of a literal `true` or `false`.
    @inlinable
    public var bool: Bool? {
        switch nodes[index].kind {
        case JSONKind.true.rawValue: true
        case JSONKind.false.rawValue: false
        default: nil
        }
    }

    /// Elements of an array or members of an object (a name that occurs twice counts twice); 0 for scalars.
    @inlinable public var count: Int { Int(nodes[index].count) }

    /// The bytes of the value as written: a string without its quotes and still escaped, a container with its brackets.
    @inlinable
    public var rawBytes: UnsafeBufferPointer<UInt8> {
        let node = nodes[index]
        return UnsafeBufferPointer(start: bytes + Int(node.offset), count: Int(node.length))
    }

    /// The bytes of the value as a JSON text of its own: like `rawBytes`, but a string has its quotes.
    @inlinable
    public var jsonBytes: UnsafeBufferPointer<UInt8> {
        let raw = rawBytes
        guard kind == .string, let start = raw.baseAddress else { return raw }
        return UnsafeBufferPointer(start: start - 1, count: raw.count + 2)
    }
}
