import GantryCore
import GantryCryptography
import GantryEvents
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads
import GantryWebhooks
import Synchronization

/// One module of one tenant while it runs: its database, its instance, its jobs.
final class RunningModule: Sendable {
    let enablement: HostDirectory.Enablement
    let definition: ModuleDefinition
    let database: Database?
    let instance: ModuleInstance
    private let port: ModuleDatabase?
    private let jobs: JobRunner?
    let work: DatabaseWork?
    private let services: InstanceServices
    private let webhooks: WebhookSender?
    private let live: LiveFeeds
    /// Keeps the process that it runs in; nil in the host's own.
    private let worker: WorkerUse?
    /// Whether another generation has taken over its database, and with it the events that are shown as they happen.
    private let isSucceeded = Atomic<Bool>(false)

    /// Time that a module's own code has to be created and started. Migrations take the time that they take.
    private static let lifecycleTime = Duration.seconds(10)
    private static let jobTime = Duration.seconds(600)

    /// Opens, migrates, creates and starts; when a step fails, what came before it is undone. Throws what failed.
    /// - Parameters:
    ///   - former: The generation that serves meanwhile, whose files this one works with; nil where there is none.
    ///   - subscribers: The tenant's modules that want the module's events now.
    init(
        _ enablement: HostDirectory.Enablement, definition: ModuleDefinition, resources: InstanceResources,
        beside former: RunningModule? = nil, subscribers: @escaping @Sendable () -> Set<String>
    ) throws {
        self.enablement = enablement
        self.definition = definition
        live = resources.live
        // Before any of its code runs.
        try resources.catalog.trust.accept(definition.bundle)
        let configuration = try ModuleEnvironment.configuration(
            enablement.configuration, definition.manifest, ProcessEnvironment.values)
        try definition.checkConfiguration(configuration)
        let loading = BoundedCall.run(within: Self.lifecycleTime + resources.patience) {
            (_: Result<(LoadedModule, WorkerUse?), any Error>) in
        } _: {
            Result { try resources.load(definition, tenant: enablement.tenant) }
        }
        guard let (module, use) = try loading?.get() else { throw Self.tookTooLong("Loading the library", enablement) }
        worker = use
        // Asked for first, since a secret that is missing is better said before anything is opened.
        services = try resources.services.services(
            tenant: enablement.tenant, manifest: definition.manifest, configuration: configuration)
        if let former { services.shareFiles(of: former.services) }
        do {
            work = try Self.work(enablement, definition, resources, beside: former, subscribers)
        } catch {
            services.close()
            throw error
        }
        let database = work?.database
        self.database = database
        do {
            services.answers = try AnswerBook.book(definition.manifest, database)
            webhooks = try Self.webhooks(enablement, definition.manifest, database, services, resources)
        } catch {
            services.close()
            work?.end()
            throw DatabaseFailure(error)
        }
        let hasWebhooks = webhooks != nil
        port = database.map {
            ModuleDatabase(database: $0, readPool: resources.backgroundPool, hasWebhooks: hasWebhooks)
        }
        instance = try Self.startInstance(
            module, enablement, configuration, port, work, services, resources)
        do {
            if let database, !definition.manifest.publishes.isEmpty { try HostTables.installEvents(in: database) }
            jobs = try Self.jobRunner(instance, database, definition.manifest, services, resources)
            try work?.markWhatWaits()
            if former == nil { showLive() }
        } catch {
            _ = Self.stopInstance(instance, work, services, within: Self.lifecycleTime)
            throw DatabaseFailure(error)
        }
    }

    private static func work(
        _ enablement: HostDirectory.Enablement, _ definition: ModuleDefinition, _ resources: InstanceResources,
        beside former: RunningModule?, _ subscribers: @escaping @Sendable () -> Set<String>
    ) throws -> DatabaseWork? {
        guard definition.manifest.capabilities.contains(.database) else { return nil }
        guard let shared = former?.work else {
            return try DatabaseWork(enablement, definition, resources, subscribers: subscribers)
        }
        let place = HostDirectory.Place(tenant: enablement.tenant, module: enablement.module)
        try shared.share(with: definition, place: place, resources.directory)
        return shared
    }

    /// Creates and starts the instance. One that fails takes its database with it; one that does not return keeps it
    /// until it does.
    private static func startInstance(
        _ module: LoadedModule, _ enablement: HostDirectory.Enablement, _ configuration: String,
        _ port: ModuleDatabase?, _ work: DatabaseWork?, _ services: InstanceServices, _ resources: InstanceResources
    ) throws -> ModuleInstance {
        let manifest = module.manifest
        var granted = InstancePorts(
            database: port, publishesEvents: manifest.capabilities.contains(.events),
            queuesJobs: manifest.capabilities.contains(.jobs),
            log: InstanceLog(log: resources.log, tenant: enablement.tenant, module: manifest.id),
            threads: resources.instanceThreads)
        granted.services = services.ports
        granted.rights = resources.grants.rights(of: manifest, tenant: enablement.tenant)
        granted.denials = resources.denials.port(tenant: enablement.tenant, module: manifest.id)
        let ports = granted
        let deadline = Deadline.after(lifecycleTime).monotonicNanoseconds
        let starting = BoundedCall.run(within: lifecycleTime + resources.patience) {
            (late: Result<ModuleInstance, any Error>) in
            if case .success(let instance) = late {
                try? instance.stop(deadlineNanoseconds: Deadline.after(lifecycleTime).monotonicNanoseconds)
            }
            work?.end()
            services.close()
        } _: {
            Result {
                let instance = try ModuleInstance(
                    module: module, tenant: enablement.tenant, ports: ports, configuration: configuration,
                    deadlineNanoseconds: deadline)
                // What was decided since it was asked above, and from now on.
                resources.grants.attach(instance)
                do { try instance.start(deadlineNanoseconds: deadline) } catch {
                    try? instance.stop(deadlineNanoseconds: deadline)
                    throw error
                }
                return instance
            }
        }
        switch starting {
        case .success(let instance): return instance
        case .failure(let error):
            work?.end()
            services.close()
            throw error
        case nil: throw tookTooLong("Its `create` or `start`", enablement)
        }
    }

    private static func tookTooLong(_ what: String, _ enablement: HostDirectory.Enablement) -> HostError {
        HostError(
            .hung,
            "`\(enablement.module)` for tenant `\(enablement.tenant)`: \(what) did not return within \(lifecycleTime). "
                + "The thread is left behind; restart the host once the module is mended.")
    }

    /// The webhooks that the module may use; nil when it has none.
    private static func webhooks(
        _ enablement: HostDirectory.Enablement, _ manifest: Manifest, _ database: Database?,
        _ services: InstanceServices, _ resources: InstanceResources
    ) throws -> WebhookSender? {
        guard let database, let webhooks = manifest.webhooks else { return nil }
        let shared = resources.services
        let book = try shared.webhooks.book(
            webhooks, tenant: enablement.tenant, module: manifest.id, database: database, vault: shared.vault)
        let sender = shared.webhooks.sender(
            book, tenant: enablement.tenant, module: manifest.id, resources: resources)
        services.webhooks = WebhookAdapter(book: book, sender: sender)
        return sender
    }

    private static func jobRunner(
        _ instance: ModuleInstance, _ database: Database?, _ manifest: Manifest, _ services: InstanceServices,
        _ resources: InstanceResources
    ) throws -> JobRunner? {
        guard manifest.capabilities.contains(.jobs), let database else { return nil }
        var configuration = JobRunner.Configuration()
        configuration.policies = Dictionary(
            manifest.backgroundJobs.map { ($0.name, $0.retry) }, uniquingKeysWith: { first, _ in first })
        configuration.policies[Manifest.mailJob] = MailServices.retry
        configuration.schedules = manifest.schedules
        // What platform modules have done is listed for administrators.
        if manifest.isVersioned { configuration.historyMilliseconds = JobHistory.keptMilliseconds }
        configuration.place = "\(instance.tenant)/\(manifest.id)"
        let background = resources.background
        return try JobRunner(
            database: database, share: background.share(of: instance.tenant), timers: resources.timers,
            configuration: configuration,
            report: { counts in
                background.setJobs(counts, tenant: instance.tenant, module: manifest.id)
                services.mail?.waiting.store(counts.waiting, ordering: .relaxed)
            }
        ) { run in
            if run.name == Manifest.mailJob { return mail(run, instance, manifest, resources) }
            let outcome = instance.run(
                job: run.name, id: run.id.description, attempt: run.attempt, payload: run.payload,
                deadlineNanoseconds: Deadline.after(jobTime).monotonicNanoseconds, trace: run.trace)
            return attempt(outcome, of: "The job `\(run.name)`", attempt: run.attempt, instance, resources.log)
        }
    }

    /// Sends the mail that a job is, unless the operator has taken the right to it away meanwhile.
    private static func mail(
        _ run: JobRun, _ instance: ModuleInstance, _ manifest: Manifest, _ resources: InstanceResources
    ) -> AttemptOutcome {
        guard resources.grants.rights(of: manifest, tenant: instance.tenant).capabilities.contains(.mail) else {
            return .unavailable(reason: "`mail` is not granted to `\(manifest.id)`.")
        }
        return resources.services.mail.send(run, tenant: instance.tenant, module: manifest.id)
    }

    /// The outcome in the words of events and jobs; a failure also becomes a line in the log.
    static func attempt(
        _ outcome: PortOutcome, of what: String, attempt: UInt32, _ instance: ModuleInstance, _ log: Log
    ) -> AttemptOutcome {
        if outcome.status == .ok { return .done }
        let reason = outcome.message.isEmpty ? "\(outcome.status)" : "\(outcome.status): \(outcome.message)"
        log.write(
            .warning, "\(what) failed and is tried again later.",
            scope: LogScope(tenant: instance.tenant, module: instance.moduleID),
            fields: [LogField("attempt", attempt), LogField("reason", reason)])
        return .retry(reason: reason)
    }

    /// Begins to run jobs; after the module's events and routes are in place.
    func startJobs() throws {
        try jobs?.start(leaving: work?.jobsOfFormer ?? [])
        webhooks?.start()
        // Schedules are due from now on.
        try work?.markWhatWaits()
    }

    /// Shows its events to those who follow them as they happen, in the place of the generation before.
    func showLive() {
        guard let database, publishes else { return }
        live.attach(definition.manifest, tenant: enablement.tenant, database: database)
    }

    /// Begins no further job and no delivery to webhooks; calls go on. False when a job did not end in time: it may go
    /// on, and its successor leaves it alone until `takeOverJobs`.
    func stopBackground(until deadline: Deadline) -> Bool {
        webhooks?.stop(until: deadline)
        guard let jobs else { return true }
        if jobs.stop(until: deadline) { return true }
        work?.noteFormer(jobs)
        return false
    }

    /// Whether jobs are running.
    var hasJobsUnderWay: Bool { jobs?.underWay.isEmpty == false }

    /// Runs again what a former generation, which has ended, did not end.
    func takeOverJobs(of former: RunningModule) throws(StoreError) {
        guard let runner = former.jobs else { return }
        former.work?.forgetFormer(runner)
        try jobs?.takeOver(runner.underWay)
    }

    /// Sockets that are closed from now on are told that they may come again at once.
    func announceSuccessor() { instance.announceSuccessor() }

    /// Another generation has taken over what belongs to the database.
    func noteSuccessor(_ successor: RunningModule, subscribers: @escaping @Sendable () -> Set<String>) {
        successor.work?.setSubscribers(subscribers)
        if publishes && !successor.publishes { live.detach(enablement.module, tenant: enablement.tenant) }
        isSucceeded.store(true, ordering: .releasing)
        successor.showLive()
    }

    /// Brings the instance to rest and takes what it holds in memory; nil when there is nothing. Throws what failed.
    func exportState(within time: Duration) throws -> ModuleInstance.HandedState? {
        let deadline = Deadline.after(time).monotonicNanoseconds
        let instance = instance
        let exporting = BoundedCall.run(within: time + .seconds(1)) {
            (_: Result<ModuleInstance.HandedState?, any Error>) in
        } _: {
            Result { try instance.exportState(deadlineNanoseconds: deadline) }
        }
        guard let exporting else { throw Self.tookTooLong("Its `export_state`", enablement) }
        return try exporting.get()
    }

    /// Hands the instance what the generation before held. Throws what failed; false when it does not know the version.
    func importState(_ state: ModuleInstance.HandedState) throws -> Bool {
        let deadline = Deadline.after(Self.lifecycleTime).monotonicNanoseconds
        let instance = instance
        let importing = BoundedCall.run(within: Self.lifecycleTime) { (_: Result<Bool, any Error>) in
        } _: {
            Result { try instance.importState(state, deadlineNanoseconds: deadline) }
        }
        guard let importing else { throw Self.tookTooLong("Its `import_state`", enablement) }
        return try importing.get()
    }

    /// Whether it may publish events, and keeps an outbox for them.
    var publishes: Bool { database != nil && !definition.manifest.publishes.isEmpty }

    /// When the next event or job in its database is due, in milliseconds since 1970; 0 for at once, nil for none.
    func nextWorkMilliseconds() -> Int64? { work?.nextMilliseconds() }

    /// The same as it was found when the module ended.
    var leftWorkMilliseconds: Int64? { work?.leftMilliseconds }

    /// Takes the mark of the database away when nothing waits in it.
    func clearMarkIfIdle() { work?.clearMarkIfIdle() }

    /// Closes the module's file when it is not being used; the next use opens it again. True when it was open.
    func closeIfUnused() -> Bool {
        services.closeIfUnused()
        return port?.closeIfUnused() ?? false
    }

    /// Ends jobs, instance and database in this order. No call may arrive any more. Gives what did not end as it
    /// should; what hangs is left behind.
    func stop(until deadline: Deadline) -> String? {
        var fault: String?
        webhooks?.stop(until: deadline)
        if !isSucceeded.load(ordering: .acquiring) { live.detach(enablement.module, tenant: enablement.tenant) }
        if jobs?.stop(until: deadline) == false { fault = "its jobs did not end in time; they will be run again" }
        // Also a module whose jobs took all the time gets a moment to end in order.
        let time = max(deadline.remaining, .milliseconds(500))
        return Self.stopInstance(instance, work, services, within: time) ?? fault
    }

    private static func stopInstance(
        _ instance: ModuleInstance, _ work: DatabaseWork?, _ services: InstanceServices, within time: Duration
    ) -> String? {
        let deadline = Deadline.after(time).monotonicNanoseconds
        let stopping = BoundedCall.run(within: time + .milliseconds(500)) { (_: String?) in
        } _: {
            var fault: String?
            do { try instance.stop(deadlineNanoseconds: deadline) } catch { fault = "\(error)" }
            // Waits for calls that are still inside, since they may use it.
            work?.end()
            services.close()
            return fault
        }
        return stopping ?? "its calls or its `stop` did not end in time; they are left behind"
    }
}

extension Deadline {
    /// Time that is left; zero when there is none.
    var remaining: Duration { .nanoseconds(max(0, monotonicNanoseconds - Deadline.now.monotonicNanoseconds)) }
}
