import ArgumentParser

struct RoutesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "List the routes that a tenant is served.")
    @Option(help: ArgumentHelp("The tenant's id; without it, the routes of all.", valueName: "id"))
    var tenant: String?
    @OptionGroup var options: DataOptions

    func run() throws { try options.perform("routes", tenant.map { ["tenant": $0] } ?? [:]) }
}
