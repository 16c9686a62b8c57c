import ArgumentParser
import GantryRuntime

struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Build, sign and inspect bundles.",
        subcommands: [Build.self, Sign.self, Verify.self, Inspect.self, Lint.self])

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put manifest, contract, migrations and library into a bundle, checked as the host would.")
        @Option(help: ArgumentHelp("Folder with module.yaml, the contract and the migrations.", valueName: "folder"))
        var manifest: String
        @Option(help: ArgumentHelp("The built library.", valueName: "file"))
        var library: String
        @Option(help: ArgumentHelp("Folder that the bundle's own folder is made in.", valueName: "folder"))
        var output: String

        func run() throws { print(try BundleBuilder.build(manifest: manifest, library: library, output: output)) }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a bundle without loading it, say what is wrong with it, and who claims to have signed it.")
        @Argument(help: "The bundle's folder.")
        var bundle: String

        func run() throws {
            print(try BundleBuilder.inspect(bundle))
            print(try BundleSigning.describe(bundle))
        }
    }

    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hold SQL against the common subset of SQLite and PostgreSQL, and contracts to what is checked.",
            discussion: "SQL in a file that ends in .sqlite.sql or .postgresql.sql is held against that engine's rules "
                + "alone. A file that ends in .yaml, .yml or .json is a contract.")
        @Argument(help: "The files, those that build on each other in their order.")
        var files: [String]
        @Flag(help: "Print JSON instead of lines.")
        var json = false

        func run() throws {
            let lint: FileLint
            do { lint = try FileLint(files: files) } catch { throw CommandFailure("\(error)") }
            print(json ? lint.json : lint.text)
            if lint.hasErrors { throw ExitCode.failure }
        }
    }
}
