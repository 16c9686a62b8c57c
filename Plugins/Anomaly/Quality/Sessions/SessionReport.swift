import AnomalyDetection

/// What an evaluation of the session pipeline found, as text.
public struct SessionReport: Sendable {
    /// Least share of visible faults that must be found.
    public static let leastRecall = 0.99
    /// Greatest share of ordinary sessions that may be flagged.
    public static let greatestFlagRate = 0.03

    private let evaluation: SessionEvaluation

    /// Reports on an evaluation.
    public init(_ evaluation: SessionEvaluation) {
        self.evaluation = evaluation
    }

    /// Whether every category, every distance and every kind of ordinary charging keeps to the bounds.
    public var isMet: Bool {
        evaluation.recall.values.allSatisfy { SessionEvaluation.sum($0.values).share >= Self.leastRecall }
            && evaluation.flagged.values.allSatisfy { SessionEvaluation.sum($0.values).share <= Self.greatestFlagRate }
    }

    /// The tables.
    public var text: String {
        [recall, ordinary, reliability].joined(separator: "\n")
    }

    private var recall: String {
        var table = ResultTable(
            "Visible faults found (goal: 0.99 or more)",
            columns: ["category", "planted"] + SessionEvaluation.intervals.map { "\($0) min" } + ["all"])
        for category in AnomalyCategory.allCases {
            guard let counts = evaluation.recall[category] else { continue }
            add(&table, "\(category.wireName)", counts)
        }
        let all = evaluation.recall.values.reduce(into: [Int: SessionEvaluation.Count]()) { Self.merge($1, into: &$0) }
        add(&table, "all", all)
        return table.text
    }

    private var ordinary: String {
        var table = ResultTable(
            "Ordinary sessions flagged (goal: 0.03 or less)",
            columns: ["what happens", "sessions"] + SessionEvaluation.intervals.map { "\($0) min" } + ["all"])
        for variant in ChargingVariant.allCases {
            guard let counts = evaluation.flagged[variant] else { continue }
            add(&table, variant.rawValue, counts)
        }
        let all = evaluation.flagged.values.reduce(into: [Int: SessionEvaluation.Count]()) { Self.merge($1, into: &$0) }
        add(&table, "all", all)
        return table.text
    }

    private var reliability: String {
        var table = ResultTable(
            "Findings by confidence: how many are right", columns: ["confidence", "findings", "right"])
        for (position, count) in evaluation.reliability.enumerated() where count.total > 0 {
            let width = 1 / Double(SessionEvaluation.classes)
            let lower = ResultTable.number(Double(position) * width, digits: 1)
            let upper = ResultTable.number(Double(position + 1) * width, digits: 1)
            table.add("\(lower) to \(upper)", String(count.total), ResultTable.number(count.share))
        }
        return table.text
    }

    private static func merge(_ counts: [Int: SessionEvaluation.Count], into all: inout [Int: SessionEvaluation.Count])
    {
        for (interval, count) in counts {
            all[interval] = SessionEvaluation.sum([all[interval] ?? SessionEvaluation.Count(), count])
        }
    }

    private func add(_ table: inout ResultTable, _ name: String, _ counts: [Int: SessionEvaluation.Count]) {
        let all = SessionEvaluation.sum(counts.values)
        let cells = SessionEvaluation.intervals.map { ResultTable.number(counts[$0]?.share ?? .nan, digits: 4) }
        table.add(name, String(all.total), cells[0], cells[1], cells[2], ResultTable.number(all.share, digits: 4))
    }
}
