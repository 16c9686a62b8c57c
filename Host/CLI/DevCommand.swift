import ArgumentParser
import GantryAuthoring
import GantryCore

struct DevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Build a module's project, serve it, and reload it on save.",
        discussion: """
            The project has its manifest in the folder `bundle`, and a command that leaves the bundle below \
            `build/bundles`; `gantry new module` makes such a one. Two tenants are served, `dev` and `other`, on a \
            data folder that goes when the command ends. Where the new sources do not build, or the new bundle cannot \
            be started, the old one goes on.

            With --test, a command is run once in the project's folder while the host serves, with GANTRY_URL, \
            GANTRY_KEY and GANTRY_OTHER_KEY set; its status is that of this command.
            """)
    @Argument(help: ArgumentHelp("The project's folder.", valueName: "project"))
    var project = "."
    @Option(help: ArgumentHelp("A data folder to keep.", valueName: "folder"))
    var data: String?
    @Option(help: ArgumentHelp("HOST:PORT to listen on; a free port unless given.", valueName: "host:port"))
    var listen = "127.0.0.1:0"
    @Option(help: ArgumentHelp("What builds the project, in its folder.", valueName: "command"))
    var build = "make bundle"
    @Option(
        name: .customLong("with"),
        help: ArgumentHelp("A folder with bundles of other modules that are enabled too.", valueName: "folder"))
    var bundles: [String] = []
    @Option(help: ArgumentHelp("The module's configuration, a JSON object.", valueName: "json"))
    var configuration = "{}"
    @Option(
        help: ArgumentHelp("Where the module runs: \(Self.tiers); in-process unless given.", valueName: "tier"),
        transform: Self.tier)
    var isolation = Deployment.Isolation.Tier.inProcess
    @Option(help: ArgumentHelp("Run this once instead of watching.", valueName: "command"))
    var test: String?

    private static let tiers = Deployment.Isolation.Tier.allCases.map(\.rawValue).joined(separator: ", ")

    private static func tier(_ text: String) throws -> Deployment.Isolation.Tier {
        guard let tier = Deployment.Isolation.Tier(rawValue: text) else {
            throw ValidationError("`\(text)` is none of \(tiers).")
        }
        return tier
    }

    func run() throws {
        let signals = try CommandSignals()
        let project = try DevelopmentProject(
            folder: project, build: build, others: bundles, configuration: configuration,
            isolation: isolation)
        let session = try DevelopmentSession(
            project, data: data, listen: listen, signals: signals, isQuiet: test != nil)
        defer { session.end() }
        if let test {
            let status = try session.run(test)
            session.end()
            throw ExitCode(status)
        }
        try session.watch()
    }
}
