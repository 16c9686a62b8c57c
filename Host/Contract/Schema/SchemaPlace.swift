import GantryJSON

/// A value in a document that is being compiled, with the way to it for errors.
struct SchemaPlace {
    let value: JSONValue
    /// Name or position under which the value stands.
    let keyword: String
    private let parent: JSONValue
    private let parentPointer: String
    private let ownPointer: String?

    init(value: JSONValue, keyword: String, parent: JSONValue, parentPointer: String) {
        self.value = value
        self.keyword = keyword
        self.parent = parent
        self.parentPointer = parentPointer
        ownPointer = nil
    }

    /// What a reference led to.
    init(target: JSONValue, pointer: String) {
        value = target
        keyword = ""
        parent = target
        parentPointer = pointer
        ownPointer = pointer
    }

    /// The member of an object, or nil.
    init?(member name: String, of parent: JSONValue, at pointer: String) {
        guard let value = parent[name] else { return nil }
        self.init(value: value, keyword: name, parent: parent, parentPointer: pointer)
    }

    var pointer: String { ownPointer ?? JSONPointer.append(keyword, to: parentPointer) }

    func sibling(_ name: String) -> SchemaPlace? { SchemaPlace(member: name, of: parent, at: parentPointer) }

    func error(_ code: ContractError.Code, _ message: String) -> ContractError {
        ContractError(code: code, message: message, pointer: pointer)
    }

    private func malformed(_ expectation: String) -> ContractError {
        error(.malformed, "\"\(keyword)\" must be \(expectation)")
    }

    func string() throws(ContractError) -> String {
        guard let string = value.string else { throw malformed("a string") }
        return string
    }

    func number() throws(ContractError) -> Double {
        guard let number = value.double else { throw malformed("a number") }
        return number
    }

    func flag() throws(ContractError) -> Bool {
        guard let flag = value.bool else { throw malformed("true or false") }
        return flag
    }

    /// A number of characters, elements or members.
    func count() throws(ContractError) -> UInt32 {
        guard let count = value.int64, count >= 0 else { throw malformed("an integer of at least 0") }
        return UInt32(clamping: count)
    }

    func strings() throws(ContractError) -> [String] {
        let strings = try elements().compactMap(\.value.string)
        guard strings.count == value.count else { throw malformed("a list of strings") }
        return strings
    }

    func elements() throws(ContractError) -> [SchemaPlace] {
        guard value.kind == .array else { throw malformed("a list") }
        return value.elements.enumerated().map { position, element in
            SchemaPlace(value: element, keyword: String(position), parent: value, parentPointer: pointer)
        }
    }

    func members() throws(ContractError) -> [SchemaPlace] {
        guard value.kind == .object else { throw malformed("an object") }
        return value.members.map { name, member in
            SchemaPlace(value: member, keyword: name.string ?? "", parent: value, parentPointer: pointer)
        }
    }
}

/// JSON pointers (RFC 6901) and references made of them.
enum JSONPointer {
    /// The value that a reference such as `#/components/schemas/Page` leads to inside `root`.
    static func resolve(_ reference: String, in root: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#"), reference == "#" || reference.hasPrefix("#/") else { return nil }
        guard let decoded = PercentEncoding.decode(String(reference.dropFirst())) else { return nil }
        return value(at: decoded, in: root)
    }

    /// The value at a pointer inside `root`.
    static func value(at pointer: String, in root: JSONValue) -> JSONValue? {
        var current = root
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = unescape(token)
            let next = current.kind == .array ? Int(name).flatMap { current[$0] } : current[name]
            guard let next else { return nil }
            current = next
        }
        return current
    }

    /// The pointer to the member or element `token` of what `pointer` leads to.
    static func append(_ token: String, to pointer: String) -> String {
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return "\(pointer)/\(token)"
        }
        var result = pointer + "/"
        for character in token.unicodeScalars {
            switch character {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func unescape(_ token: Substring) -> String {
        guard token.contains("~") else { return String(token) }
        var result = ""
        var isEscaped = false
        for character in token.unicodeScalars {
            if isEscaped {
                result.unicodeScalars.append(character == "1" ? "/" : character == "0" ? "~" : character)
                isEscaped = false
            } else if character == "~" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
