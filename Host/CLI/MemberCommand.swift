import ArgumentParser

struct MemberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "List, add, invite and remove the people of a tenant.",
        subcommands: [List.self, Add.self, Invite.self, Remove.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List a tenant's members, and then its open invitations.")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("member.list", ["tenant": tenant]) }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a user a place in a tenant, or another role there, whatever the user's tokens say.")
        @Argument(help: "Id of the user, the `sub` of the user's tokens.")
        var user: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: "user, admin or superadmin.")
        var role = "user"
        @Option(help: "The user's address; that in the user's tokens unless given.")
        var email = ""
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("member.add", ["tenant": tenant, "user": user, "role": role, "email": email])
        }
    }

    struct Invite: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Invite somebody. What the person is to show is in the answer and kept nowhere.")
        @Argument(help: "The person's address.")
        var email: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: "user, admin or superadmin.")
        var role = "user"
        @Option(help: "Days for which the invitation is good.")
        var days = 7
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "member.invite", ["tenant": tenant, "email": email, "role": role, "days": String(days)])
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a person's access away at once, with whatever token.")
        @Argument(help: "Id of the user, as listed.")
        var user: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("member.remove", ["tenant": tenant, "user": user]) }
    }
}
