import ArgumentParser

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Issue users' tokens for development; list and revoke those of modules.",
        subcommands: [Issue.self, List.self, Revoke.self])

    struct Issue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a user's JWT (HS256, signed with the data folder's own secret).")
        @Option(help: ArgumentHelp("The tenant's id; a user without a tenant unless given.", valueName: "id"))
        var tenant = ""
        @Option(help: ArgumentHelp("The user's id.", valueName: "id"))
        var user: String
        @Option(help: "user, admin or superadmin.")
        var role = "user"
        @Option(help: "The user's address.")
        var email = ""
        @Option(help: "Seconds until it expires.")
        var seconds = 3600
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "token.issue",
                ["tenant": tenant, "user": user, "role": role, "email": email, "seconds": String(seconds)])
        }
    }

    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: ArgumentHelp("The module's id.", valueName: "id"))
        var module: String
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the good tokens that a module has issued, without the tokens.")
        @OptionGroup var place: Place
        @Option(help: "Whose tokens; everybody's unless given.")
        var subject = ""
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "token.list", ["tenant": place.tenant, "module": place.module, "subject": subject])
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token that a module has issued, or all of one subject.")
        @Argument(help: "Id of the token, as listed.")
        var id = ""
        @OptionGroup var place: Place
        @Option(help: "Whose tokens, instead of one id.")
        var subject = ""
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "token.revoke", ["tenant": place.tenant, "module": place.module, "id": id, "subject": subject])
        }
    }
}
