import GantryKit

/// What is known of all sessions of the tenant together.
struct SessionTotals {
    /// Stored sessions.
    var stored: Int64
    /// Those whose newest verdict is clean.
    var clean: Int64
    /// Those whose newest verdict is anomalous.
    var anomalous: Int64
    /// Sessions that are in blocks.
    var sealed: Int64
    /// Sessions created until then, in milliseconds since 1970, are in blocks; those after it in none.
    var sealedUntil: Int64

    /// Reads the totals.
    static func read(_ tx: borrowing Transaction) throws -> Self {
        try tx.one("SELECT stored, clean, anomalous, sealed, sealed_until FROM session_totals WHERE id = 0") { row in
            Self(
                stored: try row[0], clean: try row[1], anomalous: try row[2], sealed: try row[3],
                sealedUntil: try row[4])
        }
    }
}

/// Keeps totals and blocks in step with the sessions, in the transactions that change those.
///
/// A new session costs one small update. The blocks are written once for some hundred sessions; until then the newest
/// are found by the index on the time of creation. A changed verdict rewrites four bytes in its block.
enum SessionBlocks {
    /// So many sessions are left in no block, since writers that overtake each other store them a little out of order.
    private static let leastTail = 160
    /// Blocks that one write seals at most where many sessions are in none, as after an update of the module.
    private static let greatestSeals = 2

    /// Counts a session that was stored for the first time.
    static func added(_ session: StoredSession, _ tx: borrowing Transaction) throws {
        let isAnomaly = session.verdict?.isAnomaly
        let (tail, sealedUntil): (Int64, Int64) = try tx.one(
            """
            UPDATE session_totals SET stored = stored + 1, clean = clean + $1, anomalous = anomalous + $2 \
            WHERE id = 0 RETURNING stored - sealed, sealed_until
            """, isAnomaly == false, isAnomaly == true
        ) { (try $0[0], try $0[1]) }
        if session.createdAt <= sealedUntil {
            try rebuild(containing: session.createdAt, sealedUntil: sealedUntil, tx)
        } else if tail >= Int64(SessionBlock.usualCount + leastTail) {
            _ = try seal(greatestCount: greatestSeals, tx)
        }
    }

    /// Brings totals and block up to date after a session got another verdict, or lost it.
    static func revised(from old: StoredSession, to new: StoredSession, _ tx: borrowing Transaction) throws {
        let (before, after) = (VerdictCode(old.verdict), VerdictCode(new.verdict))
        guard before != after else { return }
        let clean = (after.isAnomaly == false ? 1 : 0) - (before.isAnomaly == false ? 1 : 0)
        let anomalous = (after.isAnomaly == true ? 1 : 0) - (before.isAnomaly == true ? 1 : 0)
        if clean != 0 || anomalous != 0 {
            try tx.execute(
                "UPDATE session_totals SET clean = clean + $1, anomalous = anomalous + $2 WHERE id = 0", clean,
                anomalous)
        }
        let sealedUntil = try SessionTotals.read(tx).sealedUntil
        guard new.createdAt <= sealedUntil else { return }
        let isRevised = try reviseBlock(new, before, after, clean: clean, anomalous: anomalous, tx)
        if !isRevised { try rebuild(containing: new.createdAt, sealedUntil: sealedUntil, tx) }
    }

    /// Takes sessions out that were deleted, all of them created at or before `time`.
    ///
    /// - Parameters:
    ///   - totals: What is to be subtracted.
    ///   - time: No session that was created later has been deleted, and none is left that was created before `from`.
    static func removed(
        stored: Int, clean: Int, anomalous: Int, from: Int64, until time: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE session_totals SET stored = stored - $1, clean = clean - $2, anomalous = anomalous - $3 \
            WHERE id = 0
            """, stored, clean, anomalous)
        let sealedUntil = try SessionTotals.read(tx).sealedUntil
        let keys = try tx.rows(
            "SELECT last_at FROM session_blocks WHERE last_at >= $1 AND first_at <= $2 ORDER BY last_at", from, time
        ) { try $0.get(0, as: Int64.self) }
        for key in keys { try rebuild(containing: key, sealedUntil: sealedUntil, tx) }
    }

    /// Puts the oldest sessions that are in no block into blocks, if there are enough of them.
    ///
    /// - Returns: The number of blocks written.
    static func seal(greatestCount: Int, _ tx: borrowing Transaction) throws -> Int {
        var sealedUntil = try SessionTotals.read(tx).sealedUntil
        for count in 0..<greatestCount {
            let upper = try created(after: sealedUntil, skipping: SessionBlock.usualCount - 1, tx)
            guard let upper, try created(after: upper, skipping: leastTail - 1, tx) != nil else { return count }
            try write(after: sealedUntil, through: upper, tx)
            try tx.execute("UPDATE session_totals SET sealed_until = $1 WHERE id = 0", upper)
            sealedUntil = upper
        }
        return greatestCount
    }

    private static func created(
        after time: Int64, skipping count: Int, _ tx: borrowing Transaction
    ) throws -> Int64? {
        try tx.first(
            "SELECT created_at FROM sessions WHERE created_at > $1 ORDER BY created_at LIMIT 1 OFFSET $2", time, count
        ) { try $0[0] }
    }

    private static func reviseBlock(
        _ session: StoredSession, _ before: VerdictCode, _ after: VerdictCode, clean: Int, anomalous: Int,
        _ tx: borrowing Transaction
    ) throws -> Bool {
        let found: (key: Int64, codes: [UInt32], times: [Int64])? = try tx.first(
            """
            SELECT b.last_at, b.verdicts, t.times FROM session_blocks b \
            JOIN session_block_times t ON t.last_at = b.last_at WHERE b.last_at >= $1 ORDER BY b.last_at LIMIT 1
            """, session.createdAt
        ) { row in
            (try row[0], try column(row, 1), try column(row, 2))
        }
        guard var found, let first = found.times.firstIndex(of: session.createdAt) else { return false }
        var position = first
        if first + 1 < found.times.count, found.times[first + 1] == session.createdAt {
            position += try tx.one(
                "SELECT COUNT(*) FROM sessions WHERE created_at = $1 AND session_id < $2", session.createdAt,
                session.sessionId
            ) { try $0.get(0, as: Int.self) }
        }
        // What does not fit was not written by this code: it is made anew.
        guard position < found.codes.count, found.codes[position] == before.bits else { return false }
        found.codes[position] = after.bits
        try tx.execute(
            """
            UPDATE session_blocks SET verdicts = $2, clean = clean + $3, anomalous = anomalous + $4 WHERE last_at = $1
            """, found.key, SessionBlock.pack(found.codes[...]), clean, anomalous)
        return true
    }

    private static func column<Value: FixedWidthInteger>(_ row: borrowing Row, _ index: Int) throws -> [Value] {
        let column = try row.column(index)
        return SessionBlock.unpack(UnsafeRawBufferPointer(try column.require(column.blob)), as: Value.self)
    }

    /// Writes the block anew that sessions created at `time` belong to.
    private static func rebuild(
        containing time: Int64, sealedUntil: Int64, _ tx: borrowing Transaction
    ) throws {
        let upper = try tx.first(
            "SELECT last_at FROM session_blocks WHERE last_at >= $1 ORDER BY last_at LIMIT 1", time
        ) { try $0.get(0, as: Int64.self) }
        let lower = try tx.first(
            "SELECT last_at FROM session_blocks WHERE last_at < $1 ORDER BY last_at DESC LIMIT 1", time
        ) { try $0.get(0, as: Int64.self) }
        try write(after: lower ?? .min, through: upper ?? sealedUntil, tx)
    }

    /// Replaces the blocks between two moments by what the sessions say.
    private static func write(after lower: Int64, through upper: Int64, _ tx: borrowing Transaction) throws {
        let block = try read(after: lower, through: upper, tx)
        let replaced = try tx.one(
            """
            SELECT CAST(COALESCE(SUM(sessions), 0) AS BIGINT) FROM session_blocks \
            WHERE last_at > $1 AND last_at <= $2
            """, lower, upper
        ) { try $0.get(0, as: Int.self) }
        if replaced > 0 {
            for table in ["session_blocks", "session_block_places", "session_block_times"] {
                try tx.execute("DELETE FROM \(table) WHERE last_at > $1 AND last_at <= $2", lower, upper)
            }
        }
        for part in block.parts() {
            // The newest keeps the end of the stretch, also when no session was created just then.
            let key = part.lowerBound == 0 ? upper : block.times[part.lowerBound]
            let codes = block.codes[part]
            let anomalous = codes.count { $0 & VerdictCode.anomalous != 0 }
            let judged = codes.count { $0 & VerdictCode.judged != 0 }
            try tx.execute(
                """
                INSERT INTO session_blocks (last_at, first_at, sessions, clean, anomalous, verdicts) \
                VALUES ($1, $2, $3, $4, $5, $6)
                """, key, block.times[part.upperBound - 1], part.count, judged - anomalous, anomalous,
                SessionBlock.pack(codes))
            try tx.execute(
                "INSERT INTO session_block_places (last_at, places) VALUES ($1, $2)", key,
                SessionBlock.pack(block.places[part]))
            try tx.execute(
                "INSERT INTO session_block_times (last_at, times) VALUES ($1, $2)", key,
                SessionBlock.pack(block.times[part]))
        }
        let change = block.times.count - replaced
        if change != 0 { try tx.execute("UPDATE session_totals SET sealed = sealed + $1 WHERE id = 0", change) }
    }

    private struct Place: Hashable {
        var stationId: String
        var evseId: String
    }

    private static func read(
        after lower: Int64, through upper: Int64, _ tx: borrowing Transaction
    ) throws -> SessionBlock {
        let next: UInt32 = try tx.one("SELECT COALESCE(MAX(place), -1) + 1 FROM session_places") { try $0[0] }
        var unknown: [Place: UInt32] = [:]
        var block = SessionBlock()
        try tx.query(
            """
            SELECT s.created_at, s.is_anomaly, s.anomaly_score, s.anomaly_confidence, p.place, s.station_id, s.evse_id \
            FROM sessions s LEFT JOIN session_places p ON p.station_id = s.station_id AND p.evse_id = s.evse_id \
            WHERE s.created_at > $1 AND s.created_at <= $2 ORDER BY s.created_at DESC, s.session_id
            """, lower, upper
        ) { row in
            let code = VerdictCode(isAnomaly: try row[1], score: try row[2], confidence: try row[3])
            var place: UInt32? = try row[4]
            if place == nil {
                let pair = Place(stationId: try row[5], evseId: try row[6])
                place = unknown[pair] ?? next + UInt32(unknown.count)
                unknown[pair] = place
            }
            block.append(createdAt: try row[0], code: code, place: place ?? 0)
        }
        for (pair, place) in unknown {
            try tx.execute(
                "INSERT INTO session_places (place, station_id, evse_id) VALUES ($1, $2, $3)", place, pair.stationId,
                pair.evseId)
        }
        return block
    }
}
