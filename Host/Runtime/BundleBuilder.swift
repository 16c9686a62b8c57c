import GantryCore
import GantryLoader

/// What `gantry bundle` does.
public enum BundleBuilder {
    /// Puts a bundle together and checks it as the host would; gives a line that says so.
    public static func build(manifest: String, library: String, output: String) throws -> String {
        let bundle = try Bundle.assemble(manifestFolder: manifest, library: library, output: output) { bundle in
            _ = try check(bundle)
        }
        return try inspect(bundle.folder)
    }

    /// Checks a bundle without running any of its code; throws the first fault.
    public static func inspect(_ folder: String) throws -> String {
        let definition = try check(Bundle(folder: folder))
        let manifest = definition.manifest
        return "\(folder): \(manifest.id) \(manifest.version), \(manifest.routes.count) routes, "
            + "\(definition.migrations.count) migrations; fit to be loaded"
    }

    private static func check(_ bundle: Bundle) throws -> ModuleDefinition {
        let definition = try ModuleDefinition(bundle: bundle)
        try ModuleLoader.inspect(bundle)
        return definition
    }
}
