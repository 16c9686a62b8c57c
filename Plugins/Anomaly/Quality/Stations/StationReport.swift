public import AnomalyDetection
import SessionImport

/// The station detector's part of the evaluation: what it finds of the faults put into real histories, and how often it
/// speaks up on days as they were recorded.
public struct StationReport: Sendable {
    /// The goal for the area under the curve of precision over recall.
    public static let leastArea = 0.4
    /// The goal for F1 at the shipped threshold.
    public static let leastHarmonicMean = 0.5

    /// Days of one source with one way of looking at them.
    private struct Part: Sendable {
        let source: SourceKind
        /// Whether the detector was developed on the station.
        let isDevelopment: Bool
        let hasHours: Bool
        let seed: UInt64
        let days: StationEvaluation.Days
    }

    private struct Natural: Sendable {
        let source: SourceKind
        let isBusy: Bool
        let scores: [Double]
    }

    private let parts: [Part]
    private let natural: [Natural]
    private let seeds: Int

    /// Reads the recordings and measures; nil when there are none.
    /// - Parameters:
    ///   - data: Where the recordings are.
    ///   - seeds: How many times faults are put into each station.
    ///   - configuration: Of the detector.
    public init?(
        _ data: SharedData, seeds: Int, configuration: StationConfiguration = StationConfiguration()
    ) throws {
        var parts: [Part] = []
        var natural: [Natural] = []
        for source in SourceKind.allCases {
            var ledger = StationLedger()
            for record in try data.sessions(source) { ledger.enter(record) }
            let histories = ledger.histories.map(\.history)
            natural += try Parallel.map(histories) {
                Natural(
                    source: source, isBusy: StationEvaluation.isBusy($0),
                    scores: StationEvaluation.scores($0, configuration: configuration))
            }
            let busy = histories.filter(StationEvaluation.isBusy)
            let runs = busy.indices.flatMap { station in
                (1...UInt64(seeds)).flatMap { seed in [true, false].map { (station, seed, $0) } }
            }
            parts += try Parallel.map(runs) { station, seed, hasHours in
                let history = hasHours ? busy[station] : busy[station].withoutHours
                return Part(
                    source: source, isDevelopment: station.isMultiple(of: 2), hasHours: hasHours, seed: seed,
                    days: StationEvaluation.judge(
                        history, seed: seed &* 1000 &+ UInt64(station), configuration: configuration))
            }
        }
        guard !parts.isEmpty else { return nil }
        self.parts = parts
        self.natural = natural
        self.seeds = seeds
    }

    /// All days with their hours together.
    public var quality: PrecisionRecall { days { $0.hasHours }.quality }

    /// Whether the goals are met, over all stations and over those alone on which nothing was developed.
    public var isMet: Bool {
        [days { $0.hasHours }, days { $0.hasHours && !$0.isDevelopment }].allSatisfy {
            $0.quality.areaUnderCurve >= Self.leastArea && $0.quality.harmonicMean >= Self.leastHarmonicMean
        }
    }

    private func days(_ isMeant: (Part) -> Bool) -> StationEvaluation.Days {
        StationEvaluation.Days(parts.lazy.filter(isMeant).map(\.days))
    }

    /// The tables.
    public var text: String {
        [injected, bySeed, quiet].map(\.text).joined(separator: "\n")
    }

    private var injected: ResultTable {
        var table = ResultTable(
            "Station days with faults put in, \(seeds) seeds; shipped threshold, days judged from those before alone",
            columns: [
                "stations", "days", "faulty", "AUC-PR", "F1", "precision", "recall", "false alarms", "spike", "pit",
                "plateau", "drift", "simple AUC-PR", "simple F1",
            ])
        func add(_ name: String, _ isMeant: (Part) -> Bool) {
            let days = days(isMeant)
            let quality = days.quality
            let simple = days.baselineQuality
            let number = { ResultTable.number($0) }
            table.add(
                name, "\(quality.count)", number(Double(quality.positives) / Double(max(quality.count, 1))),
                number(quality.areaUnderCurve), number(quality.harmonicMean), number(quality.precision),
                number(quality.recall), number(quality.falseAlarmRate), number(days.recall(.spike)),
                number(days.recall(.pit)), number(days.recall(.plateau)), number(days.recall(.drift)),
                number(simple.areaUnderCurve), number(simple.harmonicMean))
        }
        add("all") { $0.hasHours }
        for source in SourceKind.allCases {
            add("\(source), developed on") { $0.source == source && $0.hasHours && $0.isDevelopment }
            add("\(source), held out") { $0.source == source && $0.hasHours && !$0.isDevelopment }
        }
        add("all held out") { $0.hasHours && !$0.isDevelopment }
        add("all, days without their hours") { !$0.hasHours }
        return table
    }

    private var bySeed: ResultTable {
        var table = ResultTable("The same by seed", columns: ["seed", "AUC-PR", "F1"])
        for seed in 1...UInt64(seeds) {
            let quality = days { $0.hasHours && $0.seed == seed }.quality
            table.add(
                "\(seed)", ResultTable.number(quality.areaUnderCurve), ResultTable.number(quality.harmonicMean))
        }
        return table
    }

    private var quiet: ResultTable {
        var table = ResultTable(
            "Station days as recorded, nothing put in: closures, holidays and real faults are among them",
            columns: ["stations", "number", "days", "anomalous"])
        for source in SourceKind.allCases {
            for isBusy in [true, false] {
                let stations = natural.filter { $0.source == source && $0.isBusy == isBusy }
                let scores = stations.flatMap(\.scores)
                let flagged = scores.count { $0 >= StationVerdict.anomalousScore }
                table.add(
                    "\(source), \(isBusy ? "busy" : "idle most days, or of short history")", "\(stations.count)",
                    "\(scores.count)", ResultTable.number(Double(flagged) / Double(max(scores.count, 1)), digits: 4))
            }
        }
        return table
    }
}
