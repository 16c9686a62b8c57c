public import ChargingClient

/// What became of the sessions of some files, as a table and texts for people.
public struct VerdictReport: Sendable {
    /// One session with its verdict.
    public struct Line: Sendable {
        /// What was sent.
        public var session: NewSession
        /// What came back.
        public var result: SessionResult
        /// The explanation, where one was asked for.
        public var explanation: String?

        /// Makes a line.
        public init(session: NewSession, result: SessionResult, explanation: String? = nil) {
            self.session = session
            self.result = result
            self.explanation = explanation
        }
    }

    /// The sessions in their order.
    public var lines: [Line] = []

    /// Creates an empty report.
    public init() {}

    /// Whether a category was found in one of the sessions.
    public var hasAnomalies: Bool { lines.contains { $0.result.isAnomaly == true } }

    /// A table with a row for each category found, and the explanations under it.
    public var text: String {
        let rows = [["SESSION", "STATION", "VERDICT", "SCORE", "PERIOD (UTC)"]] + lines.flatMap(Self.rows)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let table = rows.map { row in
            var text = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
        let texts = lines.compactMap { line in
            line.explanation.map { "\n\(line.session.sessionId)\n\n\($0)" }
        }
        return (table + texts).joined(separator: "\n")
    }

    private static func rows(_ line: Line) -> [[String]] {
        let head = [line.session.sessionId, line.session.chargingStationId]
        guard let anomalies = line.result.anomalies else {
            return [head + ["no verdict", "", line.result.message ?? ""]]
        }
        guard !anomalies.isEmpty else {
            return [head + ["clean", line.result.anomalyScore.map(score) ?? "", ""]]
        }
        return anomalies.enumerated().map { index, anomaly in
            (index == 0 ? head : ["", ""])
                + [anomaly.category.rawValue, score(anomaly.score), period(anomaly.timeRange)]
        }
    }

    private static func score(_ score: Double) -> String {
        let hundredths = Int((score * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// `2026-06-14 05:18 to 05:33`, with the second day where it is another one.
    private static func period(_ range: TimeRange?) -> String {
        guard let start = range?.startTimestamp, let end = range?.endTimestamp else { return "" }
        let first = "\(start.prefix(10)) \(start.dropFirst(11).prefix(5))"
        if start == end { return first }
        let isSameDay = start.prefix(10) == end.prefix(10)
        return "\(first) to \(isSameDay ? "" : "\(end.prefix(10)) ")\(end.dropFirst(11).prefix(5))"
    }
}
