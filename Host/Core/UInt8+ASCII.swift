/// What an ASCII byte is, for readers of names, addresses and tokens.
extension UInt8 {
    /// Whether the byte is an ASCII digit.
    @inlinable package var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// Whether the byte is a lowercase ASCII letter.
    @inlinable package var isLowercaseLetter: Bool { self &- UInt8(ascii: "a") < 26 }

    /// Whether the byte is an ASCII letter.
    @inlinable package var isLetter: Bool { (self | 0x20).isLowercaseLetter }

    /// Whether the byte is an ASCII letter or digit.
    @inlinable package var isLetterOrDigit: Bool { isDigit || isLetter }
}
