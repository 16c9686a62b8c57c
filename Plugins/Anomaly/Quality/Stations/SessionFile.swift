public import AnomalyDetection
import SessionImport

/// Sessions that somebody brings, one a row.
public struct SessionFile: Sendable {
    /// The stations' histories.
    public let histories: [(station: String, history: StationHistory)]

    /// Reads a CSV text with a header and the columns `station`, `start`, `end` and `kWh`, in any case; others are not
    /// looked at.
    /// - Throws: `QualityError` that names the line at fault.
    public init(csv bytes: [UInt8]) throws(QualityError) {
        var ledger = StationLedger()
        var positions: [Int] = []
        for record in CSVReader(bytes) {
            guard let fields = record.fields else { throw QualityError("Line \(record.line): quotes do not pair up.") }
            guard !positions.isEmpty else {
                let names = fields.map { $0.lowercased() }
                positions = ["station", "start", "end", "kwh"].compactMap { names.firstIndex(of: $0) }
                guard positions.count == 4 else {
                    throw QualityError("The file needs the columns `station`, `start`, `end` and `kWh`.")
                }
                continue
            }
            guard let last = positions.max(), fields.count > last,
                let start = Timestamp.seconds(fields[positions[1]]), let end = Timestamp.seconds(fields[positions[2]]),
                end >= start, let energy = Double(fields[positions[3]]), energy.isFinite
            else { throw QualityError("Line \(record.line) has no start, later end and energy.") }
            ledger.enter(station: fields[positions[0]], start: Int(start), end: Int(end), energy: energy)
        }
        histories = ledger.histories
    }
}
