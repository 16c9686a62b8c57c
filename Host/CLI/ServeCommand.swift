import ArgumentParser
import GantryRuntime

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a deployment until SIGINT or SIGTERM, then drain and stop.")
    @Option(help: ArgumentHelp("The deployment file.", valueName: "file"))
    var deployment: String
    @Option(help: ArgumentHelp("The data folder; made when it is missing.", valueName: "folder"))
    var data = "data"
    @Option(help: ArgumentHelp("HOST:PORT to listen on instead of the deployment's.", valueName: "host:port"))
    var listen: String?
    @Flag(help: "Take the place of the host that runs on the data folder, without losing a request.")
    var replace = false

    func run() throws {
        do {
            try Host.run(deploymentFile: deployment, dataFolder: data, listen: listen, replaces: replace)
        } catch let error as HostError {
            throw CommandFailure(error.description)
        }
    }
}
