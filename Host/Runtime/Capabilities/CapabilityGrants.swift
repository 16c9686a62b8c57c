import GantryCore
import GantryLoader
import GantryStore
import GantryThreads

/// What each module was granted, for all tenants and for single ones: kept in `host.db`, given to each instance at its
/// start, and to those that run at each change. Any thread.
///
/// A module that is enabled for the first time is granted what its manifest asks for at that moment, unless the
/// deployment file says otherwise. What a later build asks for besides has to be decided by the operator: before that
/// the build is not started. What the operator has taken away is decided: the module runs and is denied it.
final class CapabilityGrants: Sendable {
    private struct Box {
        weak var instance: ModuleInstance?
    }

    private struct State {
        /// By module, tenant (empty for all) and right.
        var decisions: [String: [String: [String: Bool]]] = [:]
        var instances: [ObjectIdentifier: Box] = [:]

        /// Whether the module was enabled before: what was decided by name earlier is not all that there is to decide.
        func isKnown(_ module: String) -> Bool { decisions[module]?[""]?[""] != nil }

        func decided(of module: String, _ isGranted: Bool) -> Set<String> {
            Set((decisions[module]?[""] ?? [:]).filter { $0.value == isGranted && !$0.key.isEmpty }.keys)
        }
    }

    private let directory: HostDirectory
    private let state: Lock<State>

    /// Reads what was decided. Throws `StoreError`.
    init(directory: HostDirectory) throws(StoreError) {
        self.directory = directory
        var state = State()
        for grant in try directory.grants() {
            state.decisions[grant.module, default: [:]][grant.tenant, default: [:]][grant.right] = grant.isGranted
        }
        self.state = Lock(state)
    }

    /// What the module was granted for all tenants; nil when it was never enabled.
    func granted(to module: String) -> Set<String>? {
        state.withLock { $0.isKnown(module) ? $0.decided(of: module, true) : nil }
    }

    /// What was taken away from the module for all tenants.
    func withdrawn(from module: String) -> Set<String> { state.withLock { $0.decided(of: module, false) } }

    /// All decisions on a module, in the order of tenants and rights.
    func decisions(of module: String) -> [HostDirectory.Grant] {
        let known = state.withLock { $0.decisions[module] ?? [:] }
        return known.flatMap { tenant, rights in
            rights.filter { !$0.key.isEmpty }.map {
                HostDirectory.Grant(module: module, tenant: tenant, right: $0.key, isGranted: $0.value)
            }
        }.sorted { ($0.tenant, $0.right) < ($1.tenant, $1.right) }
    }

    /// What the manifest asks for and nobody has decided on, for all tenants or for one; sorted, and empty for a module
    /// that was never enabled.
    func missing(for manifest: Manifest, tenant: String = "") -> [String] {
        state.withLock { state in
            guard state.isKnown(manifest.id), let decisions = state.decisions[manifest.id] else { return [] }
            return manifest.capabilities.map(\.rawValue)
                .filter { decisions[tenant]?[$0] == nil && decisions[""]?[$0] == nil }.sorted()
        }
    }

    /// What an instance may use.
    func rights(of manifest: Manifest, tenant: String) -> InstanceRights {
        state.withLock { Self.rights(of: manifest, tenant: tenant, $0) }
    }

    private static func rights(of manifest: Manifest, tenant: String, _ state: State) -> InstanceRights {
        let decisions = state.decisions[manifest.id] ?? [:]
        let all = (decisions[""] ?? [:]).merging(decisions[tenant] ?? [:]) { $1 }
        return InstanceRights(
            manifest.capabilities.filter { all[$0.rawValue] == true },
            withheld: Set(all.filter { !$0.value && $0.key.contains(":") }.keys))
    }

    /// Grants a module that is enabled for the first time what it asks for, and refuses one that asks for more than was
    /// decided on. Throws `HostError`.
    func admit(_ manifest: Manifest, tenant: String = "") throws {
        guard granted(to: manifest.id) != nil else {
            return try set(
                Set(manifest.capabilities.map(\.rawValue)).subtracting(withdrawn(from: manifest.id)), for: manifest.id)
        }
        let missing = missing(for: manifest, tenant: tenant)
        if !missing.isEmpty { throw HostError(.configuration, Self.refusal(of: missing, for: manifest)) }
    }

    /// Sets what a module is granted for all tenants. What was taken away by a command stays so, unless it is named.
    func set(_ capabilities: some Sequence<String>, for module: String) throws(StoreError) {
        let set = Set(capabilities)
        let former = granted(to: module) ?? []
        let key = HostDirectory.Grant(module: module, tenant: "", right: "", isGranted: true)
        let rows = (set.sorted() + [""]).map { right in
            var grant = key
            grant.right = right
            return grant
        }
        let gone = former.subtracting(set).sorted().map { right in
            var grant = key
            grant.right = right
            return grant
        }
        try directory.change(rows, forgetting: gone)
        apply(rows, forgetting: gone)
    }

    /// Grants a right or takes it away, for all tenants or for one. Running instances follow at once.
    ///
    /// What is taken from all is also taken from those to whom it was granted by name; what is granted to all is not
    /// given back to those from whom it was taken by name. So a decision never leaves more than it says.
    func decide(_ grants: [HostDirectory.Grant]) throws(StoreError) {
        let outranked = grants.filter { $0.tenant.isEmpty && !$0.isGranted }.flatMap { grant in
            decisions(of: grant.module).filter { $0.right == grant.right && !$0.tenant.isEmpty && $0.isGranted }
        }
        try directory.change(grants, forgetting: outranked)
        apply(grants, forgetting: outranked)
    }

    /// Takes over what the file says of a module, for all tenants or for one, when it says something else than last
    /// time: so what a command has changed since outlives a restart, and an edit of the file outranks it.
    func adopt(_ declared: DeclaredGrants?, for key: HostDirectory.InstanceKey, former: String?) throws(StoreError) {
        guard declared?.text != former else { return }
        let forgotten = (former.map { DeclaredGrants(text: $0) }?.grants(for: key) ?? [])
        let grants = declared?.grants(for: key) ?? []
        try directory.declare(declared?.text, for: key, grants, forgetting: forgotten)
        apply(grants, forgetting: forgotten)
    }

    /// Takes over what a deployment file says. Throws `StoreError`.
    func adopt(_ deployment: Deployment) throws(StoreError) {
        for (module, capabilities) in deployment.grants {
            if granted(to: module) != Set(capabilities.map(\.rawValue)).subtracting(withdrawn(from: module)) {
                try set(
                    Set(capabilities.map(\.rawValue)).subtracting(withdrawn(from: module)), for: module)
            }
        }
        let former = try directory.declaredGrants()
        let declared = deployment.declaredGrants
        for key in Set(former.keys).union(declared.keys) {
            try adopt(declared[key], for: key, former: former[key])
        }
    }

    /// Gives an instance what it may use now and, as long as it lives, from now on.
    func attach(_ instance: ModuleInstance) {
        state.withLock { state in
            state.instances = state.instances.filter { $0.value.instance != nil }
            state.instances[ObjectIdentifier(instance)] = Box(instance: instance)
            // Under the lock, so that what is decided meanwhile comes after it.
            instance.replaceRights(Self.rights(of: instance.manifest, tenant: instance.tenant, state))
        }
    }

    private func apply(_ grants: [HostDirectory.Grant], forgetting forgotten: [HostDirectory.Grant]) {
        state.withLock { state in
            for grant in forgotten { state.decisions[grant.module]?[grant.tenant]?[grant.right] = nil }
            for grant in grants {
                state.decisions[grant.module, default: [:]][grant.tenant, default: [:]][grant.right] = grant.isGranted
            }
            let modules = Set((grants + forgotten).map(\.module))
            for box in state.instances.values {
                guard let instance = box.instance, modules.contains(instance.moduleID) else { continue }
                instance.replaceRights(Self.rights(of: instance.manifest, tenant: instance.tenant, state))
            }
        }
    }

    static func refusal(of missing: [String], for manifest: Manifest) -> String {
        "`\(manifest.id)` \(manifest.version) asks for \(missing.joined(separator: ", ")), which was not granted. "
            + "Grant it with `gantry apply --allow \(manifest.id)=\(missing.joined(separator: ","))` or `gantry "
            + "capability grant \(manifest.id) \(missing.joined(separator: " "))`, or list it under "
            + "`modules.\(manifest.id).allow` in the deployment file."
    }
}
