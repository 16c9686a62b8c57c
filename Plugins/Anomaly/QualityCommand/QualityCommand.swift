import ChargingClient
import Foundation

/// `anomaly-quality`: measures how well the detectors find what they are there for, on data that has the answers, and
/// scores data that somebody brings.
@main
struct QualityCommand {
    private static let usage = """
        usage: \(EvaluationCommand.usage)
               \(SessionsCommand.usage)
               \(ScoreCommands.seriesUsage)
               \(ScoreCommands.stationsUsage)
        """

    static func main() {
        do {
            guard try run(Array(CommandLine.arguments.dropFirst())) else {
                FileHandle.standardError.write(Data("anomaly-quality: a goal is missed.\n".utf8))
                exit(1)
            }
        } catch let mistake as CommandOptions.Mistake {
            FileHandle.standardError.write(Data("\(mistake)\n\(usage)\n".utf8))
            exit(64)
        } catch {
            FileHandle.standardError.write(Data("anomaly-quality: \(error)\n".utf8))
            exit(1)
        }
    }

    /// False when a goal is missed.
    private static func run(_ words: [String]) throws -> Bool {
        guard let command = words.first else { throw CommandOptions.Mistake("A command is needed.") }
        let rest = Array(words.dropFirst())
        switch command {
        case "evaluate": return try EvaluationCommand.run(rest)
        case "sessions": return try SessionsCommand.run(rest)
        case "series": try ScoreCommands.series(rest)
        case "stations": try ScoreCommands.stations(rest)
        case "--help": print(usage)
        default: throw CommandOptions.Mistake("There is no command \(command).")
        }
        return true
    }
}
