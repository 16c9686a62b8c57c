extension JSONWriter {
    /// Writes a string, escaped as needed.
    @inlinable
    public mutating func string(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { appendQuoted($0) }
    }

    /// Writes a string known at compile time, escaped as needed.
    @inlinable
    @_disfavoredOverload
    public mutating func string(_ text: StaticString) {
        separate()
        appendQuoted(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes a string, or `null` where there is none.
    @inlinable
    public mutating func string(_ text: String?) {
        if let text { string(text) } else { null() }
    }

    /// Writes a string from its UTF-8, escaped as needed. The bytes must be well-formed.
    @inlinable
    public mutating func string(utf8 text: UnsafeBufferPointer<UInt8>) {
        separate()
        appendQuoted(text)
    }

    /// Writes an integer.
    @inlinable
    public mutating func int(_ value: some FixedWidthInteger & SignedInteger) {
        separate()
        appendInteger(Int64(value))
    }

    /// Writes an integer, or `null` where there is none.
    @inlinable
    public mutating func int(_ value: Int64?) {
        if let value { int(value) } else { null() }
    }

    /// Writes a number in the shortest form that reads back as the same value; integral ones without a fraction.
    ///
    /// JSON has no words for infinities and not-a-number: they become `null`.
    @inlinable
    public mutating func double(_ value: Double) {
        separate()
        appendDouble(value)
    }

    /// Writes a number, or `null` where there is none.
    @inlinable
    public mutating func double(_ value: Double?) {
        if let value { double(value) } else { null() }
    }

    /// Writes an instant as an RFC 3339 string in UTC.
    ///
    /// - Parameter milliseconds: Since 1970; the year must lie between 0 and 9999.
    @inlinable
    public mutating func timestamp(milliseconds: Int64) {
        separate()
        append(atMost: 26) { output in
            output[0] = UInt8(ascii: "\"")
            let count = RFC3339.write(milliseconds: milliseconds, to: output + 1)
            output[count + 1] = UInt8(ascii: "\"")
            return count + 2
        }
    }

    @usableFromInline
    mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        guard let start = text.baseAddress, !text.isEmpty else {
            append(atMost: 2) { output in
                output[0] = UInt8(ascii: "\"")
                output[1] = UInt8(ascii: "\"")
                return 2
            }
            return
        }
        var plain = Self.plainPrefix(start, text.count)
        if plain == text.count {
            append(atMost: plain + 2) { output in
                output[0] = UInt8(ascii: "\"")
                (output + 1).update(from: start, count: text.count)
                output[text.count + 1] = UInt8(ascii: "\"")
                return text.count + 2
            }
            return
        }
        bytes.append(UInt8(ascii: "\""))
        var index = 0
        while true {
            bytes.append(contentsOf: UnsafeBufferPointer(start: start + index, count: plain))
            index += plain
            guard index < text.count else { break }
            appendEscaped(start[index])
            index += 1
            plain = Self.plainPrefix(start + index, text.count - index)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// How many bytes come before the first one that must be escaped, eight at a time.
    private static func plainPrefix(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index + 8 <= count {
            let word = UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self).littleEndian
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let special =
                (((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
                    | ((word &- (ones &* 0x20)) & ~word)) & (ones &* 0x80)
            if special != 0 { return index + special.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < count {
            let byte = start[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            index += 1
        }
        return index
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UInt8(ascii: "0") + byte >> 4)
            bytes.append((byte & 0xF < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) + byte & 0xF)
        }
    }

    @usableFromInline
    mutating func appendInteger(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let width = Self.width(value.magnitude)
        append(atMost: width) { output in
            Self.put(value.magnitude, width: width, to: output)
            return width
        }
    }

    /// How many digits a number has.
    private static func width(_ value: UInt64) -> Int {
        var width = 1
        var limit: UInt64 = 10
        while value >= limit, width < 20 {
            width += 1
            limit = width < 20 ? limit * 10 : limit
        }
        return width
    }

    /// Writes the last `width` digits of a number.
    @inline(__always)
    private static func put(_ value: UInt64, width: Int, to output: UnsafeMutablePointer<UInt8>) {
        var rest = value
        for position in stride(from: width - 1, through: 0, by: -1) {
            output[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    @usableFromInline
    mutating func appendDouble(_ value: Double) {
        guard value.isFinite else {
            bytes.append(contentsOf: "null".utf8)
            return
        }
        let magnitude = abs(value)
        if magnitude < 1e15 {
            // A quotient of two exact floats is the nearest one to that decimal, and up to 15 digits are unique: the
            // first scale that reproduces the value is its shortest form.
            var scale = 1.0
            for digits in 0...4 {
                let product = magnitude * scale
                guard product < 1e15 else { break }
                // Cut, which is one instruction where rounding is a call: what it gets wrong reproduces nothing.
                let scaled = UInt64(product + 0.5)
                if Double(scaled) / scale == magnitude {
                    appendDecimal(scaled, isNegative: value < 0, fractionDigits: digits, scale: UInt64(scale))
                    return
                }
                scale *= 10
            }
        }
        var description = value.description
        if description.hasSuffix(".0") { description.removeLast(2) }
        bytes.append(contentsOf: description.utf8)
    }

    private mutating func appendDecimal(_ scaled: UInt64, isNegative: Bool, fractionDigits: Int, scale: UInt64) {
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: scale)
        let width = Self.width(whole)
        append(atMost: width + fractionDigits + 2) { output in
            output[0] = UInt8(ascii: "-")
            let start = isNegative ? output + 1 : output
            Self.put(whole, width: width, to: start)
            guard fractionDigits > 0 else { return start - output + width }
            start[width] = UInt8(ascii: ".")
            Self.put(fraction, width: fractionDigits, to: start + width + 1)
            return start - output + width + 1 + fractionDigits
        }
    }
}
