import GantryKit

/// The table of files. Removed ones and announcements that are too old are never read.
enum FileTable {
    private static let columns = "id, owner_id, filename, content_type, size, created_at, uploaded_at"

    static func insert(_ file: StoredFile, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO files (id, owner_id, filename, content_type, size, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            """,
            file.id, file.ownerID, file.filename, file.contentType, file.size, file.createdMilliseconds)
    }

    /// A file of `owner`; nil where there is none, or its announcement is too old.
    static func find(
        _ id: String, of owner: String, nowMilliseconds now: Int64, _ tx: borrowing Transaction
    ) throws -> StoredFile? {
        try tx.first(
            """
            SELECT \(columns) FROM files WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
            AND (uploaded_at IS NOT NULL OR created_at > $3)
            """, id, owner, now - StoredFile.openSeconds * 1000, map: file)
    }

    /// Some of the files of an owner, announced ones among them.
    static func some(of owner: String, limit: Int, _ tx: borrowing Transaction) throws -> [StoredFile] {
        try tx.rows(
            """
            SELECT \(columns) FROM files WHERE owner_id = $1 AND deleted_at IS NULL
            ORDER BY created_at DESC, id LIMIT $2
            """, owner, limit, map: file)
    }

    /// Some announcements from before a moment that were not confirmed.
    static func stale(before limit: Int64, count: Int, _ tx: borrowing Transaction) throws -> [String] {
        try tx.rows(
            """
            SELECT id FROM files WHERE uploaded_at IS NULL AND deleted_at IS NULL AND created_at <= $1
            ORDER BY created_at LIMIT $2
            """, limit, count
        ) { try $0[0] }
    }

    static func confirm(_ id: String, atMilliseconds time: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE files SET uploaded_at = $2 WHERE id = $1", id, time)
    }

    static func remove(_ id: String, atMilliseconds time: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE files SET deleted_at = $2 WHERE id = $1", id, time)
    }

    /// Forgets an announcement, unless it was confirmed meanwhile.
    static func drop(_ id: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM files WHERE id = $1 AND uploaded_at IS NULL", id)
    }

    private static func file(_ row: borrowing Row) throws -> StoredFile {
        StoredFile(
            id: try row[0], ownerID: try row[1], filename: try row[2], contentType: try row[3], size: try row[4],
            createdMilliseconds: try row[5], uploadedMilliseconds: try row[6])
    }
}
