/// Rules for the names that appear in paths, folders and headers.
public enum Identifiers {
    /// A tenant id: 1 to 64 of `A-Z a-z 0-9 _ -`, as the platform contract says; it is also a folder's name.
    public static func isTenant(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...64).contains(bytes.count)
            && bytes.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// A module id: lowercase letters and digits in words parted by single hyphens, 1 to 64 bytes.
    public static func isModule(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return text.utf8.count <= 64
            && words.allSatisfy { word in !word.isEmpty && word.allSatisfy { $0.isLowercaseLetter || $0.isDigit } }
            && text.utf8.first?.isLowercaseLetter == true
    }
}
