import ArgumentParser
import GantryRuntime

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "See events and their deliveries, deliver again, and clear away.",
        subcommands: [List.self, Show.self, Replay.self, Purge.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the events that modules published.")
        @OptionGroup var place: WorkPlaceOptions
        @Option(help: ArgumentHelp("Only events of this type.", valueName: "type"))
        var type: String?
        @Option(
            help: ArgumentHelp("Only those that are delivered, pending, retrying or dead.", valueName: "state"))
        var state: String?
        @OptionGroup var paging: PagingOptions
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "events.list", place.arguments + paging.arguments + ["type": type, "state": state])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an event, its data and who has not got it.")
        @Argument(help: "The event's id.")
        var id: String
        @OptionGroup var place: OneTenantOptions
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("events.show", place.arguments + ["id": id]) }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deliver events again: one, those of a time, or those that were given up.",
            discussion: """
                They come with their old ids, so a subscriber that dedupes does nothing twice. What a subscriber has \
                not been tried with yet is left out: it will come anyway.
                """)
        @Argument(help: "The id of one event.")
        var id: String?
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: ArgumentHelp("The module that published them.", valueName: "id"))
        var module: String
        @Option(
            help: ArgumentHelp("The module that is to get them; with --dead, only its dead letters.", valueName: "id"))
        var subscriber: String?
        @Option(help: ArgumentHelp("Only events of this type.", valueName: "type"))
        var type: String?
        @Option(help: ArgumentHelp("From this time on, such as 2026-06-14T05:00:00Z or 2h ago.", valueName: "time"))
        var since: String?
        @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
        var until: String?
        @Flag(help: "Those that were given up.")
        var dead = false
        @OptionGroup var options: DataOptions

        func validate() throws {
            let choices = [id != nil, dead, since != nil || until != nil]
            guard choices.count(where: { $0 }) == 1 else {
                throw ValidationError("Name one event, or --dead, or a time with --since and --until.")
            }
        }

        func run() throws {
            try options.perform(
                "events.replay",
                ["tenant": tenant, "module": module] + [
                    "id": id, "subscriber": subscriber, "type": type, "since": since, "until": until,
                    "dead": dead ? "true" : nil,
                ])
        }
    }

    struct Purge: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove delivered events, dead letters, or a subscriber that will not come back.",
            discussion: "Without an option, events that every subscriber has got. It asks before it removes anything.")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: ArgumentHelp("The module that published them.", valueName: "id"))
        var module: String
        @Option(help: ArgumentHelp("Only delivered events of that age, such as 7d.", valueName: "time"))
        var olderThan: String?
        @Flag(help: "Dead letters instead; they cannot be replayed afterwards.")
        var dead = false
        @Option(help: ArgumentHelp("With --dead, only those of this module.", valueName: "id"))
        var subscriber: String?
        @Option(
            help: ArgumentHelp(
                "Forget this module as a subscriber: events wait for it no longer.", valueName: "id"))
        var forget: String?
        @Flag(help: "Do not ask.")
        var yes = false
        @OptionGroup var options: DataOptions

        func validate() throws {
            guard [dead, forget != nil, olderThan != nil].count(where: { $0 }) <= 1 else {
                throw ValidationError("Only one of --dead, --forget and --older-than can be given.")
            }
            if subscriber != nil && !dead { throw ValidationError("--subscriber goes with --dead.") }
        }

        func run() throws {
            let what = dead ? "dead" : forget != nil ? "subscriber" : "delivered"
            if !yes {
                try Confirmation.ask(
                    "This removes \(Self.description(what)) of `\(module)` of `\(tenant)` for good.", typing: tenant)
            }
            try options.perform(
                "events.purge",
                ["tenant": tenant, "module": module, "what": what] + [
                    "older": olderThan, "subscriber": forget ?? subscriber,
                ])
        }

        private static func description(_ what: String) -> String {
            switch what {
            case "dead": "dead letters"
            case "subscriber": "a subscriber and what waits for it"
            default: "delivered events"
            }
        }
    }
}
