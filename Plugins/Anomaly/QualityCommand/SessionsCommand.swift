import AnomalyDetection
import ChargingClient
import DetectionQuality
import SessionImport

/// `anomaly-quality sessions`: ordinary sessions and the same ones with one fault each.
enum SessionsCommand {
    static let usage = "anomaly-quality sessions [--data FOLDER] [--outlines N] [--seeds N] [--errors N]"

    /// Measures and prints; false when a goal is missed.
    static func run(_ words: [String]) throws -> Bool {
        let options = try CommandOptions(words, valued: ["--data", "--outlines", "--seeds", "--errors"], flags: [])
        let data = SharedData(options.text("--data") ?? "../shared/data")
        let outlines = try options.number("--outlines") ?? 300
        let seeds = try options.number("--seeds", as: UInt64.self) ?? 3
        var evaluation = SessionEvaluation()
        let records = try data.map { data in [try data.sessions(.perth), try data.sessions(.boulder)] } ?? []
        if records.isEmpty { print("No records are there: outlines of sessions are drawn at random alone.") }
        for seed in 1...max(1, seeds) {
            var random = SeededRandom(seed: seed)
            for source in records {
                let shapes = SessionShape.of(source, &random).shuffled(using: &random)
                evaluation.measure(Array(shapes.prefix(outlines)), seed: seed)
            }
            evaluation.measure(SessionShape.drawn(outlines, &random), seed: seed)
        }
        let report = SessionReport(evaluation)
        print(report.text)
        let natural = records.map(NaturalFaults.init).filter { $0.flagged.total > 0 }
        for faults in natural { print(faults.text) }
        for error in evaluation.errors.prefix(try options.number("--errors") ?? 0) { print(error) }
        return report.isMet && natural.allSatisfy { $0.cases.allSatisfy(\.isRight) }
    }
}
