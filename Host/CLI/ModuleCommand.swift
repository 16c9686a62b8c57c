import ArgumentParser

struct ModuleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "module", abstract: "List and show modules, enable and disable them for tenants.",
        subcommands: [
            List.self, Show.self, Enable.self, Disable.self, Restart.self, UpgradeCommand.self, AllowDowngrade.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the modules that bundles were found for.")
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("module.list") }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a module declares and where it runs.")
        @Argument(help: "The module's id.")
        var module: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("module.show", ["module": module]) }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enable a module for a tenant; on a running host it serves when this returns.")
        @Argument(help: "The module's id.")
        var module: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: ArgumentHelp("The module's configuration, a JSON object.", valueName: "json"))
        var configuration = "{}"
        @Option(help: ArgumentHelp("A prefix before all its paths, such as /charging.", valueName: "path"))
        var mount = ""
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "module.enable",
                ["module": module, "tenant": tenant, "configuration": configuration, "mount": mount])
        }
    }

    struct Restart: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a module anew, also one that is quarantined because its workers have crashed too often.",
            aliases: ["unquarantine"])
        @Argument(help: "The module's id.")
        var module: String
        @Option(help: ArgumentHelp("The tenant's id; all tenants without it.", valueName: "id"))
        var tenant: String?
        @OptionGroup var options: DataOptions

        func run() throws {
            var arguments = ["module": module]
            arguments["tenant"] = tenant
            try options.perform("module.restart", arguments)
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a module's routes, subscriptions and jobs for a tenant. Its data is kept.")
        @Argument(help: "The module's id.")
        var module: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("module.disable", ["module": module, "tenant": tenant]) }
    }

    struct AllowDowngrade: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an older version of a module, or another build of the same, be used where signatures count.",
            discussion: "The host remembers which signed builds it has used and refuses older ones: their signatures "
                + "stay good, and their faults known. This forgets the version and all later ones.")
        @Argument(help: "The module's id.")
        var module: String
        @Option(help: ArgumentHelp("The version to go back to.", valueName: "version"))
        var to: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("module.allow-downgrade", ["module": module, "version": to]) }
    }
}
