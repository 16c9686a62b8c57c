import ChargingClient
import DetectionQuality

/// `anomaly-quality`: the detectors of stations and series on real recordings.
enum EvaluationCommand {
    static let usage = "anomaly-quality evaluate [--data FOLDER] [--seeds N] [--list]"

    /// Measures and prints; false when a goal is missed.
    static func run(_ words: [String]) throws -> Bool {
        let options = try CommandOptions(words, valued: ["--data", "--seeds"], flags: ["--list"])
        let seeds = try options.number("--seeds", as: Int.self) ?? 3
        guard 1...100 ~= seeds, options.operands.isEmpty else {
            throw CommandOptions.Mistake("--seeds needs a number from 1 to 100.")
        }
        guard let data = SharedData(options.text("--data") ?? "../shared/data") else {
            print("No recordings are there: the detectors of stations and series are not measured.")
            return true
        }
        var isMet = true
        if let report = try StationReport(data, seeds: seeds) {
            print(report.text)
            isMet = report.isMet
        }
        if let evaluation = try SeriesEvaluation(data) {
            let report = SeriesReport(evaluation, listsAll: options.has("--list"))
            print(report.text)
            isMet = isMet && report.isMet
        }
        return isMet
    }
}
