import CSQLite

/// A compiled statement, with what has to be known to run it.
final class PreparedStatement {
    let handle: OpaquePointer
    /// Whether SQLite's count of changed rows is about this statement.
    let countsChanges: Bool
    /// For each of SQLite's parameters the position of `$n` in the caller's list, counted from 0.
    let parameterPositions: [Int32]
    /// How many parameters the caller has to give.
    let parameterCount: Int
    /// Whether it is being run: a body may run the same text again while it reads its rows.
    var isInUse = false
    /// When it was last used, in uses of the cache.
    var lastUse: UInt64 = 0
    /// The text, to tell statements of one hash apart.
    let text: [UInt8]

    init(
        handle: OpaquePointer,
        text: UnsafeRawBufferPointer,
        isSchemaChange: Bool
    ) throws(StoreError) {
        self.handle = handle
        self.text = Array(text)
        countsChanges = !isSchemaChange && sqlite3_stmt_readonly(handle) == 0
        var positions: [Int32] = []
        for index in 0..<sqlite3_bind_parameter_count(handle) {
            guard let number = Self.number(ofParameter: sqlite3_bind_parameter_name(handle, index + 1)) else {
                sqlite3_finalize(handle)
                throw StoreError(.misuse, "placeholders are written $1, $2, …")
            }
            positions.append(number - 1)
        }
        parameterPositions = positions
        parameterCount = Int((positions.max() ?? -1) + 1)
    }

    deinit {
        sqlite3_finalize(handle)
    }

    private static func number(ofParameter name: UnsafePointer<CChar>?) -> Int32? {
        guard let name, name[0] == CChar(bitPattern: UInt8(ascii: "$")), name[1] != 0 else { return nil }
        var number: Int32 = 0
        var index = 1
        while name[index] != 0 {
            let digit = Int32(name[index]) - Int32(UInt8(ascii: "0"))
            guard digit >= 0, digit <= 9, number < 100_000 else { return nil }
            number = number * 10 + digit
            index += 1
        }
        return number > 0 ? number : nil
    }
}
