import CSQLite

/// Looks at a database file as whoever opens it next will find it.
public enum FileProbe {
    /// Opens the file on its own, whatever others have open and remember of it, and reads the names of its tables.
    /// Throws why that is not possible: the file is gone, cannot be read, or is no database any more. Waits for the
    /// disk.
    public static func read(_ path: String) throws(StoreError) {
        SQLiteLibrary.initialize()
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let opened = sqlite3_open_v2(path, &handle, flags, nil)
        defer { sqlite3_close_v2(handle) }
        guard opened == SQLITE_OK, let handle else {
            throw StoreError(sqlite: opened, on: handle, doing: "cannot open the file")
        }
        sqlite3_busy_timeout(handle, 1000)
        let read = sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", nil, nil, nil)
        guard read == SQLITE_OK else { throw StoreError(sqlite: read, on: handle, doing: "cannot read the file") }
    }
}
