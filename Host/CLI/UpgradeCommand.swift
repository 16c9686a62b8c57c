import ArgumentParser
import GantryJSON
import GantryRuntime
import Glibc

struct UpgradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Move tenants to another version of a module while they are served.",
        discussion: """
            Tenant by tenant, the canary first: the new version is loaded and migrated to beside the old, takes over \
            between two requests, and is watched. When it does worse than the old one the tenant is moved back, and no \
            further one is moved. The command shows what the host does; the host goes on without it. After whatever \
            interrupted the host, `--resume` goes on.
            """)
    @Argument(help: "The module's id.")
    var module: String
    @Option(help: ArgumentHelp("A version, or the folder of a bundle. Without it the newest.", valueName: "version"))
    var to: String?
    @Option(help: ArgumentHelp("Only these tenants, in this order.", valueName: "id,id"))
    var tenants: String?
    @Option(help: ArgumentHelp("The tenant that is moved first.", valueName: "id"))
    var canary: String?
    @Option(help: ArgumentHelp("How long each tenant is watched.", valueName: "time"))
    var watch = "30s"
    @Option(help: ArgumentHelp("How long calls of the old version may go on.", valueName: "time"))
    var drain = "30s"
    @Option(
        help: ArgumentHelp(
            "Pause after the canary unless it has answered so many requests while it was watched.",
            valueName: "count"))
    var minimumRequests = 0
    @Option(help: ArgumentHelp("How many more errors of the server are borne, of 1.", valueName: "part"))
    var maxErrorRate = 0.02
    @Option(help: ArgumentHelp("How many times as long answers may take.", valueName: "factor"))
    var latencyFactor = 3.0
    @Flag(help: "Let an older version take the place of a newer one.")
    var allowDowngrade = false
    @Flag(help: "Run migrations that take something away, after which there is no way back.")
    var allowDestructive = false
    @Flag(help: "Go on with the last upgrade of the module, as it was ordered.")
    var resume = false
    @Flag(help: "Only tell how far the last upgrade is.")
    var status = false
    @OptionGroup var options: DataOptions

    private static let lookMicroseconds: UInt32 = 100_000

    func run() throws {
        var progress = try status ? look() : begin()
        var told: Set<String> = []
        while true {
            if !options.json {
                for line in progress.lines where told.insert(line).inserted { CommandOutput.line(line) }
            }
            if status || progress.state != "running" { break }
            usleep(Self.lookMicroseconds)
            progress = try look()
        }
        if options.json { print(progress.json) }
        if !status, progress.state != "done" {
            throw CommandFailure(progress.message.isEmpty ? "The upgrade is \(progress.state)." : progress.message)
        }
    }

    private func begin() throws -> Progress {
        try perform(
            "module.upgrade",
            [
                "module": module, "to": to ?? "", "tenants": tenants ?? "", "canary": canary ?? "", "watch": watch,
                "drain": drain, "max-error-rate": "\(maxErrorRate)", "latency-factor": "\(latencyFactor)",
                "minimum-requests": "\(minimumRequests)",
                "allow-downgrade": allowDowngrade ? "yes" : "no",
                "allow-destructive": allowDestructive ? "yes" : "no", "resume": resume ? "yes" : "no",
            ])
    }

    private func look() throws -> Progress { try perform("module.upgrade-status", ["module": module]) }

    private func perform(_ command: String, _ arguments: [String: String]) throws -> Progress {
        do {
            return try Progress(json: Administrator.perform(command, arguments, dataFolder: options.data))
        } catch let error as AdministrationError {
            throw CommandFailure(error.description)
        }
    }

    /// What the host told of it.
    private struct Progress {
        let json: String
        var state = ""
        var message = ""
        var lines: [String] = []

        init(json: String) throws {
            self.json = json
            let document = try JSONDocument(Array(json.utf8))
            document.withRoot { root in
                state = root["state"]?.string ?? ""
                message = root["message"]?.string ?? ""
                guard let tenants = root["tenants"] else { return }
                let version = root["version"]?.string ?? ""
                for index in 0..<tenants.count {
                    guard let tenant = tenants[index] else { continue }
                    let state = tenant["state"]?.string ?? ""
                    if state == "waiting" { continue }
                    let reason = tenant["message"]?.string.map { ": \($0)" } ?? ""
                    let number = "[\(index + 1)/\(tenants.count)]"
                    let name = tenant["tenant"]?.string ?? ""
                    let former = tenant["from"]?.string ?? ""
                    lines.append("\(number) \(name): \(former) to \(version), \(state)\(reason)")
                }
            }
        }
    }
}
