/// Identifiers that the API takes.
public enum Identifier {
    /// The text with every run of characters that an identifier may not have replaced by one hyphen, and cut to the
    /// length that it may have.
    ///
    /// - Parameters:
    ///   - limit: The longest that it may be: 64 for stations, 128 for sessions, 36 for connectors, 48 for EVSEs.
    ///   - allowed: Characters besides letters and digits.
    public static func sanitized(_ text: String, limit: Int = 64, allowed: String = "*._:@-") -> String {
        var result = ""
        var isPending = false
        for character in text {
            if character.isASCII, character.isLetter || character.isNumber || allowed.contains(character) {
                if isPending, !result.isEmpty { result += "-" }
                isPending = false
                result.append(character)
            } else {
                isPending = true
            }
        }
        return String(result.prefix(limit))
    }
}
