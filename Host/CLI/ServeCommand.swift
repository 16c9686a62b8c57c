import ArgumentParser
import GantryRuntime

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a deployment until SIGINT or SIGTERM, then drain and stop.")
    @Option(help: "The deployment file.")
    var deployment: String
    @Option(help: "The data folder; made when it is missing.")
    var data = "data"
    @Option(help: "HOST:PORT to listen on instead of the deployment's.")
    var listen: String?

    func run() throws {
        do {
            try Host.run(deploymentFile: deployment, dataFolder: data, listen: listen)
        } catch let error as HostError {
            throw CommandFailure(error.description)
        }
    }
}
