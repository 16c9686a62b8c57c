import GantryCore
import GantryLoader
import GantryThreads

extension InstanceResources {
    /// The same for instances of a module that runs in another process: threads that wait for it are its own, so that
    /// those who wait take none from anybody else. None of them is there before it is needed.
    func isolated(module: String, _ isolation: Deployment.Isolation) -> InstanceResources {
        guard isolation.isWorker else { return self }
        func pool(_ threadCount: Int) -> ThreadPool {
            ThreadPool(name: module, threadCount: threadCount, growsOnDemand: true)
        }
        let backgroundPool = pool(8)
        return InstanceResources(
            self, isolation: isolation, storePool: pool(2), backgroundPool: backgroundPool,
            background: BackgroundWork(pool: backgroundPool, metrics: fleet.metrics), startPool: pool(2),
            instanceThreads: InstanceThreads(short: pool(2), blocking: pool(8), timersOf: instanceThreads))
    }

    /// The module's library, where it runs, and what keeps it there. Throws `LoaderError` or `WorkerUnavailable`.
    func load(_ definition: ModuleDefinition, tenant: String) throws -> (LoadedModule, WorkerUse?) {
        guard isolation.isWorker else { return (try definition.loaded(by: loader), nil) }
        let (module, use) = try fleet.load(definition, tenant: tenant, isolation)
        return (module, use)
    }

    /// Time that is waited for the module's own code beyond its deadline: the watch over a worker ends it before.
    var patience: Duration {
        isolation.isWorker ? .milliseconds(isolation.graceMilliseconds) + .seconds(2) : .zero
    }
}
