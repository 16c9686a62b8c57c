import GantryJSON

/// Text of parameters as JSON values.
enum ParameterText {
    /// The value that `text` stands for where only `types` are expected; a string where it fits none of them, so that
    /// the check says what was expected.
    ///
    /// - Parameter offset: Place of the text in the buffer that the tape belongs to.
    static func node(_ text: UnsafeBufferPointer<UInt8>, offset: UInt32, types: TypeSet) -> JSONNode {
        var kind = JSONKind.string
        var flags: UInt8 = 0
        if types.contains(.boolean), text.elementsEqual("true".utf8) {
            kind = .true
        } else if types.contains(.boolean), text.elementsEqual("false".utf8) {
            kind = .false
        } else if !types.isDisjoint(with: [.integer, .number]), let numberFlags = numberFlags(text) {
            kind = .number
            flags = numberFlags
        } else if text.isEmpty, types.contains(.null), !types.contains(.string) {
            kind = .null
        }
        return JSONNode(offset: offset, length: UInt32(text.count), next: 1, count: 0, kind: kind, flags: flags)
    }

    /// The value at the beginning of a tape over `text`.
    static func value(_ tape: UnsafeMutablePointer<JSONNode>, _ text: UnsafeBufferPointer<UInt8>) -> JSONValue {
        // An empty text is never read, so any address will do for it.
        let bytes = text.baseAddress ?? UnsafePointer(UnsafeRawPointer(tape).assumingMemoryBound(to: UInt8.self))
        return JSONValue(bytes: bytes, nodes: tape)
    }

    /// The flags of a number's node, or nil where the text is no number of JSON's grammar and range.
    private static func numberFlags(_ text: UnsafeBufferPointer<UInt8>) -> UInt8? {
        var index = text.first == UInt8(ascii: "-") ? 1 : 0
        func skipDigits() -> Int {
            let start = index
            while index < text.count, text[index].isDigit { index += 1 }
            return index - start
        }
        let first = index
        let integerDigits = skipDigits()
        guard integerDigits > 0, integerDigits == 1 || text[first] != UInt8(ascii: "0") else { return nil }
        var flags = JSONNode.integerFlag
        if index < text.count, text[index] == UInt8(ascii: ".") {
            flags = 0
            index += 1
            guard skipDigits() > 0 else { return nil }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            flags = 0
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            guard skipDigits() > 0 else { return nil }
        }
        guard index == text.count, JSONDecimal(text).double(text).isFinite else { return nil }
        return flags
    }
}
