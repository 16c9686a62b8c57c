import ChargingClient
import ChargingFiles
import Foundation

/// `charging-verdicts`: sends the sessions of OCPP 1.6 and OCPI 2.2.1 files to the anomaly module and prints its
/// verdicts.
@main
struct ChargingVerdicts {
    private static let usage = """
        usage: charging-verdicts --url URL --key KEY [options] FILE...

          --url URL           where the product answers, such as http://127.0.0.1:8000
          --key KEY           API key of the tenant
          --tenant ID         tenant to name in the requests
          --station ID        station of OCPP messages that name none
          --rated-power KW    rated power of the connectors
          --language TAG      language of the explanations, such as en, de, fr, es or nl
          --explain WHICH     explain all sessions, anomalous ones (default) or none

        exit status: 0 when all sessions are clean, 2 when an anomaly was found, 1 when something went wrong
        """

    private enum Explaining: String {
        case all, anomalous, none
    }

    private let client: ChargingClient
    private let sessions: [NewSession]
    private let notes: [(file: String, notes: FileNotes)]
    private let language: String?
    private let explaining: Explaining

    static func main() async {
        do {
            if CommandLine.arguments.dropFirst().contains("--help") {
                print(usage)
                return
            }
            let hasAnomalies = try await ChargingVerdicts(Array(CommandLine.arguments.dropFirst())).run()
            exit(hasAnomalies ? 2 : 0)
        } catch let mistake as CommandOptions.Mistake {
            FileHandle.standardError.write(Data("\(mistake)\n\(usage)\n".utf8))
            exit(64)
        } catch {
            FileHandle.standardError.write(Data("charging-verdicts: \(error)\n".utf8))
            exit(1)
        }
    }

    private init(_ words: [String]) throws {
        let options = try CommandOptions(
            words,
            valued: ["--url", "--key", "--tenant", "--station", "--rated-power", "--language", "--explain"], flags: [])
        client = try options.client { pause in
            FileHandle.standardError.write(Data("waiting \(pause) for the rate limit\n".utf8))
        }
        guard let explaining = Explaining(rawValue: options.text("--explain") ?? "anomalous") else {
            throw CommandOptions.Mistake("--explain needs all, anomalous or none.")
        }
        self.explaining = explaining
        language = options.text("--language")
        let ratedPower = try options.number("--rated-power", as: Double.self)
        guard !options.operands.isEmpty else { throw CommandOptions.Mistake("A file is needed.") }
        var sessions: [NewSession] = []
        var notes: [(String, FileNotes)] = []
        for path in options.operands {
            let file = try ChargingFile(
                try Data(contentsOf: URL(filePath: path)), station: options.text("--station"), ratedPower: ratedPower)
            sessions += file.sessions
            notes.append((path, file.notes))
        }
        self.sessions = sessions
        self.notes = notes
    }

    /// Whether an anomaly was found.
    private func run() async throws -> Bool {
        for (file, notes) in notes {
            for (kind, count) in notes.counts.sorted(by: { $0.key < $1.key }) {
                FileHandle.standardError.write(Data("\(file): \(count) \(kind) left out\n".utf8))
            }
        }
        var report = VerdictReport()
        for session in sessions {
            var line = VerdictReport.Line(session: session, result: try await judge(session))
            let isWanted = explaining == .all || (explaining == .anomalous && line.result.isAnomaly == true)
            if isWanted, line.result.isAnomaly != nil {
                line.explanation = try await client.explainSession(session.sessionId, language: language).explanation
            }
            report.lines.append(line)
        }
        print(report.text)
        return report.hasAnomalies
    }

    /// Stores a session, or puts its readings in the place of those of an earlier run.
    private func judge(_ session: NewSession) async throws -> SessionResult {
        do {
            return try await client.createSession(session)
        } catch let error as ChargingClientError where error.reason == "session_exists" {
            return try await client.replaceSession(
                session.sessionId,
                SessionReplacement(
                    meterValues: session.meterValues, metadata: session.metadata,
                    status: session.status == .completed ? .completed : nil))
        }
    }
}
