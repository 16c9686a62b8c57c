/// One word, literal or sign of SQL text, and where it stands.
struct SQLToken {
    /// What a token is.
    enum Kind: Equatable {
        /// A keyword or a name without quotes.
        case word
        /// A name in double quotes, backticks or brackets.
        case quotedName
        case string
        /// A blob or bit string, such as `x'00'`.
        case blob
        case number
        /// A placeholder, such as `$1`, `?` or `:name`.
        case parameter
        /// An operator or a parenthesis; two or three signs where both engines read them as one.
        case sign
        case semicolon
    }

    let kind: Kind
    let range: Range<Int>
}

/// Reads the tokens of SQL text without copying it; space and comments lie between them.
///
/// What SQLite and PostgreSQL read differently is read as SQLite reads it, except that dollar quotes can be asked for.
struct SQLTokenizer {
    let text: UnsafeRawBufferPointer
    private(set) var position = 0
    /// Offsets of comments that begin inside another one, which PostgreSQL nests and SQLite does not.
    private(set) var nestedComments: [Int] = []
    private let readsDollarQuotes: Bool

    init(text: UnsafeRawBufferPointer, readsDollarQuotes: Bool = false) {
        self.text = text
        self.readsDollarQuotes = readsDollarQuotes
    }

    /// The next token; nil at the end.
    mutating func next() -> SQLToken? {
        skipSpaceAndComments()
        guard position < text.count else { return nil }
        let start = position
        let kind = read()
        return SQLToken(kind: kind, range: start..<position)
    }

    /// Whether a token is this word, which is given in capitals; without regard to case.
    func word(_ range: Range<Int>, is word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        for (index, offset) in range.enumerated() {
            let byte = text[offset]
            let isLowercase = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            guard (isLowercase ? byte - 32 : byte) == word.utf8Start[index] else { return false }
        }
        return true
    }

    private func byte(at offset: Int) -> UInt8 { offset < text.count ? text[offset] : 0 }

    private mutating func read() -> SQLToken.Kind {
        let first = text[position]
        switch first {
        case UInt8(ascii: ";"):
            position += 1
            return .semicolon
        case UInt8(ascii: "'"):
            skipQuoted(until: first)
            return .string
        case UInt8(ascii: "\""), UInt8(ascii: "`"):
            skipQuoted(until: first)
            return .quotedName
        case UInt8(ascii: "["):
            skipQuoted(until: UInt8(ascii: "]"))
            return .quotedName
        case UInt8(ascii: "$") where readsDollarQuotes && skipDollarQuoted():
            return .string
        case UInt8(ascii: "$"), UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "#"):
            position += 1
            skipName()
            return .parameter
        case UInt8(ascii: ":") where Self.isNameByte(byte(at: position + 1)):
            position += 1
            skipName()
            return .parameter
        case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "b"), UInt8(ascii: "B"):
            guard byte(at: position + 1) == UInt8(ascii: "'") else { break }
            position += 1
            skipQuoted(until: UInt8(ascii: "'"))
            return .blob
        default:
            break
        }
        if Self.isDigit(first) || (first == UInt8(ascii: ".") && Self.isDigit(byte(at: position + 1))) {
            skipNumber()
            return .number
        }
        if Self.isNameByte(first) {
            skipName()
            return .word
        }
        position += signLength()
        return .sign
    }

    private static let longSigns: [StaticString] = [
        "->>", "->", "==", "!=", "<>", "<=", ">=", "||", "<<", ">>", "::", "~*", "!~",
    ]

    private func signLength() -> Int {
        for sign in Self.longSigns {
            let length = sign.utf8CodeUnitCount
            if (0..<length).allSatisfy({ byte(at: position + $0) == sign.utf8Start[$0] }) { return length }
        }
        return 1
    }

    private mutating func skipName() {
        while position < text.count, Self.isNameByte(text[position]) { position += 1 }
    }

    private mutating func skipNumber() {
        while position < text.count {
            let byte = text[position]
            let isSignOfExponent =
                (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"))
                && (text[position - 1] | 0x20) == UInt8(ascii: "e")
            guard Self.isNameByte(byte) || byte == UInt8(ascii: ".") || isSignOfExponent else { return }
            position += 1
        }
    }

    /// A quote that is written twice stands for itself, except in brackets, where the second one begins anew and is of
    /// no meaning here.
    private mutating func skipQuoted(until quote: UInt8) {
        position += 1
        while position < text.count {
            defer { position += 1 }
            guard text[position] == quote else { continue }
            guard quote != UInt8(ascii: "]"), byte(at: position + 1) == quote else { return }
            position += 1
        }
    }

    /// Skips `$tag$ … $tag$`; false, and nothing skipped, when there is no such quote here.
    private mutating func skipDollarQuoted() -> Bool {
        var end = position + 1
        while Self.isNameByte(byte(at: end)), byte(at: end) != UInt8(ascii: "$") { end += 1 }
        guard byte(at: end) == UInt8(ascii: "$"), !Self.isDigit(byte(at: position + 1)) else { return false }
        let tag = UnsafeRawBufferPointer(rebasing: text[position...end])
        var offset = end + 1
        while offset + tag.count <= text.count {
            if text[offset..<offset + tag.count].elementsEqual(tag) {
                position = offset + tag.count
                return true
            }
            offset += 1
        }
        position = text.count
        return true
    }

    private mutating func skipSpaceAndComments() {
        while position < text.count {
            let byte = text[position]
            let following = self.byte(at: position + 1)
            if byte == UInt8(ascii: " ") || (byte >= 9 && byte <= 13) {
                position += 1
            } else if byte == UInt8(ascii: "-"), following == byte {
                while position < text.count, text[position] != UInt8(ascii: "\n") { position += 1 }
            } else if byte == UInt8(ascii: "/"), following == UInt8(ascii: "*") {
                skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() {
        position += 2
        while position + 1 < text.count,
            text[position] != UInt8(ascii: "*") || text[position + 1] != UInt8(ascii: "/")
        {
            if text[position] == UInt8(ascii: "/"), text[position + 1] == UInt8(ascii: "*") {
                nestedComments.append(position)
            }
            position += 1
        }
        position = min(position + 2, text.count)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
            || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte >= 0x80
    }
}
