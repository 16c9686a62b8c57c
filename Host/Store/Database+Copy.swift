import CSQLite
import GantryThreads

extension Database {
    /// Copies the whole database into a new file, as of one moment, while others go on using it. The copy is not
    /// synced.
    public func copy(to path: String) throws(StoreError) {
        try readers.withConnection(deadline: .never) { connection throws(StoreError) in
            let target = try PlainDatabase(path)
            defer { target.close() }
            guard let backup = sqlite3_backup_init(target.handle, "main", connection.handle, "main") else {
                throw StoreError(
                    sqlite: sqlite3_errcode(target.handle), on: target.handle, doing: "cannot write \(path)")
            }
            // All in one step: another one would begin anew after each change.
            let status = sqlite3_backup_step(backup, -1)
            sqlite3_backup_finish(backup)
            guard status == SQLITE_DONE else {
                throw StoreError(sqlite: status, on: target.handle, doing: "cannot copy \(self.path) to \(path)")
            }
        }
    }

    /// Moves all that stands in the write-ahead log into the file, so that the file alone is the database.
    func moveLogIntoFile() throws(StoreError) {
        closeIdleConnections()
        try readers.withConnection(deadline: .never) { connection throws(StoreError) in
            let status = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
            guard status == SQLITE_OK else {
                throw StoreError(sqlite: status, on: connection.handle, doing: "cannot finish the log of \(path)")
            }
        }
    }

    /// How many rows each of the module's own tables has, by name.
    public func rowCounts() throws(StoreError) -> [String: Int64] {
        try read(as: .host) { transaction throws(StoreError) in
            var tables: [String] = []
            try transaction.execute(
                """
                SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                AND name NOT LIKE 'gantry\\_%' ESCAPE '\\'
                """
            ) { row in
                tables.append(row.string(0))
                return true
            }
            var counts: [String: Int64] = [:]
            for table in tables {
                var quoted = ""
                for character in table { quoted += character == "\"" ? "\"\"" : String(character) }
                try transaction.execute(text: "SELECT count(*) FROM \"\(quoted)\"") { row in
                    counts[table] = row.integer(0)
                    return false
                }
            }
            return counts
        }
    }
}
