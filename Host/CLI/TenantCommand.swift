import ArgumentParser

struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "List, create, import and show tenants.",
        subcommands: [List.self, Create.self, Import.self, Show.self])

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

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create many tenants from a file with one JSON object a line.",
            discussion: """
                A line is {"id": "acme", "name": "Acme Ltd", "hosts": [], "modules": {"guestbook": {}}}, where all but \
                the id may be left out. Tenants that exist are left as they are, so an import that was broken off is \
                made again. Each part of the file takes effect at once, whole.
                """)
        @Argument(help: "The file.", completion: .file())
        var file: String
        @Option(help: ArgumentHelp("Give each new tenant an API key, and write the keys there.", valueName: "file"))
        var keys: String?
        @OptionGroup var options: DataOptions

        func run() throws { try TenantImportFile(path: file, keysPath: keys).perform(options) }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a tenant and the state of its modules.")
        @Argument(help: "Its id.")
        var id: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("tenant.show", ["tenant": id]) }
    }
}
