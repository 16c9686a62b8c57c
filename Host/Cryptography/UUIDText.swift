/// Version 4 UUIDs as text.
public enum UUIDText {
    /// Bytes of the text.
    public static let count = 36

    /// A fresh UUID from the system's source of randomness.
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next()
        let low = generator.next()
        return String(unsafeUninitializedCapacity: count) { buffer in
            write(high: high, low: low, into: UnsafeMutableRawBufferPointer(buffer))
            return count
        }
    }

    /// Writes the UUID made of 128 random bits, of which six are replaced, over the first `count` bytes.
    public static func write(high: UInt64, low: UInt64, into text: UnsafeMutableRawBufferPointer) {
        precondition(text.count >= count, "A UUID needs 36 bytes.")
        let high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let first = digits(high >> 32)
        let second = digits(high & 0xFFFF_FFFF)
        let third = digits(low >> 32)
        text.storeBytes(of: first, toByteOffset: 0, as: UInt64.self)
        put(second, at: 8, text)
        put(second >> 32, at: 13, text)
        put(third, at: 18, text)
        put(third >> 32, at: 23, text)
        text.storeBytes(of: digits(low & 0xFFFF_FFFF), toByteOffset: 28, as: UInt64.self)
    }

    /// A dash and the first four digits.
    private static func put(_ digits: UInt64, at index: Int, _ text: UnsafeMutableRawBufferPointer) {
        text[index] = UInt8(ascii: "-")
        text.storeBytes(of: UInt32(truncatingIfNeeded: digits).littleEndian, toByteOffset: index + 1, as: UInt32.self)
    }

    /// The eight hexadecimal digits of 32 bits, the first one in the lowest byte.
    private static func digits(_ value: UInt64) -> UInt64 {
        // Sixteen bits, eight bits and four bits change places in turn, until each has a byte of its own.
        var spread = (value & 0xFFFF) << 32 | value >> 16
        spread = (spread & 0x0000_00FF_0000_00FF) << 16 | (spread & 0x0000_FF00_0000_FF00) >> 8
        spread = (spread & 0x000F_000F_000F_000F) << 8 | (spread & 0x00F0_00F0_00F0_00F0) >> 4
        // Six more carry a ten or above into the next four bits, and 39 lie between the nine and the letter a.
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (spread &+ 0x3030_3030_3030_3030 &+ letters &* 39).littleEndian
    }
}
