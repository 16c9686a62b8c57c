import GantryCore
import GantryLoader
import GantryStore

/// What `gantry bundle` does.
public enum BundleBuilder {
    /// Puts a bundle together and checks it as the host would; gives a line that says so.
    public static func build(manifest: String, library: String, output: String) throws -> String {
        let bundle = try Bundle.assemble(manifestFolder: manifest, library: library, output: output) { bundle in
            do { _ = try check(bundle) } catch {
                // The author knows the files by where they were taken from.
                let text = "\(error)".split(separator: bundle.folder, omittingEmptySubsequences: false)
                if text.count > 1 { throw HostError(.bundle, text.joined(separator: manifest)) }
                throw error
            }
        }
        return try inspect(bundle.folder)
    }

    /// Checks a bundle without running any of its code; throws the first fault.
    public static func inspect(_ folder: String) throws -> String {
        let bundle = try Bundle(folder: folder)
        let definition = try check(bundle)
        let manifest = definition.manifest
        let warnings = try SQLLinter.findings(in: migrationFiles(bundle)).map { "\n\($0)" }.joined()
        return "\(folder): \(manifest.id) \(manifest.version), \(manifest.routes.count) routes, "
            + "\(definition.migrations.count) migrations; fit to be loaded\(warnings)"
    }

    private static func check(_ bundle: Bundle) throws -> ModuleDefinition {
        let definition = try ModuleDefinition(bundle: bundle)
        try ModuleLoader.inspect(bundle)
        let errors = try SQLLinter.findings(in: migrationFiles(bundle)).filter { $0.severity == .error }
        if !errors.isEmpty {
            throw HostError(
                .bundle,
                "The migrations of `\(definition.manifest.id)` do not fit the engines that they are written for:\n"
                    + errors.map(\.description).joined(separator: "\n"))
        }
        try MigrationRehearsal.runFromNothing(definition.migrations)
        return definition
    }

    /// The files of all engines.
    private static func migrationFiles(_ bundle: Bundle) throws -> [Migration] {
        try bundle.migrationsPath.map { try MigrationFolder.files($0) } ?? []
    }
}
