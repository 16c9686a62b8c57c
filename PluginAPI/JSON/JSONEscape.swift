/// Reading of the escape sequences in strings.
@usableFromInline
enum JSONEscape {
    /// The UTF-16 unit of four hexadecimal digits, or nil where there are no four.
    static func codeUnit(at digits: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) -> UInt32? {
        guard end - digits >= 4 else { return nil }
        var unit: UInt32 = 0
        for index in 0..<4 {
            let byte = digits[index]
            let value: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt32(value)
        }
        return unit
    }

    /// Writes `text`, a string that the scanner accepted, without its escapes and returns the bytes written.
    ///
    /// - Parameter output: Room for at least `text.count` bytes: unescaping never lengthens.
    @usableFromInline
    static func unescape(_ text: UnsafeBufferPointer<UInt8>, into output: UnsafeMutablePointer<UInt8>) -> Int {
        guard var cursor = text.baseAddress else { return 0 }
        let end = cursor + text.count
        var target = output
        while cursor < end {
            let byte = cursor.pointee
            guard byte == UInt8(ascii: "\\") else {
                target.pointee = byte
                target += 1
                cursor += 1
                continue
            }
            if cursor[1] == UInt8(ascii: "u") {
                cursor += writeScalar(at: cursor, end: end, into: &target)
            } else {
                target.pointee = simple(cursor[1])
                target += 1
                cursor += 2
            }
        }
        return target - output
    }

    private static func simple(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }

    /// Writes the scalar of a `\u` escape, or of a surrogate pair of them, and returns the bytes read.
    private static func writeScalar(
        at escape: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>, into target: inout UnsafeMutablePointer<UInt8>
    ) -> Int {
        var scalar = codeUnit(at: escape + 2, end: end) ?? 0xFFFD
        var length = 6
        if scalar & 0xFC00 == 0xD800, end - escape >= 12, let low = codeUnit(at: escape + 8, end: end) {
            scalar = 0x10000 + ((scalar & 0x3FF) << 10 | (low & 0x3FF))
            length = 12
        }
        func put(_ byte: UInt32) {
            target.pointee = UInt8(truncatingIfNeeded: byte)
            target += 1
        }
        switch scalar {
        case ..<0x80: put(scalar)
        case ..<0x800:
            put(0xC0 | scalar >> 6)
            put(0x80 | scalar & 0x3F)
        case ..<0x10000:
            put(0xE0 | scalar >> 12)
            put(0x80 | scalar >> 6 & 0x3F)
            put(0x80 | scalar & 0x3F)
        default:
            put(0xF0 | scalar >> 18)
            put(0x80 | scalar >> 12 & 0x3F)
            put(0x80 | scalar >> 6 & 0x3F)
            put(0x80 | scalar & 0x3F)
        }
        return length
    }
}
