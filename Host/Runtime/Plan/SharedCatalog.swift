import GantryThreads

/// The modules that bundles were found for, which a running host can look for anew.
final class SharedCatalog: Sendable {
    /// By what bundles are judged.
    let trust: BundleTrust
    private let state: Lock<ModuleCatalog>

    init(_ catalog: ModuleCatalog, trust: BundleTrust) {
        self.trust = trust
        state = Lock(catalog)
    }

    var current: ModuleCatalog { state.withLock { $0 } }

    /// Puts another catalog in place. What did not change stays the same object, so that its loaded library and its
    /// route trees go on being shared.
    func replace(with found: ModuleCatalog) {
        state.withLock { $0 = found.keeping($0) }
        trust.tellRefusals(found.faults)
    }
}
