/// A SHA-256 digest as a value that can be compared and looked up.
public struct Digest256: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// A digest of exactly 32 bytes; nil for any other number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        words = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// The digest as 64 lowercase hexadecimal digits.
    public var hexadecimal: String { Hexadecimal.text(bytes) }

    /// Compares all bytes, whatever the first difference.
    public static func == (left: Digest256, right: Digest256) -> Bool {
        (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
            | (left.words.3 ^ right.words.3) == 0
    }

    /// One word is enough: the bits of a digest are as good as random.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
