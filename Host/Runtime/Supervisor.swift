import GantryCore
import GantryGateway
import GantryStore
import GantryTelemetry
import GantryThreads

/// Knows all tenants with what they have enabled, keeps the gateway's picture of them true, and sees to it that work
/// that waits is done. Instances are started when something wants them. A module that cannot be started concerns only
/// its tenant: its routes answer 503 and its state says why.
final class Supervisor: Sendable {
    struct State {
        var tenants: [String: HostedTenant] = [:]
        var sweep: TimerQueue.Token?
        var isStopped = false
    }

    static let stopTime = Duration.seconds(10)

    let resources: InstanceResources
    let gateway: Gateway
    let profiles: TenantProfiles
    let settings: Deployment.Instances
    let background: BackgroundStarts
    let upgrades: Upgrades
    let state = Lock(State())
    /// Held while a command changes what is enabled; `state` is only ever held for a moment.
    let change = Lock(())

    var directory: HostDirectory { resources.directory }
    var catalog: ModuleCatalog { resources.catalog.current }
    var registry: InstanceRegistry { resources.registry }

    init(resources: InstanceResources, gateway: Gateway, settings: Deployment.Instances) {
        self.resources = resources
        self.gateway = gateway
        self.settings = settings
        profiles = TenantProfiles(gateway: gateway, isolations: resources.isolations)
        background = BackgroundStarts(timers: resources.timers, log: resources.log)
        upgrades = Upgrades(
            directory: resources.directory, metrics: resources.registry.metrics, log: resources.log)
        resources.services.setTenants { [weak self] in self?.hosted($0) }
        registry.setActions { [weak self] in
            _ = self?.resources.backgroundPool.submitReserved { [weak self] in self?.closeUnusedFiles() }
        } onSchedule: { [weak self] slot, time in
            self?.background.add(slot, atMilliseconds: time)
        }
        resources.fleet.setAction { [registry] worker, unavailable in
            for slot in registry.running { slot.workerEnded(worker, unavailable) }
        }
    }

    /// Reads what there is and shows it to the gateway. Nothing is started.
    func load() throws {
        let enablements = try directory.enablements().filter(\.isEnabled)
        let catalog = catalog
        let pins = try settlePins()
        var entries: [TenantEntry] = []
        var tenants: [String: HostedTenant] = [:]
        var next = enablements.startIndex
        for record in try directory.tenants() {
            // Both lists are in the order of the tenants' ids.
            let begin = next
            while next < enablements.endIndex, enablements[next].tenant == record.id { next += 1 }
            let tenant = HostedTenant(
                id: record.id, profile: profiles.profile(enablements[begin..<next], catalog, pins),
                resources: resources)
            tenants[record.id] = tenant
            entries.append(Self.entry(record, tenant))
        }
        gateway.replaceState(try gateway.makeState(entries))
        state.withLock { $0.tenants = tenants }
        let count = Dictionary(grouping: tenants.values, by: { ObjectIdentifier($0.profile) })
        for group in count.values { if let first = group.first { registry.count(first.profile, group.count) } }
        for definition in catalog.versions.values.joined() {
            let behind = try directory.databasesBehind(module: definition.manifest.id, schema: definition.schema)
            // Each is held against the build that it is served from.
            registry.noteBehind(
                behind.filter { tenants[$0.tenant]?.profile.module($0.module)?.definition === definition })
        }
        // The rows of so many tenants lie scattered in the heap, and none of them is needed any more.
        if tenants.count > 1000 { FreeMemory.giveBack() }
    }

    /// Starts instances before the host says that it is ready: all, where they are few; else one of each module, so
    /// that a module that does not work is seen at once. Breaks off when `isCancelled` says so.
    func warmUp(isCancelled: @escaping @Sendable () -> Bool) {
        let slots = warmSlots()
        BoundedCall.forEach(slots, threadCount: 8) { slot in
            if !isCancelled() { _ = slot.startAndWait() }
        }
    }

    /// Begins the work that waited while the host was not running, and looks after the instances from now on.
    func goOn() throws {
        for place in registry.placesBehind { add(place, atMilliseconds: 0, evicts: true) }
        for definition in catalog.definitions.values { try goOn(withSchedulesOf: definition.manifest) }
        for (place, due) in try directory.markedDatabases() { add(place, atMilliseconds: due, evicts: false) }
        scheduleSweep()
    }

    /// Lets all databases of a module know of its schedules.
    private func goOn(withSchedulesOf manifest: Manifest) throws {
        let schedules = manifest.schedules
            .map { "\($0.name) \($0.job) \($0.timing) + \($0.jitterMilliseconds)" }.joined(separator: "\n")
        try directory.noteSchedules(schedules, of: manifest.id, number: resources.markNumbers.next())
        openBeforeSchedules(of: manifest, after: systemWallClock())
    }

    /// Starts one module and serves it, also instead of the same module with another configuration. When it cannot be
    /// started, everything is as it was before, and the error says why.
    func start(_ enablement: HostDirectory.Enablement) throws {
        try change.withLock { _ in
            if state.withLock({ $0.isStopped }) { throw HostError(.locked, "The host is stopping.") }
            let tenant = try tenant(enablement.tenant)
            let former = tenant.profile
            let pin = try directory.pin(enablement.place)
            let module = profiles.module(enablement, catalog, on: pin?.version)
            // Its routes stay meanwhile and answer 503.
            tenant.removeSlot(enablement.module)?.end(until: .after(Self.stopTime))
            try replace(tenant, with: profiles.profile(former.modules.filter { $0.id != module.id } + [module]))
            let slot = tenant.slot(enablement.module)
            guard slot?.startAndWait() != true else {
                if let version = module.definition?.manifest.version, version != pin?.version {
                    try directory.setPin(HostDirectory.Pin(version: version), enablement.place)
                }
                return connectEvents(of: tenant)
            }
            let reason = slot?.failure?.message ?? "It is not enabled any more."
            tenant.removeSlot(enablement.module)?.end(until: .after(Self.stopTime))
            try replace(tenant, with: former)
            let again = former.module(enablement.module) == nil ? nil : tenant.slot(enablement.module)
            let isRunning = again?.startAndWait()
            throw HostError(.bundle, "\(reason) \(Self.consequence(isRunning))")
        }
    }

    private static func consequence(_ isRunning: Bool?) -> String {
        switch isRunning {
        case true?: "It goes on as it was before."
        case false?: "It is enabled as before and answers 503."
        case nil: "Nothing was changed."
        }
    }

    /// Takes a module's routes away, then its events and jobs, then stops it.
    func stop(tenant id: String, module: String) throws {
        try change.withLock { _ in
            let tenant = try tenant(id)
            let slot = tenant.usedSlot(module)
            try replace(tenant, with: profiles.profile(tenant.profile.modules.filter { $0.id != module }))
            connectEvents(of: tenant)
            slot?.end(until: .after(Self.stopTime))
            registry.forgetBehind(HostDirectory.Place(tenant: id, module: module))
            resources.background.forget(tenant: id, module: module)
            resources.services.webhooks.forget(tenant: id, module: module)
        }
    }

    /// Serves tenants that were made since the start.
    func add(tenants ids: [String]) throws {
        try change.withLock { _ in
            var entries: [TenantEntry] = []
            var begun: [HostDirectory.Enablement] = []
            for id in ids {
                guard let record = try directory.tenant(id) else { continue }
                let enablements = try directory.enablements(tenant: id).filter(\.isEnabled)
                let tenant = HostedTenant(
                    id: id, profile: profiles.profile(enablements[...], catalog), resources: resources)
                let isNew = state.withLock { state in
                    guard state.tenants[id] == nil else { return false }
                    state.tenants[id] = tenant
                    return true
                }
                guard isNew else { continue }
                registry.count(tenant.profile, 1)
                entries.append(Self.entry(record, tenant))
                begun += enablements
            }
            try putOnNewest(begun)
            try gateway.update(entries)
        }
    }

    /// Serves tenants as they are kept now; those that are new are added.
    func show(tenants ids: [String]) throws {
        try add(tenants: ids.filter { id in state.withLock { $0.tenants[id] } == nil })
        try change.withLock { _ in
            var entries: [TenantEntry] = []
            for id in ids {
                guard let tenant = state.withLock({ $0.tenants[id] }), let record = try directory.tenant(id) else {
                    continue
                }
                entries.append(Self.entry(record, tenant))
            }
            try gateway.update(entries)
        }
    }

    /// Starts the tenant's modules in whose databases work waits, such as events for a module that was just enabled.
    func goOn(tenant id: String) throws {
        for (place, due) in try directory.markedDatabases(tenant: id) {
            // One that runs already may have looked before.
            state.withLock { $0.tenants[place.tenant] }?.usedSlot(place.module)?.announceWork()
            add(place, atMilliseconds: due, evicts: false)
        }
    }

    /// Runs what changes what is enabled, or where it runs: one such change at a time.
    func changing<Result>(_ body: () throws -> Result) throws -> Result {
        try change.withLock { _ in
            if state.withLock({ $0.isStopped }) { throw HostError(.locked, "The host is stopping.") }
            return try body()
        }
    }

    /// Stops everything, all within one time limit.
    func stopAll() {
        upgrades.stop(until: .after(Self.stopTime))
        let (slots, sweep) = state.withLock { state in
            state.isStopped = true
            return (state.tenants.values.flatMap(\.usedSlots), state.sweep.take())
        }
        if let sweep { resources.timers.cancel(sweep) }
        background.stop()
        let deadline = Deadline.after(Self.stopTime)
        BoundedCall.forEach(slots, threadCount: 8) { $0.end(until: deadline) }
    }
}

extension Supervisor {
    static func entry(_ record: HostDirectory.TenantRecord, _ tenant: HostedTenant) -> TenantEntry {
        var entry = TenantEntry(
            id: record.id, status: TenantEntry.Status(rawValue: record.status) ?? .inactive, hosts: record.hosts,
            modules: tenant.profile.served, source: tenant)
        entry.settings = record.settings
        return entry
    }

    /// A tenant as it is served; nil when there is none of that id.
    func hosted(_ id: String) -> HostedTenant? { state.withLock { $0.tenants[id] } }

    func tenant(_ id: String) throws -> HostedTenant {
        guard let tenant = state.withLock({ $0.tenants[id] }) else {
            throw HostError(.configuration, "There is no tenant `\(id)`.")
        }
        return tenant
    }

    /// Gives the tenant another profile, ends what is not in it, and shows it to the gateway.
    func replace(_ tenant: HostedTenant, with profile: TenantProfile) throws {
        let former = tenant.profile
        let ended = tenant.replaceProfile(profile)
        registry.count(profile, 1)
        registry.count(former, -1)
        if let record = try directory.tenant(tenant.id) { try gateway.update([Self.entry(record, tenant)]) }
        for slot in ended { slot.end(until: .after(Self.stopTime)) }
    }

    func connectEvents(of tenant: HostedTenant) {
        for slot in tenant.usedSlots { slot.reconnectEvents() }
    }

    private func warmSlots() -> [InstanceSlot] {
        let tenants = state.withLock { $0.tenants.values.sorted { $0.id < $1.id } }
        let count = tenants.reduce(0) { $0 + $1.profile.modules.count }
        if count <= settings.warmCount {
            return tenants.flatMap { tenant in tenant.profile.modules.compactMap { tenant.slot($0.id) } }
        }
        var seen: Set<String> = []
        return tenants.flatMap { tenant in
            tenant.profile.modules.filter { seen.insert($0.id).inserted }.compactMap { tenant.slot($0.id) }
        }
    }

    func add(_ place: HostDirectory.Place, atMilliseconds time: Int64, evicts: Bool) {
        guard let slot = state.withLock({ $0.tenants[place.tenant] })?.slot(place.module) else { return }
        background.add(slot, atMilliseconds: time, evicts: evicts)
    }
}
