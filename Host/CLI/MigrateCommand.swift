import ArgumentParser
import GantryJSON
import GantryRuntime

struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "See, try and run the migrations of each tenant and module.",
        subcommands: [Status.self, Plan.self, Apply.self, RestorePoints.self, Restore.self])

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "For each tenant and module: applied, pending and altered migrations.")
        @OptionGroup var instances: InstanceOptions
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("migrate.status", instances.arguments) }
    }

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is pending, and what of it is destructive.",
            discussion: "The status is 0 when nothing is pending, 2 when something is, and 1 when it cannot be run.")
        @OptionGroup var instances: InstanceOptions
        @OptionGroup var options: DataOptions

        func run() throws {
            let session = try PendingMigrations.session(options)
            let plan = try PendingMigrations.read(in: session, instances.arguments)
            print(options.json ? plan.json : plan.text)
            if !plan.isFit { throw ExitCode(1) }
            if !plan.pending.isEmpty { throw ExitCode(2) }
        }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run what is pending, tenant by tenant; with --dry-run on copies that are thrown away.",
            discussion: """
                It stops at the first failure; what was done before stays, and the same command goes on from there. \
                Before a destructive migration a restore point is made.
                """)
        @OptionGroup var instances: InstanceOptions
        @Flag(help: "Run on copies, and tell durations and counts of rows.")
        var dryRun = false
        @OptionGroup var options: DataOptions

        func run() throws {
            let session = try PendingMigrations.session(options)
            let plan = try PendingMigrations.read(in: session, instances.arguments)
            guard plan.isFit else {
                throw CommandFailure(plan.text + "\nNothing was run: something stands in the way.")
            }
            var progress = ProgressLines(total: plan.pending.count, json: options.json)
            for instance in plan.pending {
                try progress.perform(dryRun ? "tried on a copy" : "migrate", on: instance) {
                    try session.perform(dryRun ? "migrate.rehearse" : "migrate.apply", instance)
                }
            }
            progress.finish(
                "Nothing is pending.",
                dryRun
                    ? "\(PlanText.count(plan.pending.count, "database")) can be migrated. Nothing was changed."
                    : "\(PlanText.count(plan.pending.count, "database")) migrated.")
        }
    }

    struct RestorePoints: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the copies that were made before destructive migrations.")
        @OptionGroup var instance: InstanceOption
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("migrate.restore-points", instance.arguments) }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a restore point back while the module is stopped; the present data becomes one itself.")
        @Argument(help: "The restore point, as listed.")
        var point: String
        @OptionGroup var instance: InstanceOption
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("migrate.restore", instance.arguments.merging(["point": point]) { $1 })
        }
    }
}

/// Which instances are meant.
struct InstanceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this tenant.", valueName: "id"))
    var tenant: String?
    @Option(help: ArgumentHelp("Only this module.", valueName: "id"))
    var module: String?

    var arguments: [String: String] {
        var arguments: [String: String] = [:]
        arguments["tenant"] = tenant
        arguments["module"] = module
        return arguments
    }
}

/// Which instance is meant.
struct InstanceOption: ParsableArguments {
    @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
    var tenant: String
    @Option(help: ArgumentHelp("The module's id.", valueName: "id"))
    var module: String

    var arguments: [String: String] { ["tenant": tenant, "module": module] }
}

/// What is pending in which databases.
struct PendingMigrations {
    let json: String
    let text: String
    /// Tenant and module of each instance that has something pending.
    var pending: [[String: String]] = []
    /// Whether all that is pending can be run.
    var isFit = true

    static func session(_ options: DataOptions) throws -> AdministrationSession {
        do { return try AdministrationSession(dataFolder: options.data, missing: .refuse) } catch {
            throw CommandFailure(error.description)
        }
    }

    static func read(
        in session: AdministrationSession, _ arguments: [String: String]
    ) throws -> PendingMigrations {
        do {
            let answer = try session.perform("migrate.plan", arguments)
            return try PendingMigrations(json: answer)
        } catch let error as AdministrationError {
            throw CommandFailure(error.description)
        }
    }

    private init(json: String) throws {
        self.json = json
        let document = try JSONDocument(Array(json.utf8))
        var pending: [[String: String]] = []
        var isFit = true
        var lines: [String] = []
        document.withRoot { root in
            for item in root["items"].map({ Array($0.elements) }) ?? [] {
                let state = item["state"]?.string ?? ""
                let place = ["tenant": item["tenant"]?.string ?? "", "module": item["module"]?.string ?? ""]
                if state == "pending" { pending.append(place) }
                // A module without a bundle has nothing that could be run.
                if !["current", "pending", "unknown"].contains(state) { isFit = false }
                lines += PlanText.pending(item)
            }
        }
        self.pending = pending
        self.isFit = isFit
        text = lines.isEmpty ? "Nothing is pending." : lines.joined(separator: "\n")
    }
}
