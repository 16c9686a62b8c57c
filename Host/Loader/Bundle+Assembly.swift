import GantryCore
import Glibc

extension Bundle {
    /// Puts a bundle together below `output`: manifest, contract (also compiled to JSON), migrations and library. The
    /// folder appears whole or not at all, after `check` has found it good; one that stood there before is replaced
    /// then. Throws `LoaderError`, `ConfigurationError` or what `check` throws.
    public static func assemble(
        manifestFolder: String, library: String, output: String, check: (Bundle) throws -> Void
    ) throws -> Bundle {
        let source = try Bundle(folder: manifestFolder)
        let id = source.manifest.id
        let target = "\(output)/\(id)"
        let temporary = "\(output)/.\(id).\(getpid())"
        do {
            try makeFolder(output)
            try makeFolder(temporary)
            try copy("\(manifestFolder)/module.yaml", to: "\(temporary)/module.yaml")
            try copy(source.contractPath, to: "\(temporary)/\(source.manifest.contract)")
            try Files.writeDurably(source.contractJSON(), to: "\(temporary)/contract.json", mode: 0o644)
            try copy(library, to: "\(temporary)/\(source.manifest.library)")
            if let migrations = source.migrationsPath, let name = source.manifest.migrations {
                try makeFolder("\(temporary)/\(name)")
                for file in Files.names(in: migrations) where file.hasSuffix(".sql") {
                    try copy("\(migrations)/\(file)", to: "\(temporary)/\(name)/\(file)")
                }
            }
            try BundleFolder(temporary).writeDigests(of: source.manifest)
            try check(Bundle(folder: temporary))
            remove(target)
            guard rename(temporary, target) == 0 else { throw Files.Failure(path: target, errorNumber: errno) }
        } catch {
            remove(temporary)
            guard let failure = error as? Files.Failure else { throw error }
            throw LoaderError(.unreadable, module: id, "The bundle cannot be put together: \(failure).")
        }
        return try Bundle(folder: target)
    }

    private static func copy(_ source: String, to target: String) throws {
        try Files.writeDurably(Files.read(source), to: target, mode: 0o644)
    }

    private static func makeFolder(_ path: String) throws {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            let above = String(path[..<slash])
            if access(above, F_OK) != 0 { try makeFolder(above) }
        }
        if mkdir(path, 0o755) != 0 && errno != EEXIST { throw Files.Failure(path: path, errorNumber: errno) }
    }

    /// Removes a bundle's folder; what is not there need not be removed.
    private static func remove(_ folder: String) {
        for name in Files.names(in: folder) {
            for file in Files.names(in: "\(folder)/\(name)") { unlink("\(folder)/\(name)/\(file)") }
            rmdir("\(folder)/\(name)")
            unlink("\(folder)/\(name)")
        }
        rmdir(folder)
    }
}
