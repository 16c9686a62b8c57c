/// Helpers for text that is known to be well-formed UTF-8.
enum UTF8Text {
    /// Decodes the scalar at `index` and moves past it.
    @inline(__always)
    static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt32 {
        let lead = UInt32(text[index])
        func tail(_ distance: Int) -> UInt32 { UInt32(text[index + distance] & 0x3F) }
        switch lead {
        case ..<0x80:
            index += 1
            return lead
        case ..<0xE0:
            defer { index += 2 }
            return (lead & 0x1F) << 6 | tail(1)
        case ..<0xF0:
            defer { index += 3 }
            return (lead & 0x0F) << 12 | tail(1) << 6 | tail(2)
        default:
            defer { index += 4 }
            return (lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)
        }
    }

    /// How many scalars the text has.
    static func scalarCount(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var continuations = 0
        for byte in text where byte & 0xC0 == 0x80 { continuations += 1 }
        return text.count - continuations
    }

    /// Whether `bytes` are well-formed.
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if !bytes.contains(where: { $0 >= 0x80 }) { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// The text without white space (Unicode's White_Space) around it.
    static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var first = 0
        var last = text.count
        while first < last {
            var next = first
            guard isWhitespace(scalar(text, &next)) else { break }
            first = next
        }
        while last > first {
            var lead = last - 1
            while lead > first, text[lead] & 0xC0 == 0x80 { lead -= 1 }
            var next = lead
            guard isWhitespace(scalar(text, &next)) else { break }
            last = lead
        }
        return UnsafeBufferPointer(rebasing: text[first..<last])
    }

    /// Whether the text holds a control character (category Cc) other than tab and line feed.
    static func hasControlCharacter(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for (index, byte) in text.enumerated() {
            if byte < 0x20 ? byte != 0x09 && byte != 0x0A : byte == 0x7F { return true }
            if byte == 0xC2, text[index + 1] < 0xA0 { return true }
        }
        return false
    }

    private static func isWhitespace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}
