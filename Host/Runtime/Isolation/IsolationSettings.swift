import GantryCore
import GantryStore
import GantryThreads

/// Where each module runs: kept in `host.db` as it was applied last, and asked whenever a profile is made. Any thread.
final class IsolationSettings: Sendable {
    private struct State {
        var byModule: [String: Deployment.Isolation] = [:]
        /// For modules that nothing was said of.
        var standard = Deployment.Isolation()
    }

    private let directory: HostDirectory
    private let state = Lock(State())

    init(directory: HostDirectory) {
        self.directory = directory
    }

    /// Where the module runs.
    func isolation(of module: String) throws(StoreError) -> Deployment.Isolation {
        let (known, standard) = state.withLock { ($0.byModule[module], $0.standard) }
        if let known { return known }
        // A text that this build cannot read was written by another one: the operator's file says it anew at a start.
        let kept = try directory.setting(Self.setting(module)).flatMap { Deployment.Isolation(text: $0) }
        let isolation = kept ?? standard
        state.withLock { $0.byModule[module] = isolation }
        return isolation
    }

    /// Says where a module runs from now on.
    func set(_ isolation: Deployment.Isolation, for module: String) throws(StoreError) {
        if try directory.setting(Self.setting(module)) != isolation.text {
            try directory.setSetting(Self.setting(module), isolation.text)
        }
        state.withLock { $0.byModule[module] = isolation }
    }

    /// Takes over what a deployment file says, also of those modules that it says nothing of.
    func adopt(_ deployment: Deployment, modules: some Sequence<String>) throws(StoreError) {
        state.withLock { $0.standard = Deployment.Isolation(tier: deployment.standardTier) }
        for module in Set(modules).union(deployment.isolations.keys) {
            try set(deployment.isolation(of: module), for: module)
        }
    }

    private static func setting(_ module: String) -> String { "isolation/\(module)" }
}
