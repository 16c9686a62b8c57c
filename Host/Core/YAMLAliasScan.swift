/// Finds the aliases of a YAML text without parsing it.
///
/// The parser compares all keys of a mapping, and so visits whatever an alias inside of one stands for: thirty short
/// lines can keep it busy for years. A bundle's files are read before anybody trusts them, and JSON, which they become,
/// has no aliases, so a file with some is refused before it is parsed.
enum YAMLAliasScan {
    /// The line of the first alias, counted from 1, in a text that has anchors too; nil when there is none. Does not
    /// know what is quoted: text that looks like both is taken for them.
    static func line(in text: String) -> Int? {
        var hasAnchor = false
        var aliasLine: Int?
        var line = 1
        var before: UInt8 = 10
        var previous: UInt8 = 10
        for byte in text.utf8 {
            if previous == UInt8(ascii: "&") || previous == UInt8(ascii: "*"), isBoundary(before), isName(byte) {
                if previous == UInt8(ascii: "&") { hasAnchor = true } else { aliasLine = aliasLine ?? line }
            }
            if byte == 10 { line += 1 }
            (before, previous) = (previous, byte)
        }
        return hasAnchor ? aliasLine : nil
    }

    /// What can stand before a token: a blank, or a sign of its own; also the parts of other characters, some of which
    /// end a line.
    private static func isBoundary(_ byte: UInt8) -> Bool {
        byte <= 32 || byte >= 0x80 || "[]{},:?\"'".utf8.contains(byte)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte >= 0x80
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
