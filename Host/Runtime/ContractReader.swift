import GantryContract
import GantryCore
import GantryJSON
import GantryLoader
import GantryStore

/// Compiles contracts; a fault is told with file, line, pointer and what is wrong.
enum ContractReader {
    private static let maximumDepth = 256

    /// The contract of a bundle.
    static func contract(of bundle: Bundle) throws -> Contract {
        let json = try bundle.contractJSON()
        return try contract(
            JSONDocument(json, maximumDepth: maximumDepth), CheckPolicy(bundle.manifest.validation),
            file: bundle.contractPath, text: { (try? MigrationFolder.bytes(of: bundle.contractPath)) ?? [] })
    }

    /// The contract in a file of YAML or JSON, by the policy that holds unless a manifest says otherwise.
    static func contract(file: String) throws -> Contract {
        let bytes = try MigrationFolder.bytes(of: file)
        let json = try YAMLConversion.json(text: String(decoding: bytes, as: UTF8.self), file: file)
        return try contract(
            JSONDocument(json, maximumDepth: maximumDepth), CheckPolicy(.platform), file: file, text: { bytes })
    }

    private static func contract(
        _ document: JSONDocument, _ policy: CheckPolicy, file: String, text: () -> [UInt8]
    ) throws -> Contract {
        do throws(ContractError) { return try Contract(document: document, policy: policy) } catch {
            let line = YAMLPlaces.line(of: error.pointer, in: String(decoding: text(), as: UTF8.self))
            throw ConfigurationError(file: file, line: line, field: "#" + error.pointer, message: error.message + ".")
        }
    }
}
