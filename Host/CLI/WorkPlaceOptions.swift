import ArgumentParser

/// Whose events or jobs are meant; all without them.
struct WorkPlaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only of this tenant.", valueName: "id"))
    var tenant: String?
    @Option(help: ArgumentHelp("Only of this module; of events, the one that published them.", valueName: "id"))
    var module: String?

    var arguments: [String: String] { [:] + ["tenant": tenant, "module": module] }
}

/// Which tenant is meant, and perhaps which of its modules.
struct OneTenantOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
    var tenant: String
    @Option(help: ArgumentHelp("The module; without it, whichever has it.", valueName: "id"))
    var module: String?

    var arguments: [String: String] { ["tenant": tenant] + ["module": module] }
}

/// Which part of a long list is shown.
struct PagingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many lines, up to 1000.", valueName: "count"))
    var limit = 100
    @Option(help: ArgumentHelp("Go on where a list ended.", valueName: "place"))
    var after: String?

    var arguments: [String: String] { ["limit": String(limit)] + ["after": after] }
}

extension [String: String] {
    /// Adds the arguments that were given.
    static func + (arguments: Self, others: [String: String?]) -> Self {
        arguments.merging(others.compactMapValues(\.self)) { _, other in other }
    }
}
