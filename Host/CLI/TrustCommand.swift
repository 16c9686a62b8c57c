import ArgumentParser

struct TrustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "See and revoke whose signatures on bundles count.",
        discussion: """
            What is revoked here counts no more from this moment on, whatever the deployment file says, and nothing of \
            it goes on running: its routes answer 503.
            """,
        subcommands: [List.self, Revoke.self, Restore.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys and builds that were revoked, by commands and by the deployment file.")
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("trust.list", [:]) }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a key, or one build, count no more, and end what runs of it.")
        @Argument(help: "A key as `bundle inspect` tells it, or a build's digest as `module show` does.")
        var id: String
        @Option(help: "Why; operators read it.")
        var reason: String?
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("trust.revoke", ["id": id] + ["reason": reason]) }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take such a revocation back; what it ended starts again.")
        @Argument(help: "The key or the digest.")
        var id: String
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("trust.restore", ["id": id]) }
    }
}
