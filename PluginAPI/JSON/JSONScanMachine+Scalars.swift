extension JSONScanMachine {
    /// Scans a string from its opening quote on.
    @inline(__always)
    mutating func scanString(flags: UInt8) -> Bool {
        cursor += 1
        let first = cursor
        var flags = flags
        while true {
            skipPlainText()
            guard cursor < end else { return fail(.syntax) }
            let byte = cursor.pointee
            if byte == UInt8(ascii: "\"") {
                let last = cursor
                cursor += 1
                return append(first, last, .string, flags: flags)
            } else if byte == UInt8(ascii: "\\") {
                flags |= JSONNode.escapedFlag
                guard skipEscape() else { return false }
            } else if byte >= 0x80 {
                guard skipMultibyteText() else { return false }
            } else if byte < 0x20 {
                return fail(.syntax)
            } else {
                cursor += 1
            }
        }
    }

    /// Moves over printable ASCII, eight bytes at a time, up to a byte that needs a closer look.
    @inline(__always)
    private mutating func skipPlainText() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while end - cursor >= 8 {
            let word = UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self).littleEndian
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            // The lowest set high bit is exact; borrows can only disturb bytes above it.
            let special =
                (((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
                    | ((word &- (ones &* 0x20)) & ~word) | word) & highs
            if special != 0 {
                cursor += special.trailingZeroBitCount >> 3
                return
            }
            cursor += 8
        }
    }

    /// Moves over one escape sequence, or a pair of them that together make one scalar.
    private mutating func skipEscape() -> Bool {
        guard end - cursor >= 2 else { return fail(.syntax) }
        switch cursor[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            cursor += 2
            return true
        case UInt8(ascii: "u"):
            guard let unit = JSONEscape.codeUnit(at: cursor + 2, end: end) else { return fail(.syntax) }
            if unit & 0xF800 != 0xD800 {
                cursor += 6
                return true
            }
            guard unit < 0xDC00, end - cursor >= 12, cursor[6] == UInt8(ascii: "\\"), cursor[7] == UInt8(ascii: "u"),
                let low = JSONEscape.codeUnit(at: cursor + 8, end: end), low & 0xFC00 == 0xDC00
            else { return fail(.encoding) }
            cursor += 12
            return true
        default:
            return fail(.syntax)
        }
    }

    /// Moves over well-formed multi-byte sequences of UTF-8 (table 3-7 of the Unicode Standard).
    private mutating func skipMultibyteText() -> Bool {
        while cursor < end, cursor.pointee >= 0x80 {
            let lead = cursor.pointee
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            case 0xF1...0xF3: length = 4
            default: return fail(.encoding)
            }
            guard end - cursor >= length, second.contains(cursor[1]) else { return fail(.encoding) }
            for index in 2..<max(length, 2) where cursor[index] & 0xC0 != 0x80 { return fail(.encoding) }
            cursor += length
        }
        return true
    }

    /// Scans a number from its sign or first digit on.
    @inline(__always)
    mutating func scanNumber() -> Bool {
        let first = cursor
        if cursor.pointee == UInt8(ascii: "-") { cursor += 1 }
        guard cursor < end, isDigit(cursor.pointee) else { return fail(.syntax) }
        if cursor.pointee == UInt8(ascii: "0") { cursor += 1 } else { skipDigits() }
        var flags = JSONNode.integerFlag
        if cursor < end, cursor.pointee == UInt8(ascii: ".") {
            flags = 0
            cursor += 1
            guard cursor < end, isDigit(cursor.pointee) else { return fail(.syntax) }
            skipDigits()
        }
        if cursor < end, cursor.pointee | 0x20 == UInt8(ascii: "e") {
            flags = 0
            cursor += 1
            if cursor < end, cursor.pointee == UInt8(ascii: "+") || cursor.pointee == UInt8(ascii: "-") { cursor += 1 }
            guard cursor < end, isDigit(cursor.pointee) else { return fail(.syntax) }
            skipDigits()
            return finishLargeNumber(first, flags: flags)
        }
        if cursor - first > 300 { return finishLargeNumber(first, flags: flags) }
        return append(first, cursor, .number, flags: flags)
    }

    /// Appends a number that may lie outside the range of a 64-bit float.
    private mutating func finishLargeNumber(_ first: UnsafePointer<UInt8>, flags: UInt8) -> Bool {
        let text = UnsafeBufferPointer(start: first, count: cursor - first)
        guard JSONDecimal(text).double(text).isFinite else {
            cursor = first
            return fail(.numberRange)
        }
        return append(first, cursor, .number, flags: flags)
    }

    @inline(__always)
    private mutating func skipDigits() {
        while cursor < end, isDigit(cursor.pointee) { cursor += 1 }
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
