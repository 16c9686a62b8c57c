/// What somebody looks for in a text, ignoring case and taking every character literally.
///
/// The text to look in is kept in a second column as `folded` gives it, and compared with
/// `LIKE $n ESCAPE '\'`: both engines then find the same, in any script.
public struct SearchText: Sendable, Equatable {
    /// The pattern for `LIKE`.
    public let pattern: String

    /// The search for `text`; nil where it is blank, which does not filter.
    public init?(_ text: String?) {
        guard let text else { return nil }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        var pattern = "%"
        for scalar in Self.folded(String(scalars[first...last])).unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(scalar)
        }
        self.pattern = pattern + "%"
    }

    /// The text without differences of case. By way of the capitals, since several small letters may share one: the
    /// two forms of sigma do, and ß is SS.
    public static func folded(_ text: String) -> String { text.uppercased().lowercased() }
}
