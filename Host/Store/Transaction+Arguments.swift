extension Transaction {
    /// Runs one statement of the host's own, with parameters that own their bytes.
    /// - Returns: how many rows were inserted, updated or deleted.
    @discardableResult
    public func execute(
        _ sql: StaticString,
        _ arguments: [SQLArgument] = [],
        privilege: Privilege? = nil,
        onRow: (borrowing Row) throws(StoreError) -> Bool = Transaction.ignoreRows
    ) throws(StoreError) -> Int {
        precondition(sql.hasPointerRepresentation, "a statement is more than one character")
        let text = UnsafeRawBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount)
        return try Self.withValues(arguments) { values throws(StoreError) in
            try execute(text, values, privilege: privilege, onRow: onRow)
        }
    }

    /// Runs one statement whose text is made at run time, with parameters that own their bytes.
    /// - Returns: how many rows were inserted, updated or deleted.
    @discardableResult
    public func execute(
        text sql: String,
        _ arguments: [SQLArgument] = [],
        privilege: Privilege? = nil,
        onRow: (borrowing Row) throws(StoreError) -> Bool = Transaction.ignoreRows
    ) throws(StoreError) -> Int {
        let text = Array(sql.utf8)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: text)
        return try Self.withValues(arguments) { values throws(StoreError) in
            try execute(UnsafeRawBufferPointer(bytes), values, privilege: privilege, onRow: onRow)
        }
    }

    /// For statements whose rows are of no interest: ends at the first.
    public static func ignoreRows(_ row: borrowing Row) throws(StoreError) -> Bool {
        false
    }

    /// Lays all bytes of the arguments into one block, which the values then borrow.
    private static func withValues<Result>(
        _ arguments: [SQLArgument],
        _ body: (UnsafeBufferPointer<SQLValue>) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let byteCount = arguments.reduce(0) { $0 + $1.byteCount }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
        let values = UnsafeMutableBufferPointer<SQLValue>.allocate(capacity: arguments.count)
        defer {
            values.deallocate()
            block.deallocate()
        }
        var used = 0
        for (index, argument) in arguments.enumerated() {
            let room = UnsafeMutableRawBufferPointer(rebasing: block[used...])
            values.initializeElement(at: index, to: argument.value(in: room))
            used += argument.byteCount
        }
        return try body(UnsafeBufferPointer(values))
    }
}

extension SQLArgument {
    fileprivate var byteCount: Int {
        switch self {
        case .null, .integer, .real: 0
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }

    /// The value with its bytes copied to the start of `room`.
    fileprivate func value(in room: UnsafeMutableRawBufferPointer) -> SQLValue {
        switch self {
        case .null: return .null
        case .integer(let number): return .integer(number)
        case .real(let number): return .real(number)
        case .text(let text):
            room.copyBytes(from: text.utf8)
            return .text(UnsafeRawBufferPointer(rebasing: room[..<byteCount]))
        case .blob(let bytes):
            room.copyBytes(from: bytes)
            return .blob(UnsafeRawBufferPointer(rebasing: room[..<byteCount]))
        }
    }
}
