import GantryContract
import GantryCore
import GantryCryptography
import GantryGateway
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
            migrations = try Self.migrations(of: bundle)
            schema = Self.schema(of: migrations)
            fingerprint = try BundleFingerprint.text(of: bundle, migrations)
            configuration = try bundle.manifest.configurationSchema.map { try ConfigurationCheck(schema: $0) }
        } catch {
            throw HostError(.bundle, "The bundle of `\(id)` cannot be used: \(error)")
        }
        if let conflict = contract.versionConflict(with: bundle.manifest) {
            throw HostError(.bundle, "`\(id)`: \(conflict)")
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

    private static func migrations(of bundle: Bundle) throws -> [Migration] {
        let migrations = try bundle.migrationsPath.map { try MigrationFolder.load($0) } ?? []
        try bundle.checkMigrations(
            migrations.map { (String($0.file.split(separator: "/").last ?? ""), $0.sql) },
            where: { $0.hasSuffix(".sql") && !$0.hasSuffix(".postgresql.sql") })
        return migrations
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
    /// The newest version of each module.
    private(set) var definitions: [String: ModuleDefinition] = [:]
    /// All versions of each module, the oldest first.
    private(set) var versions: [String: [ModuleDefinition]] = [:]
    /// By folder, what is wrong with it.
    private(set) var faults: [String: String] = [:]
    /// By folder, what the operator should know of a bundle that is used.
    private(set) var remarks: [String: String] = [:]
    /// Where was looked.
    let folders: [String]

    /// Looks through the folders. A module may be there in several versions; of two bundles of one version the first
    /// is taken when they are the same, and neither when they are not.
    init(folders: [String], trust: BundleTrust) {
        self.folders = folders
        var found: [String: [ModuleDefinition]] = [:]
        var clashes: Set<[String]> = []
        for folder in folders {
            for path in Bundle.folders(in: folder) {
                do {
                    let admission = try trust.admit(path)
                    let bundle = admission.bundle
                    remarks[path] = admission.remark
                    let id = bundle.manifest.id
                    let twin = found[id]?.first { $0.manifest.version == bundle.manifest.version }
                    if let twin, twin.bundle.folder == path { continue }
                    if let twin, let clash = try BundleFingerprint.difference(between: twin.bundle, bundle) {
                        faults[twin.bundle.folder] = clash
                        clashes.insert([id, bundle.manifest.version])
                        throw HostError(.bundle, clash)
                    }
                    if twin == nil { found[id, default: []].append(try ModuleDefinition(bundle: bundle)) }
                } catch {
                    faults[path] = BundleTrust.text(error)
                }
            }
        }
        for (id, list) in found {
            let good = list.filter { !clashes.contains([id, $0.manifest.version]) }
            versions[id] = good.sorted {
                ModuleVersion($0.manifest.version) < ModuleVersion($1.manifest.version)
            }
            definitions[id] = versions[id]?.last
        }
    }

    /// The build that a tenant is served from: that of the version it is on; where that is gone, a newer one that was
    /// put in its place. The newest for a tenant that is on none.
    func served(_ id: String, on version: String?) -> ModuleDefinition? {
        guard let version else { return definitions[id] }
        if let same = definition(id, version: version) { return same }
        guard let newest = definitions[id] else { return nil }
        return ModuleVersion(version) < ModuleVersion(newest.manifest.version) ? newest : nil
    }

    /// One version of a module; nil when there is no bundle of it.
    func definition(_ id: String, version: String) -> ModuleDefinition? {
        versions[id]?.first { $0.manifest.version == version }
    }

    /// This catalog with the definitions of another one wherever their bundles are the same.
    func keeping(_ former: ModuleCatalog) -> ModuleCatalog {
        var kept = self
        for (id, list) in versions {
            kept.versions[id] = list.map { definition in
                let same = former.definition(id, version: definition.manifest.version)
                return same?.fingerprint == definition.fingerprint ? same ?? definition : definition
            }
            kept.definitions[id] = kept.versions[id]?.last
        }
        return kept
    }

    /// What is wrong with the bundle that seems to be the module's, of that version if one is given; nil when there is
    /// none. Its manifest is believed for this alone.
    func fault(of id: String, version: String? = nil) -> String? {
        let folder = faults.keys.sorted().first { folder in
            let manifest = (try? Bundle(folder: folder))?.manifest
            if let version { return manifest?.id == id && manifest?.version == version }
            return folder.hasSuffix("/\(id)") || manifest?.id == id
        }
        return folder.flatMap { faults[$0] }
    }

    /// The definition; throws `HostError` when there is none, with what was found instead.
    func definition(_ id: String) throws -> ModuleDefinition {
        if let definition = definitions[id] { return definition }
        if let fault = fault(of: id) { throw HostError(.bundle, fault) }
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
