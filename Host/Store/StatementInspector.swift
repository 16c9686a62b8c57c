/// Reads a statement's tokens for what the authorizer cannot see.
///
/// Three things lose a neighbour's row in a group commit although its savepoint was released: a conflict clause
/// ROLLBACK, RAISE(ROLLBACK), and constraints that are looked at only by COMMIT. None of them reaches the authorizer.
struct StatementInspector {
    /// What a statement turned out to be.
    struct Finding {
        /// Why the statement is refused; nil when it is not.
        var refusal: String?
        /// Whether it changes the schema, so that SQLite's count of changed rows says nothing of it.
        var isSchemaChange = false
        /// Whether there is anything but space and comments.
        var isEmpty = true
    }

    private enum Kind {
        case word
        case quotedName
        case string
        case other
    }

    private let text: UnsafeRawBufferPointer
    private var position = 0

    /// Inspects one statement.
    static func inspect(_ text: UnsafeRawBufferPointer, privilege: Privilege) -> Finding {
        var inspector = StatementInspector(text: text)
        return inspector.inspect(privilege: privilege)
    }

    private init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    private mutating func inspect(privilege: Privilege) -> Finding {
        var finding = Finding()
        var previous = 0..<0
        while let (kind, range) = next() {
            if finding.isEmpty {
                finding.isEmpty = false
                finding.isSchemaChange = ["CREATE", "DROP", "ALTER", "REINDEX", "ANALYZE"].contains {
                    word(range, is: $0)
                }
            }
            if privilege != .host, finding.refusal == nil {
                finding.refusal = refusal(of: kind, range, after: previous)
            }
            previous = range
        }
        return finding
    }

    private func refusal(of kind: Kind, _ range: Range<Int>, after previous: Range<Int>) -> String? {
        switch kind {
        case .word:
            if word(range, is: "ROLLBACK") {
                return "ROLLBACK would undo the changes of others; use ABORT, or quote it where it is a name"
            }
            if word(range, is: "DEFERRABLE"), !word(previous, is: "NOT") {
                return "deferrable constraints are not supported, since they are only looked at when all is written"
            }
            return isReserved(range) ? Self.reservedNames : nil
        case .quotedName:
            return isReserved(range.dropFirst()) ? Self.reservedNames : nil
        case .string:
            // SQLite takes a string for a name in these places.
            let isName = word(previous, is: "TO") || word(previous, is: "REFERENCES")
            return isName && isReserved(range.dropFirst()) ? Self.reservedNames : nil
        case .other:
            return nil
        }
    }

    private static let reservedNames = "names that begin with gantry_ belong to the host"

    private func isReserved(_ range: Range<Int>) -> Bool {
        word(range.prefix(7), is: "GANTRY_")
    }

    /// Compares without regard to case with a word in capitals.
    private func word(_ range: Range<Int>, is word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        for (index, offset) in range.enumerated() {
            let byte = text[offset]
            let isLowercase = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            guard (isLowercase ? byte - 32 : byte) == word.utf8Start[index] else { return false }
        }
        return true
    }

    private mutating func next() -> (Kind, Range<Int>)? {
        skipSpaceAndComments()
        guard position < text.count else { return nil }
        let start = position
        let byte = text[start]
        switch byte {
        case UInt8(ascii: "'"):
            skipQuoted(until: byte)
            return (.string, start..<position)
        case UInt8(ascii: "\""), UInt8(ascii: "`"):
            skipQuoted(until: byte)
            return (.quotedName, start..<position)
        case UInt8(ascii: "["):
            skipQuoted(until: UInt8(ascii: "]"))
            return (.quotedName, start..<position)
        case _ where Self.isNameByte(byte):
            while position < text.count, Self.isNameByte(text[position]) { position += 1 }
            return (.word, start..<position)
        default:
            position += 1
            return (.other, start..<position)
        }
    }

    private mutating func skipSpaceAndComments() {
        while position < text.count {
            let byte = text[position]
            let following = position + 1 < text.count ? text[position + 1] : 0
            if byte == UInt8(ascii: " ") || (byte >= 9 && byte <= 13) || byte == UInt8(ascii: ";") {
                position += 1
            } else if byte == UInt8(ascii: "-"), following == byte {
                while position < text.count, text[position] != UInt8(ascii: "\n") { position += 1 }
            } else if byte == UInt8(ascii: "/"), following == UInt8(ascii: "*") {
                position += 2
                while position + 1 < text.count,
                    text[position] != UInt8(ascii: "*") || text[position + 1] != UInt8(ascii: "/")
                { position += 1 }
                position = min(position + 2, text.count)
            } else {
                return
            }
        }
    }

    /// A quote that is written twice stands for itself, except in brackets, where the second one begins anew and is
    /// of no meaning here.
    private mutating func skipQuoted(until quote: UInt8) {
        position += 1
        while position < text.count {
            defer { position += 1 }
            guard text[position] == quote else { continue }
            guard quote != UInt8(ascii: "]"), position + 1 < text.count, text[position + 1] == quote else { return }
            position += 1
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte >= 0x80
    }
}
