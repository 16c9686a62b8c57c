/// What a YAML text says, as far as manifests and contracts go: mappings, lists, text. Anchors, tags and several
/// documents in one text are not read.
package indirect enum YAML: Sendable, Equatable {
    case text(String)
    case list([YAML])
    case map([Pair])

    /// One member of a mapping.
    package struct Pair: Sendable, Equatable {
        package let key: String
        package let value: YAML

        package init(key: String, value: YAML) {
            self.key = key
            self.value = value
        }
    }

    /// A member of a mapping; nil where there is none.
    package subscript(_ key: String) -> YAML? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    /// The text of a scalar.
    package var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The number of a scalar.
    package var int: Int? { text.flatMap { Int($0) } }

    /// The elements of a list; none for everything else.
    package var elements: [YAML] {
        guard case .list(let elements) = self else { return [] }
        return elements
    }

    /// The members of a mapping; none for everything else.
    package var pairs: [Pair] {
        guard case .map(let pairs) = self else { return [] }
        return pairs
    }

    /// Reads `text`; throws `TestFailure` with the line at fault.
    package static func parse(_ text: String, file: String) throws -> YAML {
        var reader = YAMLReader(text, file: file)
        return try reader.document()
    }
}

/// Reads a text line by line: blocks by their indentation, what is in brackets by `YAMLFlow`.
struct YAMLReader {
    struct Line {
        let number: Int
        let indentation: Int
        var content: Substring
        let raw: Substring
    }

    private var lines: [Line] = []
    private var position = 0
    private let file: String

    init(_ text: String, file: String) {
        self.file = file
        for (index, raw) in Self.lines(text).enumerated() {
            let indentation = raw.utf8.prefix { $0 == UInt8(ascii: " ") }.count
            let content = Self.withoutComment(raw[raw.utf8.index(raw.startIndex, offsetBy: indentation)...])
            lines.append(Line(number: index + 1, indentation: indentation, content: content, raw: raw))
        }
    }

    private static func lines(_ text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    mutating func document() throws -> YAML {
        skipEmpty()
        if let line = current, line.content == "---" {
            position += 1
            skipEmpty()
        }
        guard let line = current else { return .map([]) }
        let value = try block(line.indentation)
        skipEmpty()
        if let line = current { throw failure(line, "does not belong to anything") }
        return value
    }

    private var current: Line? { position < lines.count ? lines[position] : nil }

    private mutating func skipEmpty() {
        while let line = current, line.content.isEmpty { position += 1 }
    }

    private func failure(_ line: Line, _ message: String) -> TestFailure {
        TestFailure("\(file):\(line.number): \(message): \(line.content)")
    }

    /// A list or a mapping whose lines are indented by `indentation`.
    private mutating func block(_ indentation: Int) throws -> YAML {
        guard let line = current else { return .text("") }
        if Self.isListItem(line.content) { return try list(indentation) }
        if Self.splitKey(line.content) != nil { return try map(indentation) }
        position += 1
        return try scalar(line.content, line)
    }

    private mutating func list(_ indentation: Int) throws -> YAML {
        var elements: [YAML] = []
        while let line = next(at: indentation), Self.isListItem(line.content) {
            let rest = line.content.dropFirst(1)
            let inner = indentation + 1 + rest.prefix { $0 == " " }.count
            let content = rest.drop { $0 == " " }
            if content.isEmpty {
                position += 1
                elements.append(try nested(deeperThan: indentation))
            } else {
                // What follows the dash is a block of its own that begins in this line.
                lines[position] = Line(number: line.number, indentation: inner, content: content, raw: line.raw)
                elements.append(try block(inner))
            }
        }
        return .list(elements)
    }

    private mutating func map(_ indentation: Int) throws -> YAML {
        var pairs: [YAML.Pair] = []
        while let line = next(at: indentation), let (key, rest) = Self.splitKey(line.content) {
            position += 1
            pairs.append(YAML.Pair(key: key, value: try value(rest, line, indentation)))
        }
        if let line = next(at: indentation) { throw failure(line, "is no `key: value`") }
        return .map(pairs)
    }

    private mutating func value(_ rest: Substring, _ line: Line, _ indentation: Int) throws -> YAML {
        if rest.isEmpty {
            // A list may stand as deep as its key.
            if let below = next(at: indentation), Self.isListItem(below.content) { return try list(indentation) }
            return try nested(deeperThan: indentation)
        }
        if let style = rest.first, style == "|" || style == ">", rest.dropFirst().allSatisfy({ "+-".contains($0) }) {
            return .text(blockText(deeperThan: indentation, folds: style == ">"))
        }
        return try scalar(rest, line)
    }

    private mutating func nested(deeperThan indentation: Int) throws -> YAML {
        skipEmpty()
        guard let line = current, line.indentation > indentation else { return .text("") }
        return try block(line.indentation)
    }

    /// A scalar or what is in brackets, which may go on in the lines below.
    private mutating func scalar(_ text: Substring, _ line: Line) throws -> YAML {
        var whole = String(text)
        if let first = text.first, "{[".contains(first) {
            while !YAMLFlow.isBalanced(whole), let below = current {
                whole += " " + below.content
                position += 1
            }
        } else if let quote = text.first, quote == "'" || quote == "\"" {
            while !YAMLFlow.isClosed(whole, quote), let below = current {
                whole += " " + below.content
                position += 1
            }
        } else {
            while let below = current, below.content.isEmpty || below.indentation > line.indentation {
                position += 1
                if !below.content.isEmpty { whole += " " + below.content }
            }
        }
        var flow = YAMLFlow(whole)
        guard let value = flow.whole() else { throw failure(line, "cannot be read") }
        return value
    }

    private mutating func blockText(deeperThan indentation: Int, folds: Bool) -> String {
        var parts: [Substring] = []
        var depth: Int?
        while let line = current {
            let isEmpty = line.raw.allSatisfy { $0 == " " }
            guard isEmpty || line.indentation > indentation else { break }
            if !isEmpty, depth == nil { depth = line.indentation }
            parts.append(line.raw.dropFirst(depth ?? line.raw.count))
            position += 1
        }
        while parts.last?.isEmpty == true { parts.removeLast() }
        return parts.joined(separator: folds ? " " : "\n") + "\n"
    }

    private mutating func next(at indentation: Int) -> Line? {
        skipEmpty()
        guard let line = current, line.indentation == indentation else { return nil }
        return line
    }

    private static func isListItem(_ content: Substring) -> Bool { content == "-" || content.hasPrefix("- ") }

    /// Key and rest of `key: value`; nil when the line is none.
    private static func splitKey(_ content: Substring) -> (String, Substring)? {
        let bytes = content.utf8
        var quote: UInt8?
        var depth = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if index == bytes.startIndex, YAMLFlow.isQuote(byte) {
                quote = byte
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            } else if byte == UInt8(ascii: ":"), depth == 0 {
                let after = bytes.index(after: index)
                guard after == bytes.endIndex || bytes[after] == UInt8(ascii: " ") else { continue }
                return (YAMLFlow.unquoted(content[..<index].trimmed), content[after...].trimmed)
            }
        }
        return nil
    }

    private static func withoutComment(_ content: Substring) -> Substring {
        let bytes = content.utf8
        guard bytes.contains(UInt8(ascii: "#")) else { return content.trimmed }
        var quote: UInt8?
        var previous = UInt8(ascii: " ")
        for index in bytes.indices {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if YAMLFlow.isQuote(byte), YAMLFlow.beginsScalar(after: previous) {
                quote = byte
            } else if byte == UInt8(ascii: "#"), previous == UInt8(ascii: " ") {
                return content[..<index].trimmed
            }
            previous = byte
        }
        return content.trimmed
    }
}

extension Substring {
    /// Without spaces on either side.
    var trimmed: Substring {
        func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
        var text = self
        while let first = text.utf8.first, isSpace(first) { text = text[text.utf8.index(after: text.startIndex)...] }
        while let last = text.utf8.last, isSpace(last) { text = text[..<text.utf8.index(before: text.endIndex)] }
        return text
    }
}
