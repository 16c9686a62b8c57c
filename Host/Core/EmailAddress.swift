/// Addresses as people have them: `name@host.example`, in ASCII, without comments, quotes or literal hosts.
public enum EmailAddress {
    /// Octets of the longest one (RFC 5321, erratum 1690).
    public static let maximumBytes = 254

    /// Whether the text is such an address. RFC 5322 allows more, which nobody has.
    public static func isPlain(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= maximumBytes, let at = bytes.lastIndex(of: UInt8(ascii: "@")), at > 0, at <= 64 else {
            return false
        }
        let name = bytes[..<at].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let host = bytes[(at + 1)...].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtom) } && host.count >= 2 && host.allSatisfy(isLabel)
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
            return false
        }
        return label.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
    }
}
