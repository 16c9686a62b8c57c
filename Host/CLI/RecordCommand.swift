import ArgumentParser
import Glibc

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Keep what crosses the border of one module for one tenant, without secrets.",
        discussion: """
            The module is restarted for that tenant when it begins and when it is stopped. Values of secrets, tokens, \
            of the usual headers and members of JSON, and of those named with --redact are replaced before they are \
            written. `gantry replay` plays the file to another build.
            """, subcommands: [Start.self, Show.self, Stop.self])

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Begin to record.")
        @Argument(help: "The module's id.")
        var module: String
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: ArgumentHelp("The file; it must not be there yet.", valueName: "file"))
        var output: String
        @Option(help: ArgumentHelp("Nothing is written after so much time.", valueName: "seconds"))
        var seconds = 60
        @Option(help: ArgumentHelp("Nothing is written beyond this size.", valueName: "MiB"))
        var mebibytes = 64
        @Option(help: ArgumentHelp("Another member of JSON objects that is a secret.", valueName: "name"))
        var redact: [String] = []
        @OptionGroup var options: DataOptions

        func run() throws {
            var path = output
            if !path.hasPrefix("/"), let folder = getcwd(nil, 0) {
                path = "\(String(cString: folder))/\(output)"
                free(folder)
            }
            try options.perform(
                "record.start",
                [
                    "module": module, "tenant": tenant, "file": path, "seconds": String(seconds),
                    "mebibytes": String(mebibytes), "redact": redact.joined(separator: ","),
                ])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how far the recording has come.")
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("record.show") }
    }

    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End it, and restart the module as it was.")
        @OptionGroup var options: DataOptions

        func run() throws { try options.perform("record.stop") }
    }
}
