/// Reads what stands in one line: scalars, and lists and mappings in brackets.
struct YAMLFlow {
    private let characters: [Character]
    private var position = 0

    init(_ text: String) { characters = Array(text) }

    /// The value, when it is all there is.
    mutating func whole() -> YAML? {
        guard let first = peek, "{[".contains(first) else { return .text(Self.unquoted(Substring(String(characters)))) }
        guard let value = value() else { return nil }
        skipSpace()
        return position == characters.count ? value : nil
    }

    private var peek: Character? { position < characters.count ? characters[position] : nil }

    private mutating func skipSpace() {
        while let character = peek, character == " " { position += 1 }
    }

    private mutating func value() -> YAML? {
        skipSpace()
        switch peek {
        case "{": return map()
        case "[": return list()
        default: return .text(scalar(endsAtColon: false))
        }
    }

    private mutating func list() -> YAML? {
        position += 1
        var elements: [YAML] = []
        while true {
            skipSpace()
            guard let character = peek else { return nil }
            if character == "]" {
                position += 1
                return .list(elements)
            }
            if character == "," {
                position += 1
                continue
            }
            guard let element = value() else { return nil }
            elements.append(element)
        }
    }

    private mutating func map() -> YAML? {
        position += 1
        var pairs: [YAML.Pair] = []
        while true {
            skipSpace()
            guard let character = peek else { return nil }
            if character == "}" {
                position += 1
                return .map(pairs)
            }
            if character == "," {
                position += 1
                continue
            }
            let key = scalar(endsAtColon: true)
            guard peek == ":" else { return nil }
            position += 1
            guard let value = value() else { return nil }
            pairs.append(YAML.Pair(key: key, value: value))
        }
    }

    private mutating func scalar(endsAtColon: Bool) -> String {
        if let quote = peek, quote == "'" || quote == "\"" {
            let start = position
            position += 1
            while let character = peek {
                position += 1
                if character == "\\", quote == "\"" {
                    position += 1
                } else if character == quote {
                    guard quote == "'", peek == "'" else { break }
                    position += 1
                }
            }
            return Self.unquoted(Substring(String(characters[start..<min(position, characters.count)])))
        }
        let start = position
        while let character = peek, !",]}".contains(character) {
            if character == ":", endsAtColon { break }
            position += 1
        }
        return String(Substring(String(characters[start..<position])).trimmed)
    }

    /// A scalar without its quotes.
    static func unquoted(_ text: Substring) -> String {
        guard let quote = text.first, quote == "'" || quote == "\"", text.count >= 2, text.last == quote else {
            return String(text)
        }
        let inner = text.dropFirst().dropLast()
        var result = ""
        var isEscaped = false
        for character in inner {
            if quote == "'" {
                // A quote within quotes is written twice.
                if character == "'", !isEscaped {
                    isEscaped = true
                } else {
                    result.append(character)
                    isEscaped = false
                }
            } else if isEscaped {
                result.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }

    /// Whether a quote behind this byte begins a scalar, rather than standing within one.
    static func beginsScalar(after byte: UInt8) -> Bool { " :,[{-".utf8.contains(byte) }

    /// Whether all brackets that `text` opens are closed.
    static func isBalanced(_ text: String) -> Bool {
        var depth = 0
        var quote: UInt8?
        var previous = UInt8(ascii: " ")
        for byte in text.utf8 {
            if let open = quote {
                if byte == open { quote = nil }
            } else if isQuote(byte), beginsScalar(after: previous) {
                quote = byte
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            }
            previous = byte
        }
        return depth <= 0
    }

    /// Whether the scalar that begins with `quote` ends.
    static func isClosed(_ text: String, _ quote: Character) -> Bool {
        text.count >= 2 && text.dropFirst().filter { $0 == quote }.count % 2 == 1
    }
}
