/// Judges text that a generator wrote.
public enum GeneratedText {
    /// The text without surrounding white space; nil where it is empty, longer than the maximum, or holds what must
    /// not reach a reader's browser: HTML, links, images, or control characters.
    public static func usable(_ text: String, maximumCharacters: Int) -> String? {
        let isBlank = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return nil }
        let trimmed = String(String.UnicodeScalarView(scalars[first...last]))
        guard trimmed.count <= maximumCharacters, !trimmed.unicodeScalars.contains(where: isForbidden),
            !holdsMarkup(trimmed)
        else { return nil }
        return trimmed
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        // Control characters, and those that turn the direction of text.
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func holdsMarkup(_ text: String) -> Bool {
        let bytes = Array(text.lowercased().utf8)
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if byte == UInt8(ascii: "<"),
                next == UInt8(ascii: "/") || next == UInt8(ascii: "!") || next == UInt8(ascii: "?")
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next)
            {
                return true
            }
            // Links and images of Markdown, by parentheses or by reference.
            if byte == UInt8(ascii: "]"),
                next == UInt8(ascii: "(") || next == UInt8(ascii: "[") || next == UInt8(ascii: ":")
            {
                return true
            }
            if byte == UInt8(ascii: "&"), next == UInt8(ascii: "#") || next == UInt8(ascii: "l") { return true }
        }
        return text.lowercased().contains("://") || text.lowercased().contains("javascript:")
    }
}
