import ChargingClient
import Foundation
import SessionImport

/// `import-sessions`: sends a public data set of charging sessions to the anomaly module and accounts for every row.
@main
struct ImportCommand {
    private static let usage = """
        usage: import-sessions --url URL --key KEY --format perth|boulder [options] FILE.csv[.gz]

          --url URL         where the product answers, such as http://127.0.0.1:8000
          --key KEY         API key of the tenant
          --tenant ID       tenant to name in the requests
          --format NAME     whose file it is: perth or boulder
          --limit N         take the first N rows only
          --scale F         multiply all energies
          --shift-days N    move all times by so many days
          --json            print the summary as JSON
        """

    private let client: ChargingClient
    private let builder: SessionBuilder
    private let file: SourceFile
    private let printsJSON: Bool

    static func main() async {
        do {
            if CommandLine.arguments.dropFirst().contains("--help") {
                print(usage)
                return
            }
            try await ImportCommand(Array(CommandLine.arguments.dropFirst())).run()
        } catch let mistake as CommandOptions.Mistake {
            FileHandle.standardError.write(Data("\(mistake)\n\(usage)\n".utf8))
            exit(64)
        } catch {
            FileHandle.standardError.write(Data("import-sessions: \(error)\n".utf8))
            exit(1)
        }
    }

    private init(_ words: [String]) throws {
        let options = try CommandOptions(
            words, valued: ["--url", "--key", "--tenant", "--format", "--limit", "--scale", "--shift-days"],
            flags: ["--json"])
        client = try options.client()
        guard let kind = SourceKind(rawValue: try options.required("--format")) else {
            throw CommandOptions.Mistake("--format needs one of \(SourceKind.allCases.map(\.rawValue)).")
        }
        guard options.operands.count == 1 else { throw CommandOptions.Mistake("One file is needed.") }
        let limit = try options.number("--limit", as: Int.self)
        let scale = try options.number("--scale", as: Double.self) ?? 1
        guard limit ?? 0 >= 0, scale.isFinite, scale > 0 else {
            throw CommandOptions.Mistake("--limit and --scale need numbers above 0.")
        }
        builder = SessionBuilder(scale: scale, shiftDays: try options.number("--shift-days") ?? 0)
        printsJSON = options.has("--json")
        file = try SourceFile(path: options.operands[0], kind: kind, limit: limit)
    }

    private func run() async throws {
        var summary = ImportSummary()
        summary.count(file.rows)
        let sessions = builder.sessions(
            file.rows.compactMap { row in
                guard case .session(let record) = row else { return nil }
                return record
            })
        var display = ProgressDisplay("importing", total: sessions.count)
        do {
            try await Importer(client).send(sessions, summary: &summary) { display.update($0) }
        } catch {
            display.finish()
            print(try render(summary))
            throw error
        }
        display.finish()
        print(try render(summary))
    }

    private func render(_ summary: ImportSummary) throws -> String {
        printsJSON ? try summary.json() : summary.text
    }
}
