/// What a JSON value is. The raw values are those of the tape and of the C interface.
@frozen
public enum JSONKind: UInt8, Sendable, CaseIterable {
    /// The literal `null`.
    case null = 0
    /// The literal `false`.
    case `false` = 1
    /// The literal `true`.
    case `true` = 2
    /// A number, written as an integer or not.
    case number = 3
    /// A string, or the name of an object's member.
    case string = 4
    /// An array.
    case array = 5
    /// An object.
    case object = 6
}

/// One entry of a parsed document: where a value lies in the text, and how to step over it.
///
/// A document is an array of these in document order. An object is followed by one name node and the nodes of the
/// value for each of its members. The layout (20 bytes, alignment 4) is that of `gantry_node_v1` and never changes.
@frozen
public struct JSONNode: Sendable, Equatable {
    /// The string holds escape sequences.
    public static let escapedFlag: UInt8 = 1
    /// The number is written without fraction and exponent.
    public static let integerFlag: UInt8 = 2
    /// The string is the name of an object's member.
    public static let nameFlag: UInt8 = 4

    /// First byte of the value in the text; for a string the byte after the opening quote.
    public var offset: UInt32
    /// Bytes of the value; a string counts without its quotes and still escaped, a container with its brackets.
    public var length: UInt32
    /// Index of the node that follows this value's whole subtree.
    public var next: UInt32
    /// Elements of an array, members of an object, else 0.
    public var count: UInt32
    /// Raw value of a `JSONKind`.
    public var kind: UInt8
    /// Any of the flags above.
    public var flags: UInt8
    /// Always 0.
    public var reserved: UInt16

    /// A node with the given fields; `reserved` is 0.
    @inlinable
    public init(offset: UInt32, length: UInt32, next: UInt32, count: UInt32, kind: JSONKind, flags: UInt8) {
        self.offset = offset
        self.length = length
        self.next = next
        self.count = count
        self.kind = kind.rawValue
        self.flags = flags
        self.reserved = 0
    }
}
