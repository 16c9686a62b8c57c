import Glibc

/// Finding bytes in bytes, by the C library: the rules read the whole repository within a second, also in debug form.
enum Search {
    static func positions(of needle: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> [Int] {
        guard let start = text.baseAddress, let first = needle.first, let needleStart = needle.baseAddress else {
            return []
        }
        var positions: [Int] = []
        var offset = 0
        while offset + needle.count <= text.count,
            let hit = memchr(start + offset, Int32(first), text.count - needle.count + 1 - offset)
        {
            let position = UnsafeRawPointer(hit) - UnsafeRawPointer(start)
            if memcmp(hit, needleStart, needle.count) == 0 { positions.append(position) }
            offset = position + 1
        }
        return positions
    }

    /// Whether neither a letter nor a digit nor an underscore stands beside the hit.
    static func standsAlone(_ position: Int, _ count: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        (position == 0 || !isWordByte(text[position - 1]))
            && (position + count == text.count || !isWordByte(text[position + count]))
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
    }
}
