import CSQLite

/// A database that nobody else uses: a copy in the making, or one that is only looked at. It belongs to its thread.
struct PlainDatabase {
    let handle: OpaquePointer

    /// Opens a file, which is made when it is missing. What is written is made durable by whoever opened it.
    init(_ path: String) throws(StoreError) {
        SQLiteLibrary.initialize()
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let status = sqlite3_open_v2(path, &opened, flags, nil)
        guard status == SQLITE_OK, let opened else {
            let error = StoreError(sqlite: status, on: opened, doing: "cannot open \(path)")
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        sqlite3_exec(handle, "PRAGMA synchronous=OFF; PRAGMA trusted_schema=OFF", nil, nil, nil)
    }

    func close() { sqlite3_close_v2(handle) }

    /// Runs one statement to its end.
    func run(_ sql: String, _ parameters: String...) throws(StoreError) {
        _ = try rows(sql, parameters, limit: .max)
    }

    /// The columns of the first row as text; empty when there is none.
    func firstRow(_ sql: String) throws(StoreError) -> [String] { try rows(sql, [], limit: 1).first ?? [] }

    private func rows(_ sql: String, _ parameters: [String], limit: Int) throws(StoreError) -> [[String]] {
        var statement: OpaquePointer?
        var status = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard status == SQLITE_OK, let statement else { throw StoreError(sqlite: status, on: handle, doing: sql) }
        defer { sqlite3_finalize(statement) }
        for (index, parameter) in parameters.enumerated() {
            // A copy, since the bytes live for the call only.
            let bytes = Array(parameter.utf8)
            status = bytes.withUnsafeBytes { buffer in
                sqlite3_bind_text(
                    statement, Int32(index) + 1, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(buffer.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
            }
            guard status == SQLITE_OK else { throw StoreError(sqlite: status, on: handle, doing: sql) }
        }
        var rows: [[String]] = []
        while rows.count < limit {
            status = sqlite3_step(statement)
            if status == SQLITE_DONE { return rows }
            guard status == SQLITE_ROW else { throw StoreError(sqlite: status, on: handle, doing: sql) }
            let columns = 0..<sqlite3_column_count(statement)
            rows.append(columns.map { sqlite3_column_text(statement, $0).map { String(cString: $0) } ?? "" })
        }
        return rows
    }
}
