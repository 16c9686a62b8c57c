import ChargingClient
import DetectionQuality
import Foundation

/// `anomaly-quality`: measures how well the detectors find what they are there for, on data that has the answers.
@main
struct QualityCommand {
    private static let usage = """
        usage: anomaly-quality
        """

    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch let mistake as CommandOptions.Mistake {
            FileHandle.standardError.write(Data("\(mistake)\n\(usage)\n".utf8))
            exit(64)
        } catch {
            FileHandle.standardError.write(Data("anomaly-quality: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ words: [String]) throws {
        guard words.isEmpty else { throw CommandOptions.Mistake("There is no command \(words[0]).") }
        print(usage)
    }
}
