extension JSONValue {
    /// The member with this name; the last one where it occurs more than once.
    public subscript(name: StaticString) -> JSONValue? {
        name.withUTF8Buffer { member(named: $0) }
    }

    /// The member with this name; the last one where it occurs more than once.
    @_disfavoredOverload
    public subscript(name: String) -> JSONValue? {
        var name = name
        return name.withUTF8 { member(named: $0) }
    }

    /// The element at `position` of an array; steps over those before it.
    public subscript(position: Int) -> JSONValue? {
        guard kind == .array, position >= 0, position < count else { return nil }
        var element = index + 1
        for _ in 0..<position { element = Int(nodes[element].next) }
        return JSONValue(bytes: bytes, nodes: nodes, index: element)
    }

    /// The member whose name has these bytes as its text; the last one where it occurs more than once.
    public func member(named name: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        var found: JSONValue?
        for member in members where member.name.textEquals(name) { found = member.value }
        return found
    }

    /// The elements of an array in order; nothing for other kinds.
    @inlinable public var elements: JSONElements { JSONElements(self) }

    /// The members of an object in document order, repeated names included; nothing for other kinds.
    @inlinable public var members: JSONMembers { JSONMembers(self) }
}

/// The elements of an array in order. Valid as long as the value it came from.
@frozen
public struct JSONElements: Sequence, IteratorProtocol {
    @usableFromInline var upcoming: JSONValue
    @usableFromInline let end: Int

    @inlinable
    init(_ array: JSONValue) {
        let node = array.node
        upcoming = JSONValue(bytes: array.bytes, nodes: array.nodes, index: array.index + 1)
        end = node.kind == JSONKind.array.rawValue ? Int(node.next) : 0
    }

    /// The next element.
    @inlinable
    public mutating func next() -> JSONValue? {
        guard upcoming.index < end else { return nil }
        defer {
            upcoming = JSONValue(bytes: upcoming.bytes, nodes: upcoming.nodes, index: Int(upcoming.node.next))
        }
        return upcoming
    }
}

/// The members of an object in document order. Valid as long as the value it came from.
@frozen
public struct JSONMembers: Sequence, IteratorProtocol {
    /// A name, which is a string value, and what it names.
    public typealias Element = (name: JSONValue, value: JSONValue)

    @usableFromInline var upcoming: JSONValue
    @usableFromInline let end: Int

    @inlinable
    init(_ object: JSONValue) {
        let node = object.node
        upcoming = JSONValue(bytes: object.bytes, nodes: object.nodes, index: object.index + 1)
        end = node.kind == JSONKind.object.rawValue ? Int(node.next) : 0
    }

    /// The next member.
    @inlinable
    public mutating func next() -> Element? {
        guard upcoming.index < end else { return nil }
        let name = upcoming
        let value = JSONValue(bytes: name.bytes, nodes: name.nodes, index: name.index + 1)
        upcoming = JSONValue(bytes: name.bytes, nodes: name.nodes, index: Int(value.node.next))
        return (name, value)
    }
}
