import CSQLite

/// One row of a result. What it hands out is borrowed until the next row.
public struct Row: ~Copyable {
    private let statement: OpaquePointer

    /// How many columns the row has.
    public let columnCount: Int

    init(statement: OpaquePointer) {
        self.statement = statement
        // Asked for each row: after a change of the schema SQLite compiles a statement anew by itself.
        columnCount = Int(sqlite3_data_count(statement))
    }

    /// The type of a column's value.
    public func type(_ column: Int) -> SQLType {
        switch sqlite3_column_type(statement, checked(column)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    /// A column's value as it is stored; bytes are borrowed until the next row.
    public func value(_ column: Int) -> SQLValue {
        switch type(column) {
        case .null: .null
        case .integer: .integer(sqlite3_column_int64(statement, Int32(column)))
        case .real: .real(sqlite3_column_double(statement, Int32(column)))
        case .text: .text(bytes(column))
        case .blob: .blob(bytes(column))
        }
    }

    /// A column as a whole number; 0 for null, converted by SQLite's rules otherwise.
    public func integer(_ column: Int) -> Int64 {
        sqlite3_column_int64(statement, checked(column))
    }

    /// A column as a floating-point number; 0 for null, converted by SQLite's rules otherwise.
    public func real(_ column: Int) -> Double {
        sqlite3_column_double(statement, checked(column))
    }

    /// The bytes of text or a blob, borrowed until the next row; empty for null. Numbers are given as text.
    public func bytes(_ column: Int) -> UnsafeRawBufferPointer {
        let index = checked(column)
        // sqlite3_column_blob gives text and blobs as they are stored, and must come before the count of bytes.
        let start = sqlite3_column_blob(statement, index)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
    }

    /// A copy of a column as text; empty for null.
    public func string(_ column: Int) -> String {
        String(decoding: bytes(column), as: UTF8.self)
    }

    /// Whether a column is null.
    public func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, checked(column)) == SQLITE_NULL
    }

    private func checked(_ column: Int) -> Int32 {
        precondition(column >= 0 && column < columnCount, "the row has no such column")
        return Int32(column)
    }
}
