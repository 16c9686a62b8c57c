import GantryKit

/// Finds one page of a list of sessions and counts the whole list, without looking at each session's row.
///
/// Where few rows come into question they are found by an index. All else goes through the blocks, newest first: they
/// say how many of their sessions match, so that a page is found however far behind the beginning it is.
struct SessionSearch {
    /// What was found.
    struct Found {
        /// The number of all matching sessions.
        var totalCount: Int64
        /// Where the sessions of the page are, in order.
        var stretches: [SessionFilter.Stretch]
    }

    /// Rows that are looked at one by one rather than by blocks.
    private static let greatestPlainCount = 2000

    /// A block with sessions of the page.
    private struct Hit {
        var key: Int64
        /// Positions of the block's matching sessions, up to the last one of the page.
        var matches: [Int]
        /// How many of them come before the page.
        var skipped: Int
    }

    /// Ends a scan early.
    private struct Enough: Error {}

    private let filter: SessionFilter
    private let totals: SessionTotals
    private let first: Int
    private let end: Int

    private init(_ filter: SessionFilter, _ page: PageRequest, _ totals: SessionTotals) {
        self.filter = filter
        self.totals = totals
        first = page.offset
        end = page.offset + page.size
    }

    /// Finds a page.
    static func find(
        _ filter: SessionFilter, _ page: PageRequest, _ tx: borrowing Transaction
    ) throws -> Found {
        let search = Self(filter, page, try SessionTotals.read(tx))
        let known = try search.knownCount(tx)
        if let known, known <= Int64(page.offset) { return Found(totalCount: known, stretches: []) }
        let plain = SessionFilter.Stretch(from: filter.from, to: filter.to, offset: page.offset, limit: page.size)
        if let known, filter.isAnomaly == nil, page.offset <= greatestPlainCount {
            return Found(totalCount: known, stretches: [plain])
        }
        if try search.isPlain(tx) {
            let count = try known ?? filter.count(from: filter.from, to: filter.to, tx)
            return Found(totalCount: count, stretches: [plain])
        }
        return try search.scan(known: known, tx)
    }

    /// The number of matching sessions where it is kept.
    private func knownCount(_ tx: borrowing Transaction) throws -> Int64? {
        guard filter.evseId == nil, filter.leastScore == nil, filter.leastConfidence == nil, !filter.hasWindow else {
            return nil
        }
        switch (filter.stationId, filter.isAnomaly) {
        case (nil, nil): return totals.stored
        case (nil, true): return totals.anomalous
        case (nil, false): return totals.clean
        case (let station?, nil):
            return try tx.one(
                "SELECT CAST(COALESCE(SUM(stored_sessions), 0) AS BIGINT) FROM connectors WHERE station_id = $1",
                station
            ) { try $0[0] }
        case (.some, .some): return nil
        }
    }

    private func isPlain(_ tx: borrowing Transaction) throws -> Bool {
        if totals.sealed == 0 { return true }
        guard filter.hasPlace else { return false }
        return try filter.countOfPlace(upTo: Self.greatestPlainCount + 1, tx) <= Self.greatestPlainCount
    }

    private func scan(known: Int64?, _ tx: borrowing Transaction) throws -> Found {
        var stretches: [SessionFilter.Stretch] = []
        var passed = 0
        let tailStart = max(filter.from ?? .min, totals.sealedUntil + 1)
        if tailStart < filter.to ?? .max {
            passed = Int(try filter.count(from: tailStart, to: filter.to, tx))
            if passed > first {
                stretches.append(
                    SessionFilter.Stretch(
                        from: tailStart, to: filter.to, offset: first, limit: min(end, passed) - first))
            }
        }
        var hits: [Hit] = []
        let isComplete = known != nil && passed >= end
        if !isComplete, let places = try BlockPlaces(filter, tx) {
            try scanBlocks(places, stopsWithPage: known != nil, passed: &passed, hits: &hits, tx)
        }
        for hit in hits { try append(hit, to: &stretches, tx) }
        return Found(totalCount: known ?? Int64(passed), stretches: stretches)
    }

    private func scanBlocks(
        _ places: BlockPlaces, stopsWithPage: Bool, passed: inout Int, hits: inout [Hit], _ tx: borrowing Transaction
    ) throws {
        let test = filter.verdictTest
        let (from, to) = (filter.from ?? .min, filter.to ?? .max)
        do {
            try tx.query(
                """
                SELECT b.last_at, b.sessions, \(test == nil ? "NULL" : "b.verdicts"), \
                \(places.isEverywhere ? "NULL" : "p.places"), t.times FROM session_blocks b \
                LEFT JOIN session_block_places p ON p.last_at = b.last_at AND $3 = 1 \
                LEFT JOIN session_block_times t ON t.last_at = b.last_at AND (b.first_at < $1 OR b.last_at >= $2) \
                WHERE b.last_at >= $1 AND b.last_at <= $4 AND b.first_at < $2 ORDER BY b.last_at DESC
                """, from, to, !places.isEverywhere, try keyOfLast(before: to, tx)
            ) { row in
                let columns = try BlockColumns(
                    count: try row[1], verdicts: try bytes(row, 2), places: try bytes(row, 3), times: try bytes(row, 4),
                    test: test, marks: places.marks, window: from..<to)
                let count = columns.countMatches()
                if passed < end, passed + count > first {
                    hits.append(
                        Hit(
                            key: try row[0], matches: columns.matches(upTo: end - passed),
                            skipped: max(first - passed, 0)))
                }
                passed += count
                if stopsWithPage, passed >= end { throw Enough() }
            }
        } catch is Enough {}
    }

    private func bytes(_ row: borrowing Row, _ index: Int) throws -> UnsafeRawBufferPointer? {
        try row.column(index).blob.map(UnsafeRawBufferPointer.init)
    }

    /// The key of the newest block that can have sessions created before `time`.
    private func keyOfLast(before time: Int64, _ tx: borrowing Transaction) throws -> Int64 {
        guard time < .max else { return .max }
        return try tx.first(
            "SELECT last_at FROM session_blocks WHERE last_at >= $1 ORDER BY last_at LIMIT 1", time - 1
        ) { try $0[0] } ?? .max
    }

    /// Adds one stretch for each millisecond in which sessions of the page were created.
    private func append(
        _ hit: Hit, to stretches: inout [SessionFilter.Stretch], _ tx: borrowing Transaction
    ) throws {
        let times = try tx.one("SELECT times FROM session_block_times WHERE last_at = $1", hit.key) { row in
            let column = try row.column(0)
            let times = UnsafeRawBufferPointer(try column.require(column.blob))
            return hit.matches.map { SessionBlock.value(times, $0, as: Int64.self) }
        }
        var start = hit.skipped
        while start < times.count {
            var next = start + 1
            while next < times.count, times[next] == times[start] { next += 1 }
            var before = start
            while before > 0, times[before - 1] == times[start] { before -= 1 }
            stretches.append(
                SessionFilter.Stretch(
                    from: times[start], to: times[start] + 1, offset: start - before, limit: next - start))
            start = next
        }
    }
}
