import GantryKit

/// The places that a filter allows, by their numbers in blocks.
struct BlockPlaces {
    /// Not zero for the numbers that are allowed; empty when all are.
    let marks: [UInt8]

    /// Whether any place is allowed.
    var isEverywhere: Bool { marks.isEmpty }

    /// Nil when no block can have a session of the filter's station and EVSE.
    init?(_ filter: SessionFilter, _ tx: borrowing Transaction) throws {
        guard filter.hasPlace else {
            marks = []
            return
        }
        let station = filter.stationId == nil ? "CAST($1 AS TEXT) IS NULL" : "station_id = $1"
        let evse = filter.evseId == nil ? "CAST($2 AS TEXT) IS NULL" : "evse_id = $2 AND evse_id <> ''"
        let numbers = try tx.rows(
            "SELECT place FROM session_places WHERE \(station) AND \(evse)", filter.stationId, filter.evseId
        ) { try $0.get(0, as: Int.self) }
        guard let greatest = numbers.max() else { return nil }
        var marks = [UInt8](repeating: 0, count: greatest + 1)
        for number in numbers { marks[number] = 1 }
        self.marks = marks
    }
}
