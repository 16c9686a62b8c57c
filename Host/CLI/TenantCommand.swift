import ArgumentParser

struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "List, create and show tenants.",
        subcommands: [List.self, Create.self, Show.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tenants.")
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("tenant.list") }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a tenant with nothing enabled.")
        @Argument(help: "Its id: letters, digits, underscores and hyphens.")
        var id: String
        @Option(help: "Its name for people.")
        var name: String?
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("tenant.create", ["tenant": id, "name": name ?? id]) }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a tenant and the state of its modules.")
        @Argument(help: "Its id.")
        var id: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("tenant.show", ["tenant": id]) }
    }
}
