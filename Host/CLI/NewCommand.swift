import ArgumentParser
import GantryAuthoring
import GantryRuntime

struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a project for a module of your own.", subcommands: [NewModule.self])

    struct NewModule: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "module",
            abstract: "Make a project for a module that builds, tests and runs at once.",
            discussion: """
                It has a manifest, a contract, a migration, two routes, an event and a test, and brings along what it \
                is built against, so that it can lie anywhere. `make test` in it tries it on a real host, `make dev` \
                serves it and reloads it on save.
                """)
        @Argument(help: "The module's id, such as price-list.")
        var name: String
        @Option(help: ArgumentHelp("c, cpp, rust or swift.", valueName: "language"))
        var lang: String
        @Option(help: ArgumentHelp("The project's folder; ./<name> unless given.", valueName: "folder"))
        var output: String?
        @Option(
            help: ArgumentHelp(
                "The kit for authors, where it is not beside the executable: PluginAPI of the repository.",
                valueName: "folder"))
        var sdk: String?

        func run() throws {
            do throws(AuthoringError) {
                let project = try ProjectName(name)
                let language = try AuthorKit.Language(named: lang)
                let folder = output ?? name
                let files = try AuthorKit(folder: sdk).makeProject(
                    project, in: language, at: folder, version: Host.version)
                print(files.map { "\(folder)/\($0)" }.joined(separator: "\n"))
                print(
                    """

                    \(name) is made. Next:
                      cd \(folder)
                      make test     tries it on a real host
                      make dev      serves it, and reloads it on save
                    """)
            } catch {
                throw CommandFailure(error.message)
            }
        }
    }
}
