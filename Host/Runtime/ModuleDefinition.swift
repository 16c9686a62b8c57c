import GantryContract
import GantryCore
import GantryCryptography
import GantryLoader
import GantryStore
import GantryThreads

/// A module as a bundle defines it: manifest, compiled contract and migrations, checked against each other. None of
/// the module's code has run for it.
final class ModuleDefinition: Sendable {
    let bundle: Bundle
    let contract: Contract
    let migrations: [Migration]
    /// Names the state that a database has after all migrations: the last one's number and a digest of all.
    let schema: String
    /// Tells whether the bundle on disk is still the one that this was read from.
    let fingerprint: String
    private let configuration: ConfigurationCheck?
    private let build = Lock<LoadedModule?>(nil)

    var manifest: Manifest { bundle.manifest }

    /// Reads the bundle. Throws `HostError` naming the module and what contradicts what.
    init(bundle: Bundle) throws {
        self.bundle = bundle
        let id = bundle.manifest.id
        do {
            contract = try ContractReader.contract(of: bundle)
            migrations = try bundle.migrationsPath.map { try MigrationFolder.load($0) } ?? []
            schema = Self.schema(of: migrations)
            fingerprint = try BundleFingerprint.text(of: bundle, migrations)
            configuration = try bundle.manifest.configurationSchema.map { try ConfigurationCheck(schema: $0) }
        } catch {
            throw HostError(.bundle, "The bundle of `\(id)` cannot be used: \(error)")
        }
        for route in bundle.manifest.routes {
            guard let operation = contract.operation(id: route.operation) else {
                throw HostError(.bundle, "`\(id)`: the contract has no operation `\(route.operation)`.")
            }
            guard operation.method == route.method, operation.path == route.path else {
                throw HostError(
                    .bundle,
                    "`\(id)`: the manifest serves `\(route.operation)` at \(route.method) \(route.path), the contract "
                        + "describes it at \(operation.method) \(operation.path).")
            }
        }
    }

    /// What of a configuration does not fit the manifest's schema; nothing where it has none.
    func configurationFindings(_ text: String) -> [String] { configuration?.findings(text) ?? [] }

    /// Throws `HostError` with what `configurationFindings` finds.
    func checkConfiguration(_ text: String) throws {
        let findings = configurationFindings(text)
        if !findings.isEmpty {
            throw HostError(
                .configuration, "The configuration of `\(manifest.id)` is not right: \(findings.joined(separator: " "))"
            )
        }
    }

    private static func schema(of migrations: [Migration]) -> String {
        let sums = migrations.map { "\($0.version) \(Cryptography.sha256($0.sql).hexadecimal)\n" }
        let digest = Cryptography.sha256(Array(sums.joined().utf8)).hexadecimal
        return "\(migrations.last?.version ?? 0) \(digest.prefix(32))"
    }

    /// The loaded library: read, checked and loaded for the first tenant, shared by all others.
    func loaded(by loader: ModuleLoader) throws -> LoadedModule {
        if let build = build.withLock({ $0 }) { return build }
        let loaded = try loader.load(bundle)
        build.withLock { $0 = loaded }
        return loaded
    }
}

/// The modules that bundles were found for. A bundle that cannot be used does not keep the others from being found.
struct ModuleCatalog: Sendable {
    private(set) var definitions: [String: ModuleDefinition] = [:]
    /// By folder, what is wrong with it.
    private(set) var faults: [String: String] = [:]
    /// Where was looked.
    let folders: [String]

    /// Looks through the folders; the first bundle of an id wins.
    init(folders: [String]) {
        self.folders = folders
        for folder in folders {
            for path in Bundle.folders(in: folder) {
                do {
                    let bundle = try Bundle(folder: path)
                    if definitions[bundle.manifest.id] == nil {
                        definitions[bundle.manifest.id] = try ModuleDefinition(bundle: bundle)
                    }
                } catch {
                    faults[path] = "\(error)"
                }
            }
        }
    }

    /// This catalog with the definitions of another one wherever their bundles are the same.
    func keeping(_ former: ModuleCatalog) -> ModuleCatalog {
        var kept = self
        for (id, definition) in former.definitions where definition.fingerprint == definitions[id]?.fingerprint {
            kept.definitions[id] = definition
        }
        return kept
    }

    /// The definition; throws `HostError` when there is none, with what was found instead.
    func definition(_ id: String) throws -> ModuleDefinition {
        if let definition = definitions[id] { return definition }
        if let fault = faults.first(where: { $0.key.hasSuffix("/\(id)") }) { throw HostError(.bundle, fault.value) }
        let known = definitions.keys.sorted().joined(separator: ", ")
        let places = folders.isEmpty ? "nowhere; the folder was never served" : folders.joined(separator: ", ")
        throw HostError(
            .bundle,
            "There is no bundle of the module `\(id)`. Looked in: \(places). Found: \(known.isEmpty ? "none" : known).")
    }
}

extension CheckPolicy {
    /// What the manifest says, in the words of the contract check.
    init(_ policy: ValidationPolicy) {
        let trimming: Trimming =
            if policy.trimmedMembers.contains("*") {
                .all
            } else if policy.trimmedMembers.isEmpty {
                .none
            } else {
                .fields(policy.trimmedMembers)
            }
        self.init(
            refusesUnknownMembers: policy.refusesUnknownMembers, trimming: trimming,
            refusesControlCharacters: policy.refusesControlCharacters)
    }
}
