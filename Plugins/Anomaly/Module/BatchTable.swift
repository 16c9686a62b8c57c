import GantryKit

/// A batch as its row in the database holds it.
struct StoredBatch {
    /// `pending`, `processing`, `completed` or `failed`.
    var status: String
    /// Sessions in the batch.
    var total: Int
    /// Sessions dealt with, failed ones included.
    var processed: Int
    /// Sessions that were not stored.
    var failed: Int
    /// When it was queued, in milliseconds since 1970.
    var createdAt: Int64
    /// When it ended; nil before.
    var completedAt: Int64?
}

/// Statements on the tables of batches.
enum BatchTable {
    /// Stores a batch with its sessions, still to be dealt with.
    static func insert(
        _ batchId: String, _ bodies: [[UInt8]], nowMilliseconds: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO batches (batch_id, status, total_sessions, processed_sessions, failed_sessions, created_at) \
            VALUES ($1, 'pending', $2, 0, 0, $3)
            """, batchId, bodies.count, nowMilliseconds)
        for (position, body) in bodies.enumerated() {
            try tx.execute(
                "INSERT INTO batch_bodies (batch_id, position, body) VALUES ($1, $2, $3)", batchId, position, body)
        }
    }

    /// Reads a batch; nil when there is none.
    static func find(_ batchId: String, _ tx: borrowing Transaction) throws -> StoredBatch? {
        try tx.first(
            """
            SELECT status, total_sessions, processed_sessions, failed_sessions, created_at, completed_at \
            FROM batches WHERE batch_id = $1
            """, batchId
        ) { row in
            StoredBatch(
                status: try row[0], total: try row[1], processed: try row[2], failed: try row[3],
                createdAt: try row[4], completedAt: try row[5])
        }
    }

    /// The sessions at `positions` as they were sent, without those that were dealt with.
    static func bodies(
        _ batchId: String, _ positions: Range<Int>, _ tx: borrowing Transaction
    ) throws -> [(position: Int, body: [UInt8])] {
        try tx.rows(
            """
            SELECT position, body FROM batch_bodies WHERE batch_id = $1 AND position >= $2 AND position < $3 \
            ORDER BY position
            """, batchId, positions.lowerBound, positions.upperBound
        ) { (position: try $0[0], body: try $0[1]) }
    }

    /// Hands the results of one page to `body`, in the order of submission.
    static func forEachResult(
        _ batchId: String, _ page: PageRequest, _ tx: borrowing Transaction,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws {
        try tx.query(
            """
            SELECT result FROM batch_sessions WHERE batch_id = $1 AND position >= $2 AND position < $3 \
            ORDER BY position
            """, batchId, page.offset, page.offset + page.size
        ) { row in
            let column = try row.column(0)
            body(try column.require(column.text))
        }
    }

    /// Stores what became of the session at `position` and counts it; false when that was done before.
    static func finish(
        _ batchId: String, _ position: Int, result: [UInt8], isFailure: Bool, _ tx: borrowing Transaction
    ) throws -> Bool {
        let changes = try tx.execute(
            "DELETE FROM batch_bodies WHERE batch_id = $1 AND position = $2", batchId, position)
        guard changes == 1 else { return false }
        try tx.execute(
            "INSERT INTO batch_sessions (batch_id, position, result) VALUES ($1, $2, $3)", batchId, position,
            SQLText(utf8: result))
        try tx.execute(
            """
            UPDATE batches SET status = 'processing', processed_sessions = processed_sessions + 1, \
            failed_sessions = failed_sessions + $2 WHERE batch_id = $1
            """, batchId, isFailure)
        return true
    }

    /// Ends a batch; nothing changes when it has ended already.
    static func end(
        _ batchId: String, status: String, nowMilliseconds: Int64, _ tx: borrowing Transaction
    ) throws {
        let changes = try tx.execute(
            "UPDATE batches SET status = $2, completed_at = $3 WHERE batch_id = $1 AND completed_at IS NULL", batchId,
            status, nowMilliseconds)
        guard changes == 1, let batch = try find(batchId, tx) else { return }
        try tx.publish("batch.completed", key: batchId) { writer in
            writer.beginObject()
            writer.key("batchId")
            writer.string(batchId)
            writer.key("status")
            writer.string(status)
            writer.key("totalSessions")
            writer.int(batch.total)
            writer.key("processedSessions")
            writer.int(batch.processed)
            writer.key("failedSessions")
            writer.int(batch.failed)
            writer.key("completedAt")
            writer.timestamp(milliseconds: nowMilliseconds)
            writer.endObject()
        }
    }
}
