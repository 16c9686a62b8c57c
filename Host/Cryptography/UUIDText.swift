/// Version 4 UUIDs as text.
public enum UUIDText {
    private static let digits: StaticString = "0123456789abcdef"
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
        var index = 0
        for shift in stride(from: 60, through: 0, by: -4) {
            if shift == 28 || shift == 12 { dash(&index, text) }
            put(high >> UInt64(shift), &index, text)
        }
        dash(&index, text)
        for shift in stride(from: 60, through: 0, by: -4) {
            if shift == 44 { dash(&index, text) }
            put(low >> UInt64(shift), &index, text)
        }
    }

    private static func put(_ value: UInt64, _ index: inout Int, _ text: UnsafeMutableRawBufferPointer) {
        text[index] = digits.utf8Start[Int(value & 15)]
        index += 1
    }

    private static func dash(_ index: inout Int, _ text: UnsafeMutableRawBufferPointer) {
        text[index] = UInt8(ascii: "-")
        index += 1
    }
}
