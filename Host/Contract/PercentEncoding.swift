/// Percent-encoding of URIs, and of queries in the manner of forms.
enum PercentEncoding {
    /// Decodes `text` into `output` and returns the bytes written. A `%` without two digits stands for itself.
    ///
    /// - Parameter output: Room for at least `text.count` bytes.
    static func decode(
        _ text: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool, into output: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var index = 0
        var count = 0
        while index < text.count {
            var byte = text[index]
            if byte == UInt8(ascii: "+"), plusIsSpace {
                byte = 0x20
            } else if byte == UInt8(ascii: "%"), index + 2 < text.count, let high = value(text[index + 1]),
                let low = value(text[index + 2])
            {
                byte = high << 4 | low
                index += 2
            }
            output[count] = byte
            count += 1
            index += 1
        }
        return count
    }

    /// Decodes a string; nil where the outcome is not UTF-8.
    static func decode(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var text = text
        let bytes = text.withUTF8 { buffer in
            [UInt8](unsafeUninitializedCapacity: buffer.count) { output, count in
                count = output.baseAddress.map { decode(buffer, plusIsSpace: false, into: $0) } ?? 0
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        guard digit.isHexadecimalDigit else { return nil }
        return digit.isDigit ? digit - UInt8(ascii: "0") : (digit | 0x20) - UInt8(ascii: "a") + 10
    }
}
