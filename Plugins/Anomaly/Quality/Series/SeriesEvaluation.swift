public import AnomalyDetection
import Foundation

/// Measures the series detector on the labelled series of the Numenta Anomaly Benchmark.
public struct SeriesEvaluation: Sendable {
    /// The result for one series.
    public struct Row: Sendable {
        /// Folder and file.
        public let name: String
        /// Number of points.
        public let points: Int
        /// Volume under the surface of precision over recall.
        public let volume: Double
        /// The same of the squared deviation from the mean, which any method must beat.
        public let baseline: Double
        /// Area under the curve of precision over recall.
        public let area: Double
    }

    /// One row for each series that has a labelled window, in order of their names.
    public let rows: [Row]
    /// Series without any window, which cannot be scored.
    public let unlabelled: [String]

    /// Reads the benchmark and measures; nil when it is not there.
    public init?(_ data: SharedData, configuration: SeriesConfiguration = SeriesConfiguration()) throws {
        guard let archive = data.files("nab", suffix: ".tar.xz").first else { return nil }
        let folder = FileManager.default.temporaryDirectory.appending(path: "nab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.unpack(archive, to: folder)
        let text = try Data(contentsOf: folder.appending(path: "labels/combined_windows.json"))
        let windows = try JSONDecoder().decode([String: [[String]]].self, from: text)
        unlabelled = windows.filter { $0.value.isEmpty }.keys.sorted()
        let labelled = windows.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        rows = try Parallel.map(labelled) { name, windows in
            let bytes = try Data(contentsOf: folder.appending(path: "data/\(name)"))
            let series = try TimedSeries(csv: [UInt8](bytes))
            return try Self.measure(name, series, series.labels(windows), configuration)
        }
    }

    private static func measure(
        _ name: String, _ series: TimedSeries, _ labels: [Bool], _ configuration: SeriesConfiguration
    ) throws -> Row {
        let width = SeriesPeriod.find(series.values)
        let scores = SeriesDetector.scores(series.values, seconds: series.seconds, configuration: configuration)
        return Row(
            name: name, points: labels.count,
            volume: VolumeUnderSurface.precisionRecall(scores: scores, labels: labels, width: width),
            baseline: VolumeUnderSurface.precisionRecall(
                scores: deviations(series.values), labels: labels, width: width),
            area: PrecisionRecall(scores: scores, labels: labels).areaUnderCurve)
    }

    /// Squared deviations from the mean: what any method must beat.
    private static func deviations(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        return values.map { ($0 - mean) * ($0 - mean) }
    }

    private static func unpack(_ archive: String, to folder: URL) throws {
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "-xJf", archive, "-C", folder.path]
        try tar.run()
        tar.waitUntilExit()
        guard tar.terminationStatus == 0 else { throw QualityError("tar could not unpack \(archive).") }
    }
}
