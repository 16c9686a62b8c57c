/// Rules for the names that appear in paths, folders and headers.
public enum Identifiers {
    /// A tenant id: 1 to 64 of `A-Z a-z 0-9 _ -`, as the platform contract says; it is also a folder's name.
    public static func isTenant(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...64).contains(bytes.count)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// A module id: lowercase letters and digits in words parted by single hyphens, 1 to 64 bytes.
    public static func isModule(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return text.utf8.count <= 64
            && words.allSatisfy { word in !word.isEmpty && word.allSatisfy { isLowercaseOrDigit($0) } }
            && text.utf8.first.map { $0 >= UInt8(ascii: "a") } == true
    }

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
