import ArgumentParser

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Issue, list, rotate and revoke API keys.",
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue an API key. It is shown this once; only its hash is kept.")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: "A name to recognise it by.")
        var name = "command line"
        @Option(help: "Days for which it is good.")
        var days = 365
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("key.create", ["tenant": tenant, "name": name, "days": String(days)])
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a key in the place of another, which stays good for a while.")
        @Argument(help: "Id of the key, as listed (not the key itself).")
        var id: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: "Seconds for which both are good.")
        var overlap = 86400
        @Option(help: "Days for which the new one is good.")
        var days = 365
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "key.rotate", ["tenant": tenant, "id": id, "overlap": String(overlap), "days": String(days)])
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a tenant's API keys, without the keys.")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("key.list", ["tenant": tenant]) }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an API key; every later request with it gets 401.")
        @Argument(help: "Id of the key, as listed (not the key itself).")
        var id: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("key.revoke", ["tenant": tenant, "id": id]) }
    }
}
