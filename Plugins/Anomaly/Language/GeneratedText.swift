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

    /// Whether every number of the text is one of the facts', whatever separators either language writes; small whole
    /// numbers, as counts and items of lists are, may stand anywhere.
    public static func rests(_ text: String, on facts: String) -> Bool {
        let known = Set(numbers(facts).joined())
        return numbers(text).allSatisfy { readings in
            readings.contains { known.contains($0) || Int($0).map { $0 <= greatestFreeNumber } ?? false }
        }
    }

    /// Counts and numbers of list items go up to here.
    private static let greatestFreeNumber = 31

    /// Each number of a text in the ways that it may be read: `18.209` is more than eighteen thousand or less than
    /// nineteen, by its language.
    private static func numbers(_ text: String) -> [[String]] {
        let scalars = Array(text.unicodeScalars)
        let isDigit = { (index: Int) in scalars.indices.contains(index) && ("0"..."9").contains(scalars[index]) }
        var found: [[String]] = []
        var index = 0
        while index < scalars.count {
            guard isDigit(index) else {
                index += 1
                continue
            }
            var parts = [""]
            while index < scalars.count {
                if isDigit(index) {
                    parts[parts.count - 1].unicodeScalars.append(scalars[index])
                } else if [".", ",", "'", "\u{202F}", "\u{A0}"].contains(scalars[index]), isDigit(index + 1) {
                    parts.append("")
                } else {
                    break
                }
                index += 1
            }
            found.append(readings(parts))
        }
        return found
    }

    /// The ways to read digits that are separated into parts: the last part as a fraction, or all as groups.
    private static func readings(_ parts: [String]) -> [String] {
        let whole = { (digits: String) in
            let rest = digits.drop { $0 == "0" }
            return rest.isEmpty ? "0" : String(rest)
        }
        guard parts.count > 1, var fraction = parts.last else { return [whole(parts[0])] }
        let grouped = parts.dropFirst().allSatisfy { $0.count == 3 } ? [whole(parts.joined())] : []
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let integer = whole(parts.dropLast().joined())
        return grouped + [fraction.isEmpty ? integer : "\(integer).\(fraction)"]
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
