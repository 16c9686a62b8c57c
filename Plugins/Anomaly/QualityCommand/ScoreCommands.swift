import AnomalyDetection
import ChargingClient
import DetectionQuality
import Foundation
import SessionImport

/// `anomaly-quality series` and `anomaly-quality stations`: scores for data that somebody brings, as CSV.
enum ScoreCommands {
    static let seriesUsage = "anomaly-quality series FILE.csv    (timestamp,value: a score for each row)"
    static let stationsUsage =
        "anomaly-quality stations FILE.csv  (station,start,end,kWh: a score for each station and UTC day)"

    /// Scores each row of a series.
    static func series(_ words: [String]) throws {
        let series = try TimedSeries(csv: try file(words))
        let scores = SeriesDetector.scores(series.values, seconds: series.seconds)
        print("timestamp,value,score")
        for (index, score) in scores.enumerated() {
            print("\(series.timestamps[index]),\(series.values[index]),\(ResultTable.number(score, digits: 6))")
        }
    }

    /// Judges each day of each station from the days before it alone.
    static func stations(_ words: [String]) throws {
        let sessions = try SessionFile(csv: try file(words))
        print("station,day,score,kind,expected_kwh,actual_kwh")
        for (station, history) in sessions.histories {
            for day in history.firstDay..<history.endDay {
                let verdict = StationDetector.judge(history, day: day)
                let cells = [
                    station, text(CivilDate(daysSinceEpoch: day)), ResultTable.number(verdict.score, digits: 6),
                    verdict.kind.map { "\($0.wireName)" } ?? "",
                    verdict.expectedKilowattHours.map { ResultTable.number($0) } ?? "",
                    ResultTable.number(verdict.actualKilowattHours),
                ]
                print(cells.joined(separator: ","))
            }
        }
    }

    private static func text(_ date: CivilDate) -> String {
        let month = date.month < 10 ? "0\(date.month)" : "\(date.month)"
        let day = date.day < 10 ? "0\(date.day)" : "\(date.day)"
        return "\(date.year)-\(month)-\(day)"
    }

    private static func file(_ words: [String]) throws -> [UInt8] {
        guard let path = words.first, words.count == 1 else { throw CommandOptions.Mistake("One file is needed.") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw QualityError("\(path) cannot be read.")
        }
        return [UInt8](data)
    }
}
