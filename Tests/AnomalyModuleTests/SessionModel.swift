import GantryKit
import GantryKitTesting
import Testing

@testable import AnomalyModule

/// What the table of sessions says, for comparison with what lists and blocks say.
struct SessionModel {
    struct Row {
        var id: String
        var station: String
        var evse: String
        var isAnomaly: Bool?
        var score: Double?
        var confidence: Double?
        var createdAt: Int64
    }

    /// All sessions in the order of a list.
    private(set) var rows: [Row] = []

    init(_ module: ModuleUnderTest) throws {
        let found = try module.host.database.rows(
            """
            SELECT session_id, station_id, evse_id, is_anomaly, anomaly_score, anomaly_confidence, created_at \
            FROM sessions ORDER BY created_at DESC, session_id
            """)
        rows = found.map { row in
            Row(
                id: text(row[0]), station: text(row[1]), evse: text(row[2]), isAnomaly: integer(row[3]).map { $0 == 1 },
                score: real(row[4]), confidence: real(row[5]), createdAt: integer(row[6]) ?? 0)
        }
    }

    /// What a list with these filters has to show, all pages of it.
    func list(_ filter: [String: String]) -> [String] {
        func bound(_ name: String) -> Double? { filter[name].flatMap { Double($0) } }
        func time(_ name: String) -> Int64? {
            filter[name].flatMap { text in Array(text.utf8).withUnsafeBufferPointer { RFC3339.milliseconds($0) } }
        }
        return rows.filter { row in
            if let station = filter["chargingStationId"], station != row.station { return false }
            if let evse = filter["evseId"], evse != row.evse { return false }
            if let verdict = filter["isAnomaly"], row.isAnomaly != (verdict == "true") { return false }
            if let score = bound("minScore"), row.score.map({ $0 >= score }) != true { return false }
            if let least = bound("minConfidence"), row.confidence.map({ $0 >= least }) != true { return false }
            if let from = time("dateFrom"), row.createdAt < from { return false }
            if let to = time("dateTo"), row.createdAt >= to { return false }
            return true
        }.map(\.id)
    }

    /// Recounts totals and blocks.
    func expectBlocksAgree(_ module: ModuleUnderTest, location: SourceLocation = #_sourceLocation) throws {
        func column<Value: FixedWidthInteger>(_ value: SQLValue, as type: Value.Type) -> [Value] {
            guard case .blob(let bytes) = value else { return [] }
            return bytes.withUnsafeBytes { SessionBlock.unpack($0, as: type) }
        }
        let totals = try #require(
            try module.host.database.rows("SELECT stored, clean, anomalous, sealed, sealed_until FROM session_totals")
                .first)
        let (sealed, until) = (integer(totals[3]) ?? -1, integer(totals[4]) ?? 0)
        #expect(integer(totals[0]) == Int64(rows.count), sourceLocation: location)
        #expect(integer(totals[1]) == Int64(rows.count { $0.isAnomaly == false }), sourceLocation: location)
        #expect(integer(totals[2]) == Int64(rows.count { $0.isAnomaly == true }), sourceLocation: location)
        let blocks = try module.host.database.rows(
            """
            SELECT b.last_at, b.first_at, b.sessions, b.clean, b.anomalous, b.verdicts, p.places, t.times \
            FROM session_blocks b JOIN session_block_places p ON p.last_at = b.last_at \
            JOIN session_block_times t ON t.last_at = b.last_at ORDER BY b.last_at DESC
            """)
        var expected = rows.filter { $0.createdAt <= until }[...]
        #expect(sealed == Int64(expected.count), sourceLocation: location)
        let places = try module.host.database.rows("SELECT place, station_id, evse_id FROM session_places")
        for block in blocks {
            let part = expected.prefix(Int(integer(block[2]) ?? 0))
            expected = expected.dropFirst(part.count)
            let codes = part.map {
                VerdictCode(isAnomaly: $0.isAnomaly, score: $0.score, confidence: $0.confidence).bits
            }
            #expect(column(block[5], as: UInt32.self) == codes, sourceLocation: location)
            #expect(column(block[7], as: Int64.self) == part.map(\.createdAt), sourceLocation: location)
            #expect(integer(block[1]) == part.last?.createdAt, sourceLocation: location)
            #expect((integer(block[0]) ?? 0) >= (part.first?.createdAt ?? 0), sourceLocation: location)
            #expect(integer(block[3]) == Int64(part.count { $0.isAnomaly == false }), sourceLocation: location)
            #expect(integer(block[4]) == Int64(part.count { $0.isAnomaly == true }), sourceLocation: location)
            for (number, row) in zip(column(block[6], as: UInt32.self), part) {
                let place = places.first { integer($0[0]) == Int64(number) }
                #expect(place.map { [text($0[1]), text($0[2])] } == [row.station, row.evse], sourceLocation: location)
            }
        }
        #expect(expected.isEmpty, sourceLocation: location)
    }
}

private func text(_ value: SQLValue) -> String {
    if case .text(let text) = value { text } else { "" }
}

private func integer(_ value: SQLValue) -> Int64? {
    if case .integer(let number) = value { number } else { nil }
}

private func real(_ value: SQLValue) -> Double? {
    switch value {
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
}

/// Numbers that are the same in each run (SplitMix64).
struct Chance {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
