public import GantryCore

/// A folder with a module in it: manifest, library, contract and migrations. Reading it runs none of the module's code.
public struct Bundle: Sendable {
    /// The folder.
    public let folder: String
    /// What the module declares.
    public let manifest: Manifest
    /// What every file that is read has to hold; nil for a bundle whose signature is not asked for.
    public let seal: BundleSeal?

    /// Path of the library.
    public var libraryPath: String { "\(folder)/\(manifest.library)" }
    /// Path of the folder with the migrations; nil when there are none.
    public var migrationsPath: String? { manifest.migrations.map { "\(folder)/\($0)" } }
    /// Path of the contract as its author wrote it.
    public var contractPath: String { "\(folder)/\(manifest.contract)" }
    /// Path of the contract compiled to JSON, which a start reads since parsing YAML is slow.
    public var compiledContractPath: String { "\(folder)/contract.json" }

    /// Reads the bundle's manifest. Throws `LoaderError` or `ConfigurationError`.
    /// - Parameter seal: What was signed; all that is read of the bundle from now on is held against it.
    public init(folder: String, seal: BundleSeal? = nil) throws {
        self.folder = folder
        self.seal = seal
        let path = "\(folder)/module.yaml"
        let bytes: [UInt8]
        do { bytes = try Files.read(path) } catch {
            throw LoaderError(.notFound, module: folder, "This is no bundle: \(error).")
        }
        try seal?.check(bytes, path: "module.yaml")
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, message: "The file is not UTF-8.")
        }
        manifest = try Manifest(yaml: text, file: path)
        if let list = seal?.list, list.id != manifest.id || list.version != manifest.version {
            throw LoaderError(
                .tampered, module: manifest.id,
                "The signature is that of \(list.id) \(list.version), the manifest is of \(manifest.id) "
                    + "\(manifest.version).")
        }
    }

    /// The folders directly below `folder` that hold a manifest.
    public static func folders(in folder: String) -> [String] {
        Files.names(in: folder).map { "\(folder)/\($0)" }.filter { Files.names(in: $0).contains("module.yaml") }
    }

    /// The contract as JSON: the compiled form where the bundle has one, else the YAML converted now.
    public func contractJSON() throws -> [UInt8] {
        if Files.names(in: folder).contains("contract.json") {
            let bytes: [UInt8]
            do { bytes = try Files.read(compiledContractPath) } catch {
                throw LoaderError(.unreadable, module: manifest.id, "The contract cannot be read: \(error).")
            }
            try seal?.check(bytes, path: "contract.json")
            return bytes
        }
        let bytes: [UInt8]
        do { bytes = try Files.read(contractPath) } catch {
            throw LoaderError(.notFound, module: manifest.id, "The contract cannot be read: \(error).")
        }
        try seal?.check(bytes, path: manifest.contract)
        return Array(try YAMLConversion.json(text: String(decoding: bytes, as: UTF8.self), file: contractPath).utf8)
    }

    /// Holds migrations that were read against what was signed: each as it is, and none left out. `files` are names in
    /// the migrations' folder with their content; `isMeant` says which of those that were signed had to be read. Throws
    /// `LoaderError`.
    public func checkMigrations(_ files: [(name: String, bytes: [UInt8])], where isMeant: (String) -> Bool) throws {
        guard let seal, let name = manifest.migrations else { return }
        for file in files { try seal.check(file.bytes, path: "\(name)/\(file.name)") }
        let read = Set(files.map { "\(name)/\($0.name)" })
        for file in seal.list.files where file.path.hasPrefix("\(name)/") && isMeant(file.path) {
            if !read.contains(file.path) { throw seal.fault("`\(file.path)` was signed and is missing") }
        }
    }
}
