/// 128 bits that name an event or a job: a UUID of version 7, so that younger ones sort behind older ones.
public struct UniqueIdentifier: Sendable, Hashable, CustomStringConvertible {
    /// The upper and the lower half, as numbers.
    public let high: UInt64, low: UInt64

    /// An identifier from its halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identifier.
    /// - Parameter milliseconds: now, since 1970.
    public init(atMilliseconds milliseconds: Int64) {
        var random = SystemRandomNumberGenerator()
        high = UInt64(truncatingIfNeeded: milliseconds) << 16 | 0x7000 | random.next() & 0x0FFF
        low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// An identifier from its 16 bytes; nil when there are more or fewer.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// An identifier from its usual form of 36 characters; nil when it is none.
    public init?(_ text: String) {
        var digits: [UInt64] = []
        for (index, character) in text.utf8.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard character == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Character(Unicode.Scalar(character)).hexDigitValue else { return nil }
                digits.append(UInt64(digit))
            }
        }
        guard digits.count == 32 else { return nil }
        high = digits[..<16].reduce(0) { $0 << 4 | $1 }
        low = digits[16...].reduce(0) { $0 << 4 | $1 }
    }

    /// The usual form: 36 characters, lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            return 36
        }
    }

    /// Writes the usual form to the first 36 bytes of a buffer.
    public func write(to buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= 36, "an identifier takes 36 bytes")
        let digits: StaticString = "0123456789abcdef"
        var position = 0
        for nibble in 0..<32 {
            if [8, 12, 16, 20].contains(nibble) {
                buffer[position] = UInt8(ascii: "-")
                position += 1
            }
            let half = nibble < 16 ? high : low
            buffer[position] = digits.utf8Start[Int(half >> (60 - UInt64(nibble % 16) * 4) & 0xF)]
            position += 1
        }
    }

    /// The 16 bytes, as the tables hold them.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }
}
