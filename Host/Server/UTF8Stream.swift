/// Checks UTF-8 that comes in pieces, and finds a fault as soon as it can be told (RFC 3629).
struct UTF8Stream {
    /// Continuation bytes that must follow, and what the next one may be.
    private var missing = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// Whether what was read ends with a whole character.
    var isComplete: Bool { missing == 0 }

    /// Reads on; false when this cannot be UTF-8 any more.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if missing == 0 {
                index = Self.endOfASCII(bytes, from: index)
                if index == bytes.count { return true }
            }
            guard take(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    /// Whether the bytes are UTF-8 as a whole.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var stream = UTF8Stream()
        return stream.read(bytes) && stream.isComplete
    }

    private static func endOfASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if word & 0x8080_8080_8080_8080 != 0 { break }
            index += 8
        }
        while index < bytes.count, bytes[index] < 0x80 { index += 1 }
        return index
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard byte >= lowest, byte <= highest else { return false }
            missing -= 1
            (lowest, highest) = (0x80, 0xBF)
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, lowest) = (2, 0xA0)
        case 0xED: (missing, highest) = (2, 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, lowest) = (3, 0x90)
        case 0xF4: (missing, highest) = (3, 0x8F)
        case 0xF1...0xF3: missing = 3
        default: return false
        }
        return true
    }
}
