public import GantryCore

/// A folder with a module in it: manifest, library, contract and migrations. Reading it runs none of the module's code.
public struct Bundle: Sendable {
    /// The folder.
    public let folder: String
    /// What the module declares.
    public let manifest: Manifest

    /// Path of the library.
    public var libraryPath: String { "\(folder)/\(manifest.library)" }
    /// Path of the folder with the migrations; nil when there are none.
    public var migrationsPath: String? { manifest.migrations.map { "\(folder)/\($0)" } }
    /// Path of the contract as its author wrote it.
    public var contractPath: String { "\(folder)/\(manifest.contract)" }
    /// Path of the contract compiled to JSON, which a start reads since parsing YAML is slow.
    public var compiledContractPath: String { "\(folder)/contract.json" }

    /// Reads the bundle's manifest. Throws `LoaderError` or `ConfigurationError`.
    public init(folder: String) throws {
        self.folder = folder
        let path = "\(folder)/module.yaml"
        let bytes: [UInt8]
        do { bytes = try Files.read(path) } catch {
            throw LoaderError(.notFound, module: folder, "This is no bundle: \(error).")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, message: "The file is not UTF-8.")
        }
        manifest = try Manifest(yaml: text, file: path)
    }

    /// The folders directly below `folder` that hold a manifest.
    public static func folders(in folder: String) -> [String] {
        Files.names(in: folder).map { "\(folder)/\($0)" }.filter { Files.names(in: $0).contains("module.yaml") }
    }

    /// The contract as JSON: the compiled form where the bundle has one, else the YAML converted now.
    public func contractJSON() throws -> [UInt8] {
        if Files.names(in: folder).contains("contract.json") {
            do { return try Files.read(compiledContractPath) } catch {
                throw LoaderError(.unreadable, module: manifest.id, "The contract cannot be read: \(error).")
            }
        }
        let bytes: [UInt8]
        do { bytes = try Files.read(contractPath) } catch {
            throw LoaderError(.notFound, module: manifest.id, "The contract cannot be read: \(error).")
        }
        return Array(try YAMLConversion.json(text: String(decoding: bytes, as: UTF8.self), file: contractPath).utf8)
    }
}
