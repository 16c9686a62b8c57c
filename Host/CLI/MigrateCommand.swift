import ArgumentParser

struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "See the migrations of each tenant and module.", subcommands: [Status.self])

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "For each tenant and module: applied, pending and altered migrations.")
        @Option(help: ArgumentHelp("Only this tenant.", valueName: "id"))
        var tenant: String?
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("migrate.status", tenant.map { ["tenant": $0] } ?? [:]) }
    }
}
