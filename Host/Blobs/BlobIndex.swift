import GantryCryptography
import GantryStore
import GantryThreads

/// What is known of each blob, in an SQLite file beside the blobs.
struct BlobIndex: Sendable {
    private static let schema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS blob (key BLOB PRIMARY KEY, file TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
          sha256 BLOB NOT NULL, content_type TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID
        """,
        // Files that no blob needs any more and that may not be removed yet.
        "CREATE TABLE IF NOT EXISTS garbage (file TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS total (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL)",
        "INSERT INTO total (one, bytes) VALUES (1, 0) ON CONFLICT DO NOTHING",
        transferSchema, transferTimes,
    ]
    /// The status with which a transaction ends that would exceed the quota.
    static let quotaStatus: Int32 = 1

    let database: Database

    /// Makes the tables; gives the bytes of all blobs and the files that are garbage.
    func open() throws(BlobError) -> (totalBytes: Int64, garbage: [String]) {
        do throws(StoreError) {
            return try database.write(as: .host) { transaction throws(StoreError) in
                for statement in Self.schema { try transaction.execute(statement) }
                var (totalBytes, garbage): (Int64, [String]) = (0, [])
                try transaction.execute("SELECT bytes FROM total") { row in
                    totalBytes = row.integer(0)
                    return true
                }
                try transaction.execute("SELECT file FROM garbage") { row in
                    garbage.append(row.string(0))
                    return true
                }
                return (totalBytes, garbage)
            }
        } catch { throw BlobError(error) }
    }

    /// Whether a blob has this file.
    func isUsed(_ file: String) throws(BlobError) -> Bool {
        try read { transaction throws(StoreError) in
            var isUsed = false
            for table in ["blob", "transfer"] {
                try transaction.execute(text: "SELECT 1 FROM \(table) WHERE file = $1", [.text(file)]) {
                    _ in
                    isUsed = true
                    return false
                }
            }
            return isUsed
        }
    }

    /// Notes a file that is about to be written, so that it is removed should nothing come of it.
    func note(_ file: String) throws(BlobError) {
        try change(removed: []) { transaction throws(StoreError) in
            _ = try transaction.execute("INSERT INTO garbage (file) VALUES ($1)", [.text(file)])
        }
    }

    /// Puts a blob in its place; durable when this returns. Gives the file that it replaces and the bytes of all blobs.
    func put(
        _ blob: Blob, file: String, maximumTotalBytes: Int64, removed: [String]
    ) throws(BlobError) -> (replaced: String?, totalBytes: Int64) {
        try change(removed: removed) { transaction throws(StoreError) in
            let former = try Self.takeOut(blob.key, transaction)
            try transaction.execute("DELETE FROM garbage WHERE file = $1", [.text(file)])
            try transaction.execute(
                """
                INSERT INTO blob (key, file, size, sha256, content_type, created_at) VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [
                    .blob(Array(blob.key.utf8)), .text(file), .integer(blob.size), .blob(blob.sha256.bytes),
                    .text(blob.contentType), .integer(blob.createdAtMilliseconds),
                ])
            let total = try Self.add(blob.size - (former?.size ?? 0), transaction)
            if total > maximumTotalBytes { throw StoreError.aborted(status: Self.quotaStatus) }
            return (former?.file, total)
        }
    }

    /// Removes a blob; nil when there is none. Durable when this returns.
    func remove(_ key: String, removed: [String]) throws(BlobError) -> (
        file: String, totalBytes: Int64
    )? {
        try change(removed: removed) { transaction throws(StoreError) in
            guard let former = try Self.takeOut(key, transaction) else { return nil }
            return (former.file, try Self.add(-former.size, transaction))
        }
    }

    /// The blob of the key with its file.
    func find(_ key: String) throws(BlobError) -> (blob: Blob, file: String)? {
        try read { transaction throws(StoreError) in
            var found: (Blob, String)?
            try transaction.execute(
                "SELECT key, file, size, sha256, content_type, created_at FROM blob WHERE key = $1",
                [.blob(Array(key.utf8))]
            ) { row throws(StoreError) in
                found = (try Self.blob(row), row.string(1))
                return false
            }
            return found
        }
    }

    /// Blobs in the order of their keys' bytes.
    func list(prefix: String, after: String, limit: Int) throws(BlobError) -> [Blob] {
        try read { transaction throws(StoreError) in
            var blobs: [Blob] = []
            try transaction.execute(
                """
                SELECT key, file, size, sha256, content_type, created_at FROM blob
                WHERE key >= $1 AND key < $2 AND key > $3 ORDER BY key LIMIT $4
                """,
                [
                    .blob(Array(prefix.utf8)), .blob(Self.end(of: prefix)), .blob(Array(after.utf8)),
                    .integer(Int64(limit)),
                ]
            ) { row throws(StoreError) in
                blobs.append(try Self.blob(row))
                return true
            }
            return blobs
        }
    }

    /// The least bytes behind everything that begins with the prefix: no byte of UTF-8 is 255.
    private static func end(of prefix: String) -> [UInt8] {
        var bytes = Array(prefix.utf8)
        guard let last = bytes.popLast() else { return [255] }
        return bytes + [last + 1]
    }

    func read<Value>(_ body: (Transaction) throws(StoreError) -> Value) throws(BlobError) -> Value {
        do throws(StoreError) { return try database.read(as: .host, body) } catch {
            throw BlobError(error)
        }
    }

    /// Changes the index, and forgets the garbage that was removed meanwhile.
    func change<Value>(
        removed: [String], _ body: (Transaction) throws(StoreError) -> Value
    ) throws(BlobError) -> Value {
        do throws(StoreError) {
            return try database.write(as: .host) { transaction throws(StoreError) in
                for file in removed {
                    try transaction.execute("DELETE FROM garbage WHERE file = $1", [.text(file)])
                }
                return try body(transaction)
            }
        } catch {
            if error.code == .aborted, error.extendedCode == Self.quotaStatus {
                throw BlobStore.quotaError
            }
            throw BlobError(error)
        }
    }

    /// Takes the blob out of the index and makes its file garbage.
    static func takeOut(
        _ key: String, _ transaction: Transaction
    ) throws(StoreError) -> (file: String, size: Int64)? {
        var former: (file: String, size: Int64)?
        let key = SQLArgument.blob(Array(key.utf8))
        try transaction.execute("SELECT file, size FROM blob WHERE key = $1", [key]) { row in
            former = (row.string(0), row.integer(1))
            return false
        }
        guard let former else { return nil }
        try transaction.execute("DELETE FROM blob WHERE key = $1", [key])
        try transaction.execute("INSERT INTO garbage (file) VALUES ($1)", [.text(former.file)])
        return former
    }

    static func add(_ size: Int64, _ transaction: Transaction) throws(StoreError) -> Int64 {
        var total: Int64 = 0
        try transaction.execute("UPDATE total SET bytes = bytes + $1 RETURNING bytes", [.integer(size)]) { row in
            total = row.integer(0)
            return true
        }
        return total
    }

    private static func blob(_ row: borrowing Row) throws(StoreError) -> Blob {
        guard let digest = Digest256(Array(row.bytes(3))) else {
            throw StoreError(.corrupt, "the digest of a blob is damaged")
        }
        return Blob(
            key: row.string(0), contentType: row.string(4), size: row.integer(2),
            createdAtMilliseconds: row.integer(5), sha256: digest)
    }
}

extension BlobError {
    init(_ error: StoreError) {
        switch error.code {
        case .diskFull: self.init(.full, "The disk is full.")
        case .busy: self.init(.busy, "Too many changes of blobs wait.")
        default: self.init(.failed, "The index of blobs: \(error.message).")
        }
    }
}
