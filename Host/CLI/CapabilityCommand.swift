import ArgumentParser

struct CapabilityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capability", abstract: "See, grant and revoke what modules may use, for all tenants or for one.",
        discussion: """
            A change takes effect at once, also for instances that run. What is said for one tenant outranks what is \
            said for all. A part of a capability is written after a colon, such as secrets:payment_key, \
            http_client:api.example.com, identity:session, directory:keys, events:order.paid or jobs:sync.
            """,
        subcommands: [List.self, Grant.self, Revoke.self])

    struct Choice: ParsableArguments {
        @Argument(help: "The module's id.")
        var module: String
        @Argument(help: "Capabilities, or parts of them.")
        var capabilities: [String]
        @Option(help: ArgumentHelp("Only for this tenant.", valueName: "id"))
        var tenant: String?
        @OptionGroup var options: DataOptions

        func perform(_ command: String) throws {
            try options.perform(
                command,
                ["module": module, "capabilities": capabilities.joined(separator: ",")] + ["tenant": tenant])
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what modules ask for and what was decided; * stands for all tenants.")
        @Argument(help: "The module's id.")
        var module: String?
        @Option(help: ArgumentHelp("Only what concerns this tenant.", valueName: "id"))
        var tenant: String?
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("capability.list", [:] + ["module": module, "tenant": tenant])
        }
    }

    struct Grant: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Grant a module what its manifest asks for.",
            discussion: "A tenant from whom it was taken away by name keeps being denied it.")
        @OptionGroup var choice: Choice

        func run() throws { try choice.perform("capability.grant") }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take it away: from the next call on the module is answered DENIED.",
            discussion: """
                Transactions under way are undone, requests to other servers broken off. The module goes on otherwise.
                """)
        @OptionGroup var choice: Choice

        func run() throws { try choice.perform("capability.revoke") }
    }
}
