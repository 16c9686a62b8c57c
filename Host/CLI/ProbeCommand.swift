import ArgumentParser
import GantryRuntime

/// Started by the host itself, for each library before it loads it.
struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: LibraryTrial.name, abstract: "Load a library and tell what that does to the process.",
        shouldDisplay: false)
    @Argument(parsing: .captureForPassthrough, help: "The library, and the names of those that it needs.")
    var library: [String]

    func run() { LibraryTrial.run(library) }
}
