import ArgumentParser
import GantryRuntime

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what `apply` would change, and what stands in its way.",
        discussion: """
            The status is 0 when there is nothing to do, 2 when there are changes, and 1 when something stands in the \
            way or the plan cannot be made.
            """)
    @OptionGroup var options: PlanOptions

    func run() throws {
        let session = try options.session(missing: .imagine)
        let plan = try options.plan(in: session)
        print(options.json ? plan.json : try PlanText.plan(json: plan.json))
        if plan.obstacleCount > 0 { throw ExitCode(1) }
        if !plan.steps.isEmpty { throw ExitCode(2) }
    }
}

/// What `plan` and `apply` take.
struct PlanOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The deployment file.", valueName: "file"))
    var deployment: String
    @Option(help: ArgumentHelp("The data folder.", valueName: "folder"))
    var data = "data"
    @Option(
        help: ArgumentHelp(
            "Grant a module what its manifest asks for, such as guestbook=database,events.", valueName: "grant"))
    var allow: [String] = []
    @Flag(help: "Print JSON instead of text.")
    var json = false

    func session(missing: AdministrationSession.MissingFolder) throws -> AdministrationSession {
        do { return try AdministrationSession(dataFolder: data, missing: missing) } catch {
            throw CommandFailure(error.description)
        }
    }

    func plan(in session: AdministrationSession) throws -> PlannedSteps {
        do {
            let answer = try session.perform(
                "deployment.plan",
                ["file": AbsolutePath.of(deployment), "allow": allow.joined(separator: "\n")])
            return try PlannedSteps(json: answer)
        } catch let error as AdministrationError {
            throw CommandFailure(error.description)
        }
    }
}
