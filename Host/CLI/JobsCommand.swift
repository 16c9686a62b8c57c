import ArgumentParser
import GantryRuntime

struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "See background jobs and schedules, retry and cancel.",
        subcommands: [List.self, Show.self, Retry.self, Cancel.self, Schedules.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the jobs that wait, run or were given up. Those that are done are gone.")
        @OptionGroup var place: WorkPlaceOptions
        @Option(help: ArgumentHelp("Only jobs of this name.", valueName: "name"))
        var name: String?
        @Option(help: ArgumentHelp("Only those that are waiting, running or failed.", valueName: "state"))
        var state: String?
        @OptionGroup var paging: PagingOptions
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("jobs.list", place.arguments + paging.arguments + ["name": name, "state": state])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a job with what it is given.")
        @Argument(help: "The job's id.")
        var id: String
        @OptionGroup var place: OneTenantOptions
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("jobs.show", place.arguments + ["id": id]) }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a job again that was given up, or now if it waits; with --failed, all of a module.")
        @Argument(help: "The job's id.")
        var id: String?
        @Flag(help: "All that were given up; needs --module.")
        var failed = false
        @Option(help: ArgumentHelp("With --failed, only jobs of this name.", valueName: "name"))
        var name: String?
        @OptionGroup var place: OneTenantOptions
        @OptionGroup var options: DataOptions

        func validate() throws {
            guard (id != nil) != failed else { throw ValidationError("Name one job, or --failed.") }
            if failed && place.module == nil { throw ValidationError("--failed needs --module.") }
            if name != nil && !failed { throw ValidationError("--name goes with --failed.") }
        }

        func run() throws { try options.perform("jobs.retry", place.arguments + ["id": id, "name": name]) }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a job that waits or was given up.")
        @Argument(help: "The job's id.")
        var id: String
        @OptionGroup var place: OneTenantOptions
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("jobs.cancel", place.arguments + ["id": id]) }
    }

    struct Schedules: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the schedules: what they queue, when next, when last, and how many runs were left out.")
        @OptionGroup var place: WorkPlaceOptions
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("jobs.schedules", place.arguments) }
    }
}
