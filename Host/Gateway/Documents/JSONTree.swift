import GantryJSON

/// A JSON value that can be changed. Objects keep the order of their members.
indirect enum JSONTree: Sendable, Equatable {
    case object([Member])
    case array([JSONTree])
    case string(String)
    /// Numbers, booleans and null, as they are written.
    case literal([UInt8])

    struct Member: Sendable, Equatable {
        var name: String
        var value: JSONTree
    }

    init(_ value: JSONValue) {
        switch value.kind {
        case .object:
            self = .object(value.members.map { Member(name: $0.name.string ?? "", value: JSONTree($0.value)) })
        case .array: self = .array(value.elements.map { JSONTree($0) })
        case .string: self = .string(value.string ?? "")
        default: self = .literal(Array(value.jsonBytes))
        }
    }

    static func int(_ value: Int) -> JSONTree { .literal(Array("\(value)".utf8)) }

    /// An object of these members in this order.
    static func members(_ members: KeyValuePairs<String, JSONTree>) -> JSONTree {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    static func reference(_ pointer: String) -> JSONTree { .members(["$ref": .string(pointer)]) }

    /// The members of an object; none of what is no object.
    var members: [Member] {
        if case .object(let members) = self { return members }
        return []
    }

    var elements: [JSONTree] {
        if case .array(let elements) = self { return elements }
        return []
    }

    var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// A member of an object; setting it appends, replaces or, with nil, removes.
    subscript(name: String) -> JSONTree? {
        get { members.first { $0.name == name }?.value }
        set {
            var members = members
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): return
            }
            self = .object(members)
        }
    }

    /// What a JSON pointer leads to, such as `#/components/schemas/Session`.
    func value(at reference: String) -> JSONTree? {
        guard reference.hasPrefix("#") else { return nil }
        var value = self
        for token in JSONTree.tokens(reference) {
            switch value {
            case .object:
                guard let member = value[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(token), elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// The unescaped tokens of a reference into the same document.
    static func tokens(_ reference: String) -> [String] {
        reference.dropFirst().split(separator: "/").map { token in
            let token = Self.withoutPercent(String(token))
            return token.replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    /// A token as it stands in a pointer.
    static func escaped(_ token: String) -> String {
        token.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    private static func withoutPercent(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var text = text
        let bytes = text.withUTF8 { RequestPath.decode($0, plusIsSpace: false) }
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.name)
                member.value.write(to: &writer)
            }
            writer.endObject()
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .string(let text): writer.string(text)
        case .literal(let bytes): writer.raw(bytes)
        }
    }
}
