import GantryCryptography
import GantryStore

/// What is known of transfers. Bytes that have arrived count towards the quota at once.
extension BlobIndex {
    static let transferSchema: StaticString = """
        CREATE TABLE IF NOT EXISTS transfer (name TEXT PRIMARY KEY, key BLOB NOT NULL UNIQUE,
          content_type TEXT NOT NULL, filename TEXT NOT NULL, size INTEGER NOT NULL, keep_seconds INTEGER NOT NULL,
          dropped_at INTEGER NOT NULL, is_complete INTEGER NOT NULL, is_withdrawn INTEGER NOT NULL, file TEXT,
          arrived INTEGER, sha256 BLOB
        ) WITHOUT ROWID
        """
    static let transferTimes: StaticString =
        "CREATE INDEX IF NOT EXISTS transfer_dropped ON transfer (dropped_at) WHERE is_complete = 0"
    private static let columns = """
        name, key, content_type, filename, size, keep_seconds, is_complete, is_withdrawn, arrived, file
        """
    private static let droppedAtOnce = 64

    /// Notes an announcement; false when its name or key is taken. Durable when this returns.
    func announce(_ new: TransferAnnouncement, nowMilliseconds: Int64) throws(BlobError) -> Bool {
        try change(removed: []) { transaction throws(StoreError) in
            var isTaken = false
            try transaction.execute(
                "SELECT 1 FROM transfer WHERE name = $1 OR key = $2",
                [.text(new.name), .blob(Array(new.key.utf8))]
            ) { _ in
                isTaken = true
                return false
            }
            if isTaken { return false }
            try transaction.execute(
                """
                INSERT INTO transfer (name, key, content_type, filename, size, keep_seconds, dropped_at, is_complete,
                  is_withdrawn) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)
                """,
                [
                    .text(new.name), .blob(Array(new.key.utf8)), .text(new.contentType), .text(new.filename),
                    .integer(new.size), .integer(new.keepSeconds),
                    .integer(nowMilliseconds + new.keepSeconds * 1000),
                ])
            return true
        }
    }

    /// The transfer of a name; nil when there is none, or its time is over.
    func transfer(_ name: String, nowMilliseconds: Int64) throws(BlobError) -> Transfer? {
        try read { transaction throws(StoreError) in try Self.find(name, nowMilliseconds, transaction) }
    }

    /// What was sent takes the place of what was sent before; nil when there is no transfer that takes bytes any more.
    func arrive(
        _ name: String, _ written: BlobWriter.Written, maximumTotalBytes: Int64, nowMilliseconds: Int64,
        removed: [String]
    ) throws(BlobError) -> (replaced: String?, totalBytes: Int64)? {
        try change(removed: removed) { transaction throws(StoreError) in
            guard let former = try Self.find(name, nowMilliseconds, transaction), !former.isComplete,
                !former.isWithdrawn
            else { return nil }
            if let file = former.file { try Self.condemn(file, transaction) }
            try transaction.execute("DELETE FROM garbage WHERE file = $1", [.text(written.file)])
            try transaction.execute(
                "UPDATE transfer SET file = $2, arrived = $3, sha256 = $4 WHERE name = $1",
                [.text(name), .text(written.file), .integer(written.size), .blob(written.sha256.bytes)])
            let total = try Self.add(written.size - (former.arrivedBytes ?? 0), transaction)
            if total > maximumTotalBytes { throw StoreError.aborted(status: Self.quotaStatus) }
            return (former.file, total)
        }
    }

    /// What asking for the end of a transfer has changed.
    struct Completion {
        var outcome: TransferOutcome
        /// Garbage now.
        var replaced: String?
        /// What is a blob now.
        var settled: String?
        var totalBytes: Int64
    }

    /// Makes what has arrived the blob, when it is as much as was announced, and else throws it away.
    func complete(
        _ name: String, nowMilliseconds: Int64, removed: [String]
    ) throws(BlobError) -> Completion? {
        try change(removed: removed) { transaction throws(StoreError) in
            guard let transfer = try Self.find(name, nowMilliseconds, transaction), !transfer.isWithdrawn
            else {
                return nil
            }
            let announcement = transfer.announcement
            if transfer.isComplete {
                return Completion(
                    outcome: .complete(size: announcement.size), totalBytes: try Self.add(0, transaction))
            }
            guard let file = transfer.file, let arrived = transfer.arrivedBytes else {
                return Completion(outcome: .missing, totalBytes: try Self.add(0, transaction))
            }
            guard arrived == announcement.size else {
                try Self.condemn(file, transaction)
                try transaction.execute(
                    "UPDATE transfer SET file = NULL, arrived = NULL, sha256 = NULL WHERE name = $1",
                    [.text(name)])
                return Completion(
                    outcome: .mismatch(size: arrived), replaced: file,
                    totalBytes: try Self.add(-arrived, transaction))
            }
            let former = try Self.takeOut(announcement.key, transaction)
            try transaction.execute(
                """
                INSERT INTO blob (key, file, size, sha256, content_type, created_at)
                SELECT key, file, size, sha256, content_type, $2 FROM transfer WHERE name = $1
                """, [.text(name), .integer(nowMilliseconds)])
            try transaction.execute("UPDATE transfer SET is_complete = 1 WHERE name = $1", [.text(name)])
            return Completion(
                outcome: .complete(size: arrived), replaced: former?.file, settled: file,
                totalBytes: try Self.add(-(former?.size ?? 0), transaction))
        }
    }

    /// Ends the addresses of a transfer; false when there is none, or they are dead.
    func withdraw(_ name: String) throws(BlobError) -> Bool {
        try change(removed: []) { transaction throws(StoreError) in
            var isFound = false
            try transaction.execute(
                "UPDATE transfer SET is_withdrawn = 1 WHERE name = $1 AND is_withdrawn = 0 RETURNING 1",
                [.text(name)]
            ) { _ in
                isFound = true
                return true
            }
            return isFound
        }
    }

    /// Forgets a transfer with its blob; nil when there is none. Gives the files that are garbage now.
    /// - Parameter sentElsewhere: Whether clients send to a place that no row names.
    func erase(
        _ name: String, sentElsewhere: Bool, removed: [String]
    ) throws(BlobError) -> (files: [String], totalBytes: Int64)? {
        try change(removed: removed) { transaction throws(StoreError) in
            guard let transfer = try Self.find(name, nil, transaction) else { return nil }
            let files = try Self.eraseRow(transfer, sentElsewhere: sentElsewhere, transaction)
            return (files, try Self.add(0, transaction))
        }
    }

    /// Whether something was announced and not completed in time.
    func hasStale(nowMilliseconds: Int64) throws(BlobError) -> Bool {
        try read { transaction throws(StoreError) in
            var isFound = false
            try transaction.execute(
                "SELECT 1 FROM transfer WHERE is_complete = 0 AND dropped_at <= $1 LIMIT 1",
                [.integer(nowMilliseconds)]
            ) { _ in
                isFound = true
                return false
            }
            return isFound
        }
    }

    /// Drops some of what was announced and not completed in time.
    func dropStale(
        nowMilliseconds: Int64, sentElsewhere: Bool, removed: [String]
    ) throws(BlobError) -> (files: [String], totalBytes: Int64) {
        try change(removed: removed) { transaction throws(StoreError) in
            var stale: [Transfer] = []
            try transaction.execute(
                text: """
                    SELECT \(Self.columns) FROM transfer WHERE is_complete = 0 AND dropped_at <= $1
                    ORDER BY dropped_at LIMIT \(Self.droppedAtOnce)
                    """, [.integer(nowMilliseconds)]
            ) { row in
                stale.append(Self.transfer(row))
                return true
            }
            var files: [String] = []
            for transfer in stale {
                files += try Self.eraseRow(transfer, sentElsewhere: sentElsewhere, transaction)
            }
            return (files, try Self.add(0, transaction))
        }
    }

    private static func eraseRow(
        _ transfer: Transfer, sentElsewhere: Bool, _ transaction: Transaction
    ) throws(StoreError) -> [String] {
        var files: [String] = []
        if sentElsewhere {
            files.append(BucketPlace.uploaded(transfer.announcement.key))
            try condemn(files[0], transaction)
        }
        if transfer.isComplete {
            if let blob = try takeOut(transfer.announcement.key, transaction) {
                _ = try add(-blob.size, transaction)
                files.append(blob.file)
            }
        } else if let file = transfer.file {
            try condemn(file, transaction)
            _ = try add(-(transfer.arrivedBytes ?? 0), transaction)
            files.append(file)
        }
        try transaction.execute(
            "DELETE FROM transfer WHERE name = $1", [.text(transfer.announcement.name)])
        return files
    }

    private static func condemn(_ file: String, _ transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            "INSERT INTO garbage (file) VALUES ($1) ON CONFLICT DO NOTHING", [.text(file)])
    }

    /// - Parameter now: Nil for whatever its time is.
    private static func find(
        _ name: String, _ now: Int64?, _ transaction: Transaction
    ) throws(StoreError) -> Transfer? {
        var found: Transfer?
        try transaction.execute(
            text:
                "SELECT \(columns) FROM transfer WHERE name = $1 AND (is_complete = 1 OR dropped_at > $2)",
            [.text(name), .integer(now ?? .min)]
        ) { row in
            found = transfer(row)
            return false
        }
        return found
    }

    private static func transfer(_ row: borrowing Row) -> Transfer {
        Transfer(
            announcement: TransferAnnouncement(
                name: row.string(0), key: row.string(1), contentType: row.string(2),
                filename: row.string(3),
                size: row.integer(4), keepSeconds: row.integer(5)),
            isComplete: row.integer(6) != 0, isWithdrawn: row.integer(7) != 0,
            arrivedBytes: row.isNull(8) ? nil : row.integer(8), file: row.isNull(9) ? nil : row.string(9))
    }
}
