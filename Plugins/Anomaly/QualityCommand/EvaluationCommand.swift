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
        var summary = ResultTable(
            "Goals, and what was measured", columns: ["check", "simple methods", "goal", "measured", "goal met"])
        if let report = try StationReport(data, seeds: seeds) {
            print(report.text)
            isMet = report.isMet
            summary.add(
                "station days: AUC-PR / F1 at the shipped threshold", "0.14 / 0.15; 0.32 / 0.41", "0.40 / 0.50",
                "\(ResultTable.number(report.quality.areaUnderCurve)) / "
                    + ResultTable.number(report.quality.harmonicMean), report.isMet ? "yes" : "no")
        }
        if let evaluation = try SeriesEvaluation(data) {
            let report = SeriesReport(evaluation, listsAll: options.has("--list"))
            print(report.text)
            isMet = isMet && report.isMet
            summary.add(
                "Numenta Anomaly Benchmark: mean VUS-PR", "0.19; 0.34", "0.35", ResultTable.number(report.volume),
                report.isMet ? "yes" : "no")
        }
        print(summary.text)
        return isMet
    }
}
