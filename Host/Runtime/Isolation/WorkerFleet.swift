import GantryCore
import GantryLoader
import GantryTelemetry
import GantryThreads

/// All workers of this host: starts them when instances want them, ends them when none does, counts how they end, and
/// tells whoever has instances in one that ended. Any thread.
final class WorkerFleet: Sendable {
    private struct State {
        var posts: [WorkerPost.Key: WorkerPost] = [:]
        var onCrash: (@Sendable (WorkerProcess, WorkerUnavailable) -> Void)?
    }

    private let loader: ModuleLoader
    private let program: String
    let metrics: Metrics
    private let log: Log
    private let state = Lock(State())

    /// - Parameter program: Path of `gantry-worker`.
    init(loader: ModuleLoader, program: String, metrics: Metrics, log: Log) {
        self.loader = loader
        self.program = program
        self.metrics = metrics
        self.log = log
        metrics.onExposition { [weak self] in self?.measure() }
    }

    /// Says what is done when a worker has crashed: on the thread that watches them, so not for long.
    func setAction(onCrash: @escaping @Sendable (WorkerProcess, WorkerUnavailable) -> Void) {
        state.withLock { $0.onCrash = onCrash }
    }

    /// The module's build for the tenant, in a worker, whose start is waited for. Throws `WorkerUnavailable` or
    /// `LoaderError`.
    func load(
        _ definition: ModuleDefinition, tenant: String, _ isolation: Deployment.Isolation
    ) throws -> (LoadedModule, WorkerUse) {
        let post = post(of: definition, tenant: tenant, isolation)
        var settings = WorkerProcess.Settings(program: program)
        settings.memoryMebibytes = isolation.memoryMebibytes
        settings.fileCount = isolation.fileCount
        settings.graceMilliseconds = isolation.graceMilliseconds
        settings.longestCallMilliseconds = isolation.longestCallMilliseconds
        settings.heartbeatMilliseconds = isolation.heartbeatMilliseconds
        return try post.module {
            try loader.load(definition.bundle, inWorker: settings) { [self] worker, end in
                if end == .asked { post.noteEnd(worker) } else { crashed(post, worker, end) }
            }
        }
    }

    /// What a failure of a start means when it was the worker that failed: then that, else the failure itself.
    func explained(_ error: any Error, _ module: TenantProfile.Module, tenant: String) -> any Error {
        guard let definition = module.definition, module.isolation.isWorker, !(error is WorkerUnavailable) else {
            return error
        }
        let post = post(of: definition, tenant: tenant, module.isolation)
        if let worker = post.snapshot.worker, worker.isOver { worker.waitForEnd(until: .after(.seconds(1))) }
        return post.unavailable ?? error
    }

    /// The posts of a module, those of one tenant first that it has alone.
    func posts(of module: String) -> [WorkerPost] {
        state.withLock { state in
            state.posts.values.filter { $0.key.module == module }
                .sorted { ($0.key.tenant ?? "", $0.key.version) < ($1.key.tenant ?? "", $1.key.version) }
        }
    }

    /// Lets a module's workers try again at once; of one tenant where one is named.
    func forgive(_ module: String, tenant: String?) {
        for post in posts(of: module) where tenant == nil || post.key.tenant == nil || post.key.tenant == tenant {
            post.forgive()
        }
        report(module)
    }

    /// Ends all processes and waits for that.
    func stopAll() {
        let workers = state.withLock { state in state.posts.values.compactMap(\.snapshot.worker) }
        for worker in workers { worker.stop() }
        let deadline = Deadline.after(.seconds(2))
        for worker in workers { worker.waitForEnd(until: deadline) }
    }

    private func post(
        of definition: ModuleDefinition, tenant: String, _ isolation: Deployment.Isolation
    ) -> WorkerPost {
        let isRecorded = Recording.wants(module: definition.manifest.id, tenant: tenant)
        let key = WorkerPost.Key(
            module: definition.manifest.id, version: definition.manifest.version, build: definition.fingerprint,
            tenant: isolation.tier == .workerPerTenant || isRecorded ? tenant : nil, isRecorded: isRecorded)
        return state.withLock { state in
            if let known = state.posts[key] {
                known.adopt(isolation)
                return known
            }
            let post = WorkerPost(key, isolation)
            state.posts[key] = post
            return post
        }
    }

    private func crashed(_ post: WorkerPost, _ worker: WorkerProcess, _ end: WorkerEnd) {
        post.noteCrash(worker, end)
        let module = post.key.module
        metrics.counter(
            "module_restarts_total", help: "Workers of modules that ended without having been asked to, by the reason.",
            labels: [("module", module), ("reason", end.reason)]
        ).increment()
        report(module)
        let unavailable = post.unavailable ?? WorkerUnavailable(description: "", retryNanoseconds: 0)
        var fields = [
            LogField("reason", end.reason), LogField("process", Int(worker.number)), LogField("end", end.text),
        ]
        if !worker.printed.isEmpty { fields.append(LogField("printed", worker.printed)) }
        log.write(
            .error,
            unavailable.retryNanoseconds == .max
                ? "A worker has crashed once too often; its module is quarantined." : "A worker has crashed.",
            scope: LogScope(tenant: post.key.tenant, module: module), fields: fields)
        state.withLock { $0.onCrash }?(worker, unavailable)
    }

    private func report(_ module: String) {
        let count = posts(of: module).count { $0.snapshot.budget.isQuarantined }
        metrics.gauge(
            "module_quarantined", help: "Workers of a module that are not started any more, having crashed too often.",
            labels: [("module", module)]
        ).set(Int64(count))
    }

    private func measure() {
        let workers = state.withLock { state in
            state.posts.values.compactMap { post in post.snapshot.worker.map { (post.key.module, $0) } }
        }
        for (module, group) in Dictionary(grouping: workers, by: \.0) {
            let labels: Metrics.Labels = [("module", module)]
            metrics.gauge("module_workers", help: "Processes of modules.", labels: labels).set(Int64(group.count))
            metrics.gauge("module_worker_memory_bytes", help: "Memory of a module's processes.", labels: labels)
                .set(Int64(group.reduce(0) { $0 + $1.1.memoryBytes }))
            metrics.gauge(
                "module_worker_processor_seconds", help: "Time that a module's present processes have computed.",
                labels: labels
            ).set(Int64(group.reduce(0) { $0 + $1.1.processorMilliseconds } / 1000))
        }
    }
}
