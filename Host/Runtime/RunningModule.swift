import GantryCore
import GantryCryptography
import GantryEvents
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads

/// What every instance shares: the process' threads, timers, log and loaded libraries.
struct InstanceResources: Sendable {
    let folder: DataFolder
    let loader: ModuleLoader
    /// Database writers.
    let storePool: ThreadPool
    /// Deliveries of events and jobs, which may wait for database writes.
    let backgroundPool: ThreadPool
    let timers: TimerQueue
    let log: Log
}

/// One module of one tenant while it is enabled: its database, its instance, its jobs; or why it does not run.
final class RunningModule: Sendable {
    let enablement: HostDirectory.Enablement
    let definition: ModuleDefinition
    let database: Database?
    let instance: ModuleInstance
    private let jobs: JobRunner?

    private static let lifecycleTime = Duration.seconds(30)
    private static let jobTime = Duration.seconds(600)

    /// Opens, migrates, creates and starts; when a step fails, what came before it is undone. Throws what failed.
    init(
        _ enablement: HostDirectory.Enablement, definition: ModuleDefinition, resources: InstanceResources
    ) throws {
        self.enablement = enablement
        self.definition = definition
        let manifest = definition.manifest
        let module = try resources.loader.load(definition.bundle)
        let database = try Self.openDatabase(enablement, definition, resources)
        self.database = database
        do {
            let deadline = Deadline.after(Self.lifecycleTime).monotonicNanoseconds
            let instance = try ModuleInstance(
                module: module, tenant: enablement.tenant,
                ports: InstancePorts(
                    database: database.map(ModuleDatabase.init),
                    publishesEvents: manifest.capabilities.contains(.events),
                    queuesJobs: manifest.capabilities.contains(.jobs),
                    log: InstanceLog(log: resources.log, tenant: enablement.tenant, module: manifest.id)),
                configuration: enablement.configuration, deadlineNanoseconds: deadline)
            self.instance = instance
            do {
                try instance.start(deadlineNanoseconds: deadline)
                jobs = try Self.jobRunner(instance, database, manifest, resources)
            } catch {
                try? instance.stop(deadlineNanoseconds: deadline)
                throw error
            }
        } catch {
            database?.close()
            throw error
        }
    }

    private static func openDatabase(
        _ enablement: HostDirectory.Enablement, _ definition: ModuleDefinition, _ resources: InstanceResources
    ) throws -> Database? {
        guard definition.manifest.capabilities.contains(.database) else { return nil }
        _ = try resources.folder.instancePath(tenant: enablement.tenant, module: enablement.module)
        let path = resources.folder.databasePath(tenant: enablement.tenant, module: enablement.module)
        let database = Database(path: path, pool: resources.storePool)
        do {
            let applied = try MigrationInspection.migrator(database, definition).apply()
            for migration in applied {
                resources.log.write(
                    .info, "A migration was applied.",
                    scope: LogScope(tenant: enablement.tenant, module: enablement.module),
                    fields: [LogField("migration", migration.name), LogField("version", migration.version)])
            }
        } catch {
            database.close()
            throw error
        }
        return database
    }

    private static func jobRunner(
        _ instance: ModuleInstance, _ database: Database?, _ manifest: Manifest, _ resources: InstanceResources
    ) throws -> JobRunner? {
        guard manifest.capabilities.contains(.jobs), let database else { return nil }
        return try JobRunner(database: database, pool: resources.backgroundPool, timers: resources.timers) { run in
            let outcome = instance.run(
                job: run.name, id: run.id.description, attempt: run.attempt, payload: run.payload,
                deadlineNanoseconds: Deadline.after(jobTime).monotonicNanoseconds, trace: TraceContext(run.trace))
            return attempt(outcome, of: "The job `\(run.name)`", attempt: run.attempt, instance, resources.log)
        }
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
        try jobs?.start()
    }

    /// Ends jobs, instance and database in this order. No call may arrive any more.
    func stop(within time: Duration) -> String? {
        let deadline = Deadline.after(time)
        var fault: String?
        if jobs?.stop(until: deadline) == false { fault = "its jobs did not end in time; they will be run again" }
        do { try instance.stop(deadlineNanoseconds: deadline.monotonicNanoseconds) } catch { fault = "\(error)" }
        database?.close()
        return fault
    }
}
