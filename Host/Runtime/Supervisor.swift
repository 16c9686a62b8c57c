import GantryCore
import GantryGateway
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads

/// Starts and stops the modules of all tenants and keeps the gateway's picture of them true. A module that cannot be
/// started concerns only its tenant: its routes answer 503 and its state says why.
final class Supervisor: Sendable {
    /// What a module of a tenant is up to.
    struct ModuleState: Sendable {
        /// `started` or `failed`.
        var name: String
        /// Why it failed.
        var message: String?
    }

    enum Entry {
        case running(RunningModule)
        case failed(HostDirectory.Enablement, message: String)

        var enablement: HostDirectory.Enablement {
            switch self {
            case .running(let module): module.enablement
            case .failed(let enablement, _): enablement
            }
        }
    }

    struct State {
        /// By tenant and module.
        var entries: [String: [String: Entry]] = [:]
        var events: [String: TenantEvents] = [:]
        /// Sets of modules and mounts that were found to share no route; the same for all tenants.
        var agreeing: Set<[String]> = []
        /// Modules that the metrics tell of.
        var reported: Set<String> = []
        var sweep: TimerQueue.Token?
        var isStopped = false
    }

    private static let stopTime = Duration.seconds(10)
    /// Starting waits for the disk more than for the processor.
    private static let threadCount = 8

    let directory: HostDirectory
    let catalog: ModuleCatalog
    let resources: InstanceResources
    let gateway: Gateway
    let metrics: Metrics
    let state = Lock(State())
    /// Held while modules start or stop, which is slow; `state` is only ever held for a moment.
    private let change = Lock(())

    init(
        directory: HostDirectory, catalog: ModuleCatalog, resources: InstanceResources, gateway: Gateway,
        metrics: Metrics
    ) {
        self.directory = directory
        self.catalog = catalog
        self.resources = resources
        self.gateway = gateway
        self.metrics = metrics
    }

    /// Starts everything that is enabled, several tenants at a time, then shows it to the gateway. Breaks off between
    /// two tenants when `isCancelled` says so; `stopAll` must follow then.
    func startAll(isCancelled: @escaping @Sendable () -> Bool = { false }) throws {
        let enablements = try directory.enablements().filter(\.isEnabled)
        let tenants = Dictionary(grouping: enablements, by: \.tenant).sorted { $0.key < $1.key }
        let closesFiles = FileLimit.isScarce(forDatabases: enablements.count)
        try change.withLock { _ in
            BoundedCall.forEach(tenants, threadCount: Self.threadCount) { tenant, enablements in
                if isCancelled() { return }
                self.startTenant(tenant, enablements)
                if closesFiles {
                    for module in self.running(of: tenant) { module.database?.closeIdleConnections() }
                }
            }
            if isCancelled() { return }
            try showToGateway()
            BoundedCall.forEach(running(), threadCount: Self.threadCount) { self.startJobs($0) }
        }
        scheduleSweep()
    }

    /// Starts one module and serves it, also instead of the same module with another configuration. When it cannot be
    /// started, everything is as it was before, and the error says why.
    func start(_ enablement: HostDirectory.Enablement) throws {
        try change.withLock { _ in
            if state.withLock({ $0.isStopped }) { throw HostError(.locked, "The host is stopping.") }
            let (tenant, id) = (enablement.tenant, enablement.module)
            let former = state.withLock { $0.entries[tenant]?[id] }
            try end(tenant: tenant, module: id, saying: "It is being started again.")
            let failure = run(enablement)
            if failure != nil { restore(former, tenant: tenant, module: id) }
            connectEvents(tenant)
            try showToGateway()
            if case .running(let module) = state.withLock({ $0.entries[tenant]?[id] }) { startJobs(module) }
            if let failure {
                throw HostError(.bundle, "\(failure) \(Self.consequence(former))")
            }
        }
    }

    /// Takes a module's routes away, then its events and jobs, then stops it.
    func stop(tenant: String, module: String) throws {
        try change.withLock { _ in
            try end(tenant: tenant, module: module, saying: nil)
            connectEvents(tenant)
        }
    }

    /// Shows tenants that were made or changed to the gateway.
    func refresh() throws {
        try change.withLock { _ in try showToGateway() }
    }

    /// Stops everything: events first, then the modules, all within one time limit.
    func stopAll() {
        change.withLock { _ in
            let (events, sweep) = state.withLock { state in
                state.isStopped = true
                defer { state.events = [:] }
                return (Array(state.events.values), state.sweep.take())
            }
            if let sweep { resources.timers.cancel(sweep) }
            let deadline = Deadline.after(Self.stopTime)
            for events in events { events.stop(until: deadline) }
            BoundedCall.forEach(running(), threadCount: Self.threadCount) { self.stopRunning($0, until: deadline) }
            state.withLock { $0.entries = [:] }
        }
    }

    private func startTenant(_ tenant: String, _ enablements: [HostDirectory.Enablement]) {
        if let conflict = routeConflict(among: enablements, tenant: tenant) {
            // Nothing of a plan with a conflict is applied; the other tenants are served.
            for enablement in enablements { fail(enablement, conflict) }
        } else {
            for enablement in enablements { _ = run(enablement) }
        }
        connectEvents(tenant)
    }

    private func startJobs(_ module: RunningModule) {
        do { try module.startJobs() } catch {
            resources.log.write(
                .error, "Jobs cannot be run before the module or the host is started again: \(error)",
                scope: LogScope(tenant: module.enablement.tenant, module: module.enablement.module))
        }
    }

    /// Gives what went wrong, if anything did.
    private func run(_ enablement: HostDirectory.Enablement) -> String? {
        do {
            let module = try RunningModule(
                enablement, definition: catalog.definition(enablement.module), resources: resources)
            state.withLock { $0.entries[enablement.tenant, default: [:]][enablement.module] = .running(module) }
            return nil
        } catch {
            fail(enablement, "\(error)")
            return "\(error)"
        }
    }

    private func fail(_ enablement: HostDirectory.Enablement, _ message: String) {
        resources.log.write(
            .error, "A module could not be started: \(message)",
            scope: LogScope(tenant: enablement.tenant, module: enablement.module))
        state.withLock {
            $0.entries[enablement.tenant, default: [:]][enablement.module] = .failed(enablement, message: message)
        }
    }

    private func restore(_ former: Entry?, tenant: String, module: String) {
        if case .running(let running) = former {
            _ = run(running.enablement)
        } else {
            state.withLock { $0.entries[tenant]?[module] = former }
        }
    }

    private static func consequence(_ former: Entry?) -> String {
        switch former {
        case .running: "It goes on as it was before."
        case .failed: "It is enabled as before and answers 503."
        case nil: "Nothing was changed."
        }
    }

    /// Removes the entry and its routes, then stops it; the instance itself waits for its calls under way. With a
    /// message its routes stay and answer 503 meanwhile.
    private func end(tenant: String, module: String, saying message: String?) throws {
        let entry = state.withLock { state in
            let entry = state.entries[tenant]?.removeValue(forKey: module)
            if let entry, let message {
                state.entries[tenant]?[module] = .failed(entry.enablement, message: message)
            }
            return entry
        }
        if entry != nil { try showToGateway() }
        guard case .running(let running) = entry else { return }
        let deadline = Deadline.after(Self.stopTime)
        state.withLock { $0.events.removeValue(forKey: tenant) }?.stop(until: deadline)
        stopRunning(running, until: deadline)
    }

    private func stopRunning(_ module: RunningModule, until deadline: Deadline) {
        guard let fault = module.stop(until: deadline) else { return }
        resources.log.write(
            .warning, "A module did not stop cleanly: \(fault)",
            scope: LogScope(tenant: module.enablement.tenant, module: module.enablement.module))
    }

    /// Connects the tenant's running modules anew.
    private func connectEvents(_ tenant: String) {
        state.withLock { $0.events.removeValue(forKey: tenant) }?.stop(until: .after(Self.stopTime))
        let modules = running(of: tenant)
        guard !modules.isEmpty else { return }
        let events = TenantEvents(modules: modules, resources: resources)
        state.withLock { $0.events[tenant] = events }
        events.start()
    }
}
