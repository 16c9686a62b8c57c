import AnomalyDetection
import ChargingClient
import ChargingSimulator
import Foundation

/// `charging-simulator`: fills a tenant with simulated charging sessions over the public API, and tells how many of the
/// faults in them were found.
@main
struct SimulatorCommand {
    private static let usage = """
        usage: charging-simulator --url URL --key KEY [options]

          --url URL       where the product answers, such as http://127.0.0.1:8000
          --key KEY       API key of the tenant
          --tenant ID     tenant to name in the requests
          --stations N    number of stations (6)
          --days N        number of days, the last of them yesterday (14)
          --seed N        equal numbers give equal sessions (7)
          --faults F      share of the sessions that get a fault, 0 to 1 (0.05)
        """

    private let client: ChargingClient
    private let simulation: Simulation
    private let seed: UInt64

    static func main() async {
        do {
            if CommandLine.arguments.dropFirst().contains("--help") {
                print(usage)
                return
            }
            try await SimulatorCommand(Array(CommandLine.arguments.dropFirst())).run()
        } catch let mistake as CommandOptions.Mistake {
            FileHandle.standardError.write(Data("\(mistake)\n\(usage)\n".utf8))
            exit(64)
        } catch {
            FileHandle.standardError.write(Data("charging-simulator: \(error)\n".utf8))
            exit(1)
        }
    }

    private init(_ words: [String]) throws {
        let options = try CommandOptions(
            words, valued: ["--url", "--key", "--tenant", "--stations", "--days", "--seed", "--faults"], flags: [])
        client = try options.client()
        let stations = try options.number("--stations", as: Int.self) ?? 6
        let days = try options.number("--days", as: Int.self) ?? 14
        let faults = try options.number("--faults", as: Double.self) ?? 0.05
        guard 1...10_000 ~= stations, 1...3650 ~= days, 0...1 ~= faults, options.operands.isEmpty else {
            throw CommandOptions.Mistake("--stations, --days or --faults is out of range.")
        }
        seed = try options.number("--seed") ?? 7
        let today = Int64(Date.now.timeIntervalSince1970) / 86_400
        simulation = Simulation(
            seed: seed, startMilliseconds: (today - Int64(days)) * 86_400_000, days: days, stationCount: stations,
            faultShare: faults)
    }

    private func run() async throws {
        let sessions = Array(simulation)
        guard let last = sessions.last else {
            print("No sessions to send.")
            return
        }
        guard try await !isStored(SimulatedUpload.identifier(last, seed: seed)) else {
            print("The \(sessions.count) simulated sessions are stored already.")
            return
        }
        var report = SimulationReport()
        var display = ProgressDisplay("charging", total: sessions.count)
        var done = 0
        for batch in SimulatedUpload.batches(sessions) {
            let ticket = try await client.submitBatch(batch.map { SimulatedUpload.session($0, seed: seed) })
            let results = try await client.results(ofBatch: ticket.batchId) { display.update(done + $0) }
            for (session, result) in zip(batch, results) { report.count(session, result) }
            done += batch.count
        }
        display.finish()
        print(report.text)
    }

    private func isStored(_ sessionId: String) async throws -> Bool {
        do {
            _ = try await client.getSession(sessionId)
            return true
        } catch let error as ChargingClientError where error.status == 404 {
            return false
        }
    }
}
