import ArgumentParser

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Issue users' tokens for development.", subcommands: [Issue.self])

    struct Issue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a user's JWT (HS256, signed with the data folder's own secret).")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: ArgumentHelp("The user's id.", valueName: "id"))
        var user: String
        @Option(help: "user, admin or superadmin.")
        var role = "user"
        @Option(help: "Seconds until it expires.")
        var seconds = 3600
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "token.issue", ["tenant": tenant, "user": user, "role": role, "seconds": String(seconds)])
        }
    }
}
