import GantryContract
import GantryCore
import GantryJSON

@testable import GantryLoader

/// What the host reads before it trusts a bundle, each as a function of bytes that may hold anything. The fuzzer feeds
/// them (`make fuzz`), and a unit test replays the fuzzer's corpus. A trap, a hang or an error of an unexpected type is
/// a fault.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// The library's file: ELF headers, dynamic section, symbols, notes.
    case library
    /// The descriptor of the Gantry note.
    case note
    /// `module.yaml`.
    case manifest
    /// `bundle.digests`.
    case digests
    /// The OpenAPI document, from YAML to the compiled contract.
    case contract

    /// Reads the input as the host would. Returns for good and bad input alike; traps on a fault.
    func run(_ bytes: [UInt8]) {
        switch self {
        case .library:
            // Read of libraries from the host's own compiler only, which bytes that were made up are not.
            expect(ELFFile.Malformed.self) { _ = try ForeignTypes(ELFFile(bytes)) }
            expect(LoaderError.self) { _ = try BundleInspector(manifest: Self.anyManifest).inspect(bytes) }
        case .note:
            if let note = ModuleNote(descriptor: bytes[...]) { precondition(note.interface.lowerBound >= 1) }
        case .manifest:
            guard let text = String(validating: bytes, as: UTF8.self) else { return }
            expect(ConfigurationError.self) { _ = try Manifest(yaml: text, file: "module.yaml") }
        case .digests:
            expect(LoaderError.self) {
                let list = try DigestList(bytes)
                precondition(Array(list.text.utf8) == bytes, "A list has two forms.")
                for file in list.files { precondition(list.file(file.path) == file && !file.path.hasPrefix("/")) }
            }
        case .contract:
            guard let text = String(validating: bytes, as: UTF8.self) else { return }
            var json = ""
            expect(ConfigurationError.self) { json = try YAMLConversion.json(text: text, file: "openapi.yaml") }
            if !json.isEmpty { readContract(Array(json.utf8)) }
        }
    }

    private func readContract(_ bytes: [UInt8]) {
        do { _ = try Contract(document: JSONDocument(bytes, maximumDepth: 256)) } catch {
            precondition(error is ContractError || error is JSONSyntaxError, "An error of another kind: \(error)")
        }
    }

    private func expect<Expected: Error>(_: Expected.Type, _ body: () throws -> Void) {
        do { try body() } catch { precondition(error is Expected, "An error of another kind: \(error)") }
    }

    private static let anyManifest: Manifest = {
        let text = """
            id: fixture
            version: 1.0.0
            interface: {minimum: 1, maximum: 1}
            library: fixture.so
            contract: openapi.yaml
            routes: []
            """
        do { return try Manifest(yaml: text, file: "module.yaml") } catch {
            preconditionFailure("The manifest above is good: \(error)")
        }
    }()
}
