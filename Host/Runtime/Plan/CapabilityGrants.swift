import GantryCore
import GantryStore
import GantryThreads

/// What each module was granted: kept in `host.db`, asked at each start of an instance.
///
/// A module that is enabled for the first time is granted what its manifest asks for at that moment, unless the
/// deployment file says otherwise. What a later build asks for besides has to be granted by the operator.
final class CapabilityGrants: Sendable {
    private let directory: HostDirectory
    private let known = Lock<[String: Set<String>]>([:])

    init(directory: HostDirectory) {
        self.directory = directory
    }

    /// What the module was granted; nil when it was never enabled.
    func granted(to module: String) throws(StoreError) -> Set<String>? {
        if let found = known.withLock({ $0[module] }) { return found }
        guard let text = try directory.setting(Self.setting(module)) else { return nil }
        let capabilities = Set(text.split(separator: ",").map(String.init))
        known.withLock { $0[module] = capabilities }
        return capabilities
    }

    /// What the manifest asks for beyond what was granted, sorted; empty for a module that was never enabled.
    func missing(for manifest: Manifest) throws(StoreError) -> [String] {
        guard let granted = try granted(to: manifest.id) else { return [] }
        return manifest.capabilities.map(\.rawValue).filter { !granted.contains($0) }.sorted()
    }

    /// Sets what a module is granted.
    func set(_ capabilities: some Sequence<String>, for module: String) throws(StoreError) {
        let set = Set(capabilities)
        try directory.setSetting(Self.setting(module), set.sorted().joined(separator: ","))
        known.withLock { $0[module] = set }
    }

    /// Grants a module that is enabled for the first time what it asks for, and refuses one that asks for more than it
    /// was granted. Throws `HostError`.
    func admit(_ manifest: Manifest) throws {
        guard try granted(to: manifest.id) != nil else {
            return try set(manifest.capabilities.map(\.rawValue), for: manifest.id)
        }
        let missing = try missing(for: manifest)
        if !missing.isEmpty { throw HostError(.configuration, Self.refusal(of: missing, for: manifest)) }
    }

    static func refusal(of missing: [String], for manifest: Manifest) -> String {
        "`\(manifest.id)` \(manifest.version) asks for \(missing.joined(separator: ", ")), which was not granted. "
            + "Grant it with `gantry apply --allow \(manifest.id)=\(missing.joined(separator: ","))`, or list it under "
            + "`modules.\(manifest.id).allow` in the deployment file."
    }

    private static func setting(_ module: String) -> String { "grants/\(module)" }
}
