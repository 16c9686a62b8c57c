import GantryCore
import GantryLoader
import GantryTelemetry
import GantryThreads

/// Which instances run and which could not be started, of all tenants. Any thread.
final class InstanceRegistry: Sendable {
    /// One version of a module.
    fileprivate struct Build: Hashable {
        let id: String
        let version: String

        init(_ module: TenantProfile.Module) {
            id = module.id
            version = module.definition?.manifest.version ?? ""
        }
    }

    fileprivate struct State {
        var running: [ObjectIdentifier: InstanceSlot] = [:]
        /// Whether the database is at fault, by slot.
        var failed: [ObjectIdentifier: Bool] = [:]
        /// How many slots of a module have failed, and of how many the database is at fault.
        var failedCounts: [Build: (all: Int, ofDatabase: Int)] = [:]
        /// Tenants whose databases are not where the module's migrations want them yet, by module.
        var behind: [String: Set<String>] = [:]
        /// How many tenants have enabled a module.
        var enabledCounts: [Build: Int] = [:]
        var reported: [Build: Bool] = [:]
        var startCount = 0
        var onCrowd: (@Sendable () -> Void)?
        var onSchedule: (@Sendable (InstanceSlot, Int64) -> Void)?
    }

    /// So many starts may leave files open before those that are not used are closed.
    private let crowdCount = max(8, FileLimit.databaseCount / 4)
    let metrics: Metrics
    private let state = Lock(State())

    init(metrics: Metrics) {
        self.metrics = metrics
    }

    /// Says what is done when many files may be open, and when a slot is wanted at a later time.
    func setActions(
        onCrowd: @escaping @Sendable () -> Void, onSchedule: @escaping @Sendable (InstanceSlot, Int64) -> Void
    ) {
        state.withLock { state in
            state.onCrowd = onCrowd
            state.onSchedule = onSchedule
        }
    }

    func didStart(_ slot: InstanceSlot) {
        let crowd = state.withLock { state -> (@Sendable () -> Void)? in
            state.running[ObjectIdentifier(slot)] = slot
            state.setFailed(slot, nil)
            state.removeBehind(slot.place)
            state.startCount += 1
            return state.startCount % crowdCount == 0 ? state.onCrowd : nil
        }
        report(slot.module)
        let builds = slot.resources.loader.buildCount(of: slot.module.id)
        metrics.gauge(
            "module_builds", help: "Builds of a module that the process has loaded; none is ever unloaded.",
            labels: [("module", slot.module.id)]
        ).set(Int64(builds))
        crowd?()
    }

    func didFail(_ slot: InstanceSlot, _ failure: InstanceSlot.StartFailure) {
        state.withLock { $0.setFailed(slot, failure) }
        report(slot.module)
    }

    func didEnd(_ slot: InstanceSlot) {
        state.withLock { state in
            state.running[ObjectIdentifier(slot)] = nil
            state.setFailed(slot, nil)
        }
        report(slot.module)
    }

    /// Has the slot started at that time.
    func schedule(_ slot: InstanceSlot, atMilliseconds time: Int64) {
        state.withLock { $0.onSchedule }?(slot, time)
    }

    /// Notes that so many more tenants have enabled the modules of a profile, or fewer.
    func count(_ profile: TenantProfile, _ change: Int) {
        state.withLock { state in
            for module in profile.modules { state.enabledCounts[Build(module), default: 0] += change }
        }
        for module in profile.modules { report(module) }
    }

    func noteBehind(_ places: [HostDirectory.Place]) {
        state.withLock { state in
            for place in places { state.behind[place.module, default: []].insert(place.tenant) }
        }
    }

    /// A tenant has disabled the module.
    func forgetBehind(_ place: HostDirectory.Place) {
        state.withLock { $0.removeBehind(place) }
    }

    /// What is behind, in no order.
    var placesBehind: [HostDirectory.Place] {
        state.withLock { state in
            state.behind.flatMap { module, tenants in tenants.map { .init(tenant: $0, module: module) } }
        }
    }

    var running: [InstanceSlot] { state.withLock { Array($0.running.values) } }

    /// Ids of the modules that some tenant has enabled.
    var modulesInService: [String] {
        state.withLock { state in Set(state.enabledCounts.filter { $0.value > 0 }.keys.map(\.id)).sorted() }
    }

    /// Ids of modules with a database that is not where the migrations want it, or that cannot be used.
    var modulesBehind: Set<String> {
        state.withLock { state in
            Set(state.behind.keys).union(state.failedCounts.filter { $0.value.ofDatabase > 0 }.keys.map(\.id))
        }
    }

    /// A module is up when somebody has enabled it and it has failed for nobody. One that nobody has enabled any more
    /// is shown as down, one that nobody ever had not at all.
    private func report(_ module: TenantProfile.Module) {
        guard let definition = module.definition else { return }
        let build = Build(module)
        let change = state.withLock { state -> Bool? in
            let isUp = (state.enabledCounts[build] ?? 0) > 0 && (state.failedCounts[build]?.all ?? 0) == 0
            defer { state.reported[build] = isUp }
            return state.reported[build] == isUp ? nil : isUp
        }
        if let change { metrics.setModule(module.id, version: definition.manifest.version, isUp: change) }
    }
}

extension InstanceRegistry.State {
    /// Notes a failure of a slot, or that there is none any more.
    fileprivate mutating func setFailed(_ slot: InstanceSlot, _ failure: InstanceSlot.StartFailure?) {
        let build = InstanceRegistry.Build(slot.module)
        var counts = failedCounts[build] ?? (0, 0)
        if let former = failed.removeValue(forKey: ObjectIdentifier(slot)) {
            counts.all -= 1
            counts.ofDatabase -= former ? 1 : 0
        }
        if let failure {
            failed[ObjectIdentifier(slot)] = failure.isOfDatabase
            counts.all += 1
            counts.ofDatabase += failure.isOfDatabase ? 1 : 0
        }
        failedCounts[build] = counts
    }

    fileprivate mutating func removeBehind(_ place: HostDirectory.Place) {
        behind[place.module]?.remove(place.tenant)
        if behind[place.module]?.isEmpty == true { behind[place.module] = nil }
    }
}
