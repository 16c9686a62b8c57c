import GantryCore
import GantryLoader
import GantryTelemetry
import GantryThreads

/// What every instance shares: the process' threads, timers, log, loaded libraries, and what is known of all instances.
final class InstanceResources: Sendable {
    let folder: DataFolder
    let directory: HostDirectory
    let catalog: SharedCatalog
    let grants: CapabilityGrants
    /// Hears of what instances were denied.
    let denials: DenialLedger
    /// Where modules run.
    let isolations: IsolationSettings
    let loader: ModuleLoader
    let registry: InstanceRegistry
    /// Database writers.
    let storePool: ThreadPool
    /// Deliveries of events and jobs, which may wait for database writes.
    let backgroundPool: ThreadPool
    /// What they share, a part for each tenant.
    let background: BackgroundWork
    /// Starts and stops of instances, which wait for the disk and for the modules' own code.
    let startPool: ThreadPool
    let timers: TimerQueue
    /// Those who follow tenants' events as they happen.
    let live: LiveFeeds
    /// What instances hand to `gantry.executor`.
    let instanceThreads: InstanceThreads
    /// What stands behind the tables of services.
    let services: SharedServices
    let log: Log
    let markNumbers: PendingMark.Numbers
    /// The processes of modules that do not run in the host's own.
    let fleet: WorkerFleet
    /// Where the instances run that these are for.
    let isolation: Deployment.Isolation

    init(
        folder: DataFolder, directory: HostDirectory, catalog: SharedCatalog, grants: CapabilityGrants,
        denials: DenialLedger,
        isolations: IsolationSettings, loader: ModuleLoader, fleet: WorkerFleet, registry: InstanceRegistry,
        storePool: ThreadPool, backgroundPool: ThreadPool,
        background: BackgroundWork, startPool: ThreadPool, timers: TimerQueue, live: LiveFeeds,
        instanceThreads: InstanceThreads, services: SharedServices, log: Log
    ) throws {
        self.folder = folder
        self.directory = directory
        self.catalog = catalog
        self.grants = grants
        self.denials = denials
        self.isolations = isolations
        self.loader = loader
        self.registry = registry
        self.storePool = storePool
        self.backgroundPool = backgroundPool
        self.background = background
        self.startPool = startPool
        self.timers = timers
        self.live = live
        self.instanceThreads = instanceThreads
        self.services = services
        self.log = log
        self.fleet = fleet
        isolation = Deployment.Isolation()
        markNumbers = PendingMark.Numbers(after: try directory.highestMark())
    }

    /// The same with other threads.
    init(
        _ other: InstanceResources, isolation: Deployment.Isolation, storePool: ThreadPool,
        backgroundPool: ThreadPool, background: BackgroundWork, startPool: ThreadPool, instanceThreads: InstanceThreads
    ) {
        self.isolation = isolation
        self.storePool = storePool
        self.backgroundPool = backgroundPool
        self.background = background
        self.startPool = startPool
        self.instanceThreads = instanceThreads
        folder = other.folder
        directory = other.directory
        catalog = other.catalog
        grants = other.grants
        denials = other.denials
        isolations = other.isolations
        loader = other.loader
        registry = other.registry
        timers = other.timers
        live = other.live
        services = other.services
        log = other.log
        markNumbers = other.markNumbers
        fleet = other.fleet
    }
}
