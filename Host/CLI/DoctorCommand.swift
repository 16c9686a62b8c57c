import ArgumentParser
import GantryRuntime

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check machine, deployment, bundles and data folder, and say what to mend.")
    @Option(help: ArgumentHelp("The deployment file.", valueName: "file"))
    var deployment: String?
    @Option(help: ArgumentHelp("The data folder.", valueName: "folder"))
    var data = "data"
    @Flag(help: "Print JSON instead of lines.")
    var json = false

    func run() throws {
        let report = Doctor.examine(deploymentFile: deployment, dataFolder: data)
        if json {
            print(report.json)
        } else {
            for finding in report.findings {
                print("\(finding.isGood ? "ok  " : "FAIL") \(finding.subject): \(finding.message)")
            }
        }
        if !report.isHealthy { throw ExitCode.failure }
    }
}
