import ArgumentParser
import GantryAuthoring
import GantryRuntime

struct KitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kit", abstract: "Bring a module's project to the kit of this gantry.",
        subcommands: [Update.self])

    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Replace what a project has in `sdk` by this gantry's, and say what that changes.",
            discussion: """
                Nothing outside of `sdk` is touched. A file in it that was edited in the project stays as it is, and \
                is named; --force takes the kit's all the same. Files of your own in it are left alone.
                """)
        @Argument(help: ArgumentHelp("The project's folder.", valueName: "project"))
        var project = "."
        @Flag(help: "Say what would change, and change nothing.")
        var dryRun = false
        @Flag(help: "Replace files that were edited in the project, too.")
        var force = false
        @Option(
            help: ArgumentHelp(
                "The kit for authors, where it is not beside the executable: PluginAPI of the repository.",
                valueName: "folder"))
        var sdk: String?

        func run() throws {
            do throws(AuthoringError) {
                let update = try KitUpdate(
                    of: project, by: AuthorKit(folder: sdk), version: Host.version, force: force)
                let former = update.former.version ?? "an unknown version"
                print("The kit in \(project)/sdk is for \(update.former.language.rawValue), from gantry \(former).")
                for (path, change) in update.changes {
                    let word = change.rawValue + String(repeating: " ", count: 8 - change.rawValue.count)
                    print("\(word) sdk/\(path)\(change == .kept ? "  (edited here; --force takes the kit's)" : "")")
                }
                if update.isNothing { return print("It is that of this gantry, \(Host.version).") }
                if dryRun { return print("Nothing was changed. Without --dry-run it becomes that of \(Host.version).") }
                try update.apply()
                print("It is that of gantry \(Host.version) now. Build and test it: make test check")
            } catch {
                throw CommandFailure(error.message)
            }
        }
    }
}
