/// Reads little-endian numbers and text out of untrusted bytes; every access is checked and answers nil outside.
struct ByteReader {
    let bytes: [UInt8]

    func unsigned<Number: FixedWidthInteger & UnsignedInteger>(_ offset: UInt64, as _: Number.Type) -> Number? {
        guard let start = Int(exactly: offset), start <= bytes.count - MemoryLayout<Number>.size, start >= 0 else {
            return nil
        }
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Number.self)) }
    }

    /// Text up to the next NUL; nil when that is further away than `maximumBytes`, or the text is not UTF-8.
    func text(_ offset: UInt64, maximumBytes: Int = 4096) -> String? {
        guard let start = Int(exactly: offset), start >= 0, start < bytes.count else { return nil }
        let window = bytes[start..<min(bytes.count, start + maximumBytes)]
        guard let end = window.firstIndex(of: 0) else { return nil }
        return String(validating: bytes[start..<end], as: UTF8.self)
    }

    func slice(_ offset: UInt64, _ count: UInt64) -> ArraySlice<UInt8>? {
        guard let start = Int(exactly: offset), let count = Int(exactly: count), start >= 0, count >= 0,
            start <= bytes.count, count <= bytes.count - start
        else { return nil }
        return bytes[start..<start + count]
    }
}
