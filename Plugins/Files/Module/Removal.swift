import GantryKit

/// How files end: at once for those who look for them, and a little later on the disk.
enum Removal {
    private static let droppedAtOnce = 100

    /// Hides a file, says so, and has its bytes erased once the transaction is committed.
    static func remove(_ file: StoredFile, atMilliseconds time: Int64, _ tx: borrowing Transaction) throws {
        try FileTable.remove(file.id, atMilliseconds: time, tx)
        try FileEvents.publish("file.deleted", file, isRemoval: true, atMilliseconds: time, tx)
        try tx.enqueue("erase", key: file.id) { writer in
            writer.beginObject()
            writer.key("file_id")
            writer.string(file.id)
            writer.endObject()
        }
    }

    /// The job that erases the bytes of a removed file; there is nothing left to do where it has run before.
    static func erase(_ job: borrowing Job, _ context: borrowing CallContext) throws {
        guard let id = job.payload["file_id"]?.string else { return }
        try context.transfers.erase(id)
    }

    /// Drops what was announced and never confirmed. The host drops the bytes by itself as well.
    static func sweep(_ context: borrowing CallContext) throws {
        let limit = try context.clock.milliseconds() - StoredFile.openSeconds * 1000
        while true {
            let stale = try context.database.read { tx in
                try FileTable.stale(before: limit, count: droppedAtOnce, tx)
            }
            for id in stale {
                try context.transfers.erase(id)
                try context.database.write { tx in try FileTable.drop(id, tx) }
            }
            if stale.count < droppedAtOnce { return }
        }
    }
}
