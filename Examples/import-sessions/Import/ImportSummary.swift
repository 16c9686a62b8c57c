public import ChargingClient
import Foundation

/// Where every row of an import went.
public struct ImportSummary: Equatable, Sendable {
    /// Rows of the file that were taken.
    public private(set) var rows = 0
    /// Sessions judged and found clean.
    public private(set) var clean = 0
    /// Sessions judged with at least one finding.
    public private(set) var anomalous = 0
    /// Number of sessions by category found; a session with two counts in both.
    public private(set) var categories: [String: Int] = [:]
    /// Categories found by session.
    public private(set) var findings: [String: [String]] = [:]
    /// Sessions stored with too little to judge.
    public private(set) var withoutVerdict = 0
    /// Sessions that an earlier run stored.
    public private(set) var alreadyStored = 0
    /// Sessions that the product did not take, by reason.
    public private(set) var refused: [String: Int] = [:]
    /// Rows that are no session, by reason.
    public private(set) var unreadable: [String: Int] = [:]

    /// Sessions that were not sent, or whose outcome is not known, because the import broke off.
    public private(set) var unsent = 0

    /// A summary of nothing.
    public init() {}

    /// Sessions judged.
    public var analysed: Int { clean + anomalous }

    /// Whether each row went somewhere.
    public var isComplete: Bool {
        rows == analysed + withoutVerdict + alreadyStored + refused.values.reduce(0, +)
            + unreadable.values.reduce(0, +) + unsent
    }

    /// Takes what was read from the file.
    public mutating func count(_ outcomes: [RowOutcome]) {
        rows += outcomes.count
        for case .unreadable(let reason) in outcomes { unreadable[reason, default: 0] += 1 }
    }

    /// Takes what became of one session that was sent.
    public mutating func count(_ result: SessionResult) {
        if result.status == "failed" {
            if result.message?.contains("already stored") == true {
                alreadyStored += 1
            } else {
                refuse(result.message ?? "no reason given")
            }
        } else if let isAnomaly = result.isAnomaly {
            guard isAnomaly else {
                clean += 1
                return
            }
            anomalous += 1
            let found = (result.anomalies ?? []).map(\.category.rawValue)
            findings[result.sessionId] = found
            for category in found { categories[category, default: 0] += 1 }
        } else {
            withoutVerdict += 1
        }
    }

    /// Takes a session that the product refused.
    public mutating func refuse(_ reason: String, count: Int = 1) {
        refused[reason, default: 0] += count
    }

    /// Takes sessions that the import did not come to.
    public mutating func leave(_ count: Int) {
        unsent += count
    }

    /// The summary for people.
    public var text: String {
        var lines = ["\(rows) rows"]
        lines.append("  \(analysed) analysed: \(clean) clean, \(anomalous) anomalous")
        for (category, count) in categories.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("    \(count) \(category)")
        }
        lines.append("  \(withoutVerdict) stored without a verdict")
        lines.append("  \(alreadyStored) already stored")
        lines += Self.reasons("refused", refused)
        lines += Self.reasons("unreadable", unreadable)
        if unsent > 0 { lines.append("  \(unsent) not sent, or with an unknown outcome: a further run tells") }
        if !isComplete { lines.append("  The counts do not add up: this is a fault of the importer.") }
        return lines.joined(separator: "\n")
    }

    /// The summary as JSON with sorted keys.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(Rendering(self)), as: UTF8.self)
    }

    /// The summary as its JSON shows it.
    private struct Rendering: Encodable {
        struct Analysed: Encodable {
            let clean: Int
            let anomalous: Int
            let categories: [String: Int]
            let findings: [String: [String]]
        }

        let rows: Int
        let analysed: Analysed
        let storedWithoutVerdict: Int
        let alreadyStored: Int
        let refused: [String: Int]
        let unreadable: Int
        let unreadableReasons: [String: Int]
        let unsent: Int

        init(_ summary: ImportSummary) {
            rows = summary.rows
            analysed = Analysed(
                clean: summary.clean, anomalous: summary.anomalous, categories: summary.categories,
                findings: summary.findings)
            storedWithoutVerdict = summary.withoutVerdict
            alreadyStored = summary.alreadyStored
            refused = summary.refused
            unreadable = summary.unreadable.values.reduce(0, +)
            unreadableReasons = summary.unreadable
            unsent = summary.unsent
        }
    }

    private static func reasons(_ title: String, _ counts: [String: Int]) -> [String] {
        ["  \(counts.values.reduce(0, +)) \(title)"]
            + counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "    \($0.value) \($0.key)" }
    }
}
