import ArgumentParser

/// Hands over to the author's kit's checker, as `check` does.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Play a recording to a build of its module, and name what it does otherwise.",
        discussion: """
            The recorded calls are made again, and the recorded answers of the host are given. The exit code is 0 when \
            the build does the same, 1 when it does not, 2 when the recording or the bundle cannot be used.
            """)
    @Argument(help: "The recording.")
    var file: String
    @Option(help: ArgumentHelp("The bundle's folder.", valueName: "folder"))
    var bundle: String
    @Option(help: ArgumentHelp("A library instead of the bundle's own.", valueName: "file"))
    var library: String?
    @Flag(help: "One JSON object instead of text.")
    var json = false

    func run() throws {
        var words = [bundle, "--replay", file]
        if let library { words += ["--library", library] }
        if json { words.append("--json") }
        try CheckCommand.runChecker(words)
    }
}
