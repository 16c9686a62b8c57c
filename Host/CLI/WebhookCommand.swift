import ArgumentParser
import GantryRuntime

struct WebhookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook", abstract: "See webhooks and their deliveries, and have deliveries tried again.",
        subcommands: [List.self, Deliveries.self, Retry.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the webhooks of a tenant, without secrets.")
        @OptionGroup var place: OneTenantOptions
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("webhook.list", place.arguments) }
    }

    struct Deliveries: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the newest hundred deliveries to a webhook: how often they were tried, and what was wrong.")
        @Argument(help: "The webhook's id.")
        var id: String
        @Option(help: ArgumentHelp("Only those that are pending, succeeded or failed.", valueName: "state"))
        var state: String?
        @OptionGroup var place: OneTenantOptions
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("webhook.deliveries", place.arguments + ["id": id, "state": state])
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try deliveries at once: those that wait, and those that failed and whose events are still kept.",
            discussion: """
                They come with their old ids, so a receiver that dedupes does nothing twice. A webhook that is off \
                gets nothing.
                """)
        @Argument(help: "The webhook's id.")
        var id: String
        @Option(help: ArgumentHelp("Only this delivery.", valueName: "id"))
        var delivery: String?
        @OptionGroup var place: OneTenantOptions
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("webhook.retry", place.arguments + ["id": id, "delivery": delivery])
        }
    }
}
