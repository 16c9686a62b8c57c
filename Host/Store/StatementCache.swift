import Glibc

/// The compiled statements of one connection and privilege, found by their text without making a String of it.
struct StatementCache {
    private var statements: [UInt64: PreparedStatement] = [:]
    private var useCount: UInt64 = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(text.count)
        var offset = 0
        while offset + 8 <= text.count {
            hash = (hash ^ text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            offset += 8
        }
        while offset < text.count {
            hash = (hash ^ UInt64(text[offset])) &* 0x0000_0100_0000_01B3
            offset += 1
        }
        return hash ^ (hash >> 29)
    }

    /// A statement of this text that is free.
    mutating func find(_ text: UnsafeRawBufferPointer, hash: UInt64) -> PreparedStatement? {
        guard let statement = statements[hash], !statement.isInUse else { return nil }
        let isSame = statement.text.withUnsafeBytes { bytes in
            bytes.count == text.count && Self.areEqual(bytes, text)
        }
        guard isSame else { return nil }
        useCount += 1
        statement.lastUse = useCount
        return statement
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
    }

    /// Keeps a statement; the one not used for longest goes when there is no room.
    mutating func insert(_ statement: PreparedStatement, hash: UInt64) {
        guard statements[hash] == nil else { return }
        if statements.count >= capacity,
            let oldest = statements.filter({ !$0.value.isInUse }).min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            statements[oldest.key] = nil
        }
        useCount += 1
        statement.lastUse = useCount
        statements[hash] = statement
    }

    mutating func removeAll() {
        statements = [:]
    }
}
