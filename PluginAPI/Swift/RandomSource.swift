import CGantry

/// Random bytes from the operating system, fit for identifiers and keys.
public struct RandomSource {
    let scope: CallScope

    /// So many random bytes.
    public func bytes(_ count: Int) throws(HostError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try fill(&bytes)
        return bytes
    }

    /// A random UUID (version 4) in lower case, 36 characters.
    public func uuid() throws(HostError) -> String {
        var bytes = try bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        return Self.text(&bytes)
    }

    /// A UUID (version 7) in lower case: ids made later sort behind, which keeps an index compact.
    public func orderedUUID() throws(HostError) -> String {
        let now = UInt64(bitPattern: try Clock(scope: scope).milliseconds())
        var bytes = try bytes(16)
        for index in 0..<6 {
            bytes[index] = UInt8(truncatingIfNeeded: now >> UInt64(40 - 8 * index))
        }
        bytes[6] = bytes[6] & 0x0F | 0x70
        return Self.text(&bytes)
    }

    private func fill(_ bytes: inout [UInt8]) throws(HostError) {
        let status = bytes.withUnsafeMutableBufferPointer { buffer in
            // Tables are checked to be complete when they are found.
            scope.tables.pointee.clock.pointee.random.unsafelyUnwrapped(
                scope.call, buffer.baseAddress, UInt64(buffer.count))
        }
        try HostError.check(status, "gantry.clock random")
    }

    /// Sets the variant and writes the sixteen bytes as text.
    private static func text(_ bytes: inout [UInt8]) -> String {
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits: StaticString = "0123456789abcdef"
        return String(unsafeUninitializedCapacity: 36) { target in
            var position = 0
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    target[position] = UInt8(ascii: "-")
                    position += 1
                }
                target[position] = digits.utf8Start[Int(byte >> 4)]
                target[position + 1] = digits.utf8Start[Int(byte & 15)]
                position += 2
            }
            return position
        }
    }
}
