import GantryCore
import GantryCryptography
import GantryThreads
import Glibc

/// Loads libraries, each build once. The verified bytes are the loaded bytes: they are copied to a private folder under
/// their digest and loaded from there, so that a file exchanged meanwhile changes nothing.
public final class ModuleLoader: Sendable {
    private let folder: String
    private let loaded = Lock<[String: LoadedModule]>([:])

    /// `folder` is the private folder; it is made when it is missing.
    public init(folder: String) {
        self.folder = folder
    }

    /// Checks the bundle's library without loading it. Throws `LoaderError`.
    public static func inspect(_ bundle: Bundle) throws {
        _ = try verifiedBytes(bundle)
    }

    /// The loaded build; loads it at the first call. Throws `LoaderError`.
    public func load(_ bundle: Bundle) throws -> LoadedModule {
        let bytes = try Self.verifiedBytes(bundle)
        let digest = Cryptography.sha256(bytes).hexadecimal
        return try loaded.withLock { loaded in
            // The same library may stand under a changed manifest; its code is entered only once all the same.
            if let build = loaded[digest] { return try LoadedModule(manifest: bundle.manifest, sharing: build) }
            let path = try privateCopy(bytes, digest: digest, module: bundle.manifest.id)
            let build = try LoadedModule(manifest: bundle.manifest, path: path)
            loaded[digest] = build
            return try LoadedModule(manifest: bundle.manifest, sharing: build)
        }
    }

    private static func verifiedBytes(_ bundle: Bundle) throws -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try Files.read(bundle.libraryPath) } catch {
            throw LoaderError(.notFound, module: bundle.manifest.id, "The library cannot be read: \(error).")
        }
        try BundleInspector(manifest: bundle.manifest).inspect(bytes)
        return bytes
    }

    private func privateCopy(_ bytes: [UInt8], digest: String, module: String) throws -> String {
        let path = "\(folder)/\(digest).so"
        do {
            if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw Files.Failure(path: folder, errorNumber: errno) }
            if let present = try? Files.read(path), present == bytes { return path }
            try Files.writeDurably(bytes, to: path, mode: 0o500)
        } catch {
            throw LoaderError(.unreadable, module: module, "Its private copy cannot be written: \(error).")
        }
        return path
    }
}
