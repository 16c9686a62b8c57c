/// The series detector's part of the evaluation.
public struct SeriesReport: Sendable {
    /// Goal of the product.
    public static let leastVolume = 0.35

    private let evaluation: SeriesEvaluation
    private let listsAll: Bool

    /// - Parameters:
    ///   - evaluation: What was measured.
    ///   - listsAll: Whether each series gets a row.
    public init(_ evaluation: SeriesEvaluation, listsAll: Bool) {
        self.evaluation = evaluation
        self.listsAll = listsAll
    }

    /// Mean volume under the surface over all series.
    public var volume: Double { Self.mean(evaluation.rows) { $0.volume } }

    /// Whether the goal is met.
    public var isMet: Bool { volume >= Self.leastVolume }

    /// The tables.
    public var text: String {
        let rows = evaluation.rows
        var table = ResultTable(
            "Numenta Anomaly Benchmark, one configuration; \(evaluation.unlabelled.count) series have no window",
            columns: ["series", "number", "VUS-PR", "AUC-PR", "squared deviation VUS-PR"])
        func add(_ name: String, _ chosen: [SeriesEvaluation.Row]) {
            guard !chosen.isEmpty else { return }
            table.add(
                name, "\(chosen.count)", ResultTable.number(Self.mean(chosen) { $0.volume }),
                ResultTable.number(Self.mean(chosen) { $0.area }),
                ResultTable.number(Self.mean(chosen) { $0.baseline }))
        }
        add("all", rows)
        add("developed on", stride(from: 0, to: rows.count, by: 2).map { rows[$0] })
        add("held out", stride(from: 1, to: rows.count, by: 2).map { rows[$0] })
        let folders = Set(rows.compactMap { $0.name.split(separator: "/").first }).sorted()
        for folder in folders { add(String(folder), rows.filter { $0.name.hasPrefix(folder + "/") }) }
        if listsAll { for row in rows { add(row.name, [row]) } }
        return table.text
    }

    private static func mean(_ rows: [SeriesEvaluation.Row], _ figure: (SeriesEvaluation.Row) -> Double) -> Double {
        rows.isEmpty ? 0 : rows.reduce(0) { $0 + figure($1) } / Double(rows.count)
    }
}
