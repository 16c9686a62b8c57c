import GantryCore
import GantryEvents
import GantryStore
import GantryTelemetry
import GantryThreads
import Synchronization

/// A failure of a module's database or its migrations, in the store's words.
struct DatabaseFailure: Error, CustomStringConvertible {
    let cause: any Error

    init(_ cause: any Error) {
        self.cause = cause
    }

    var description: String { "\(cause)" }
}

/// The database of a running module with what the host has to do for it: bring it to where the module's migrations want
/// it, mark it in `host.db` while events or jobs wait in it, and tell when they are due.
final class DatabaseWork: Sendable {
    let database: Database
    private let mark: PendingMark
    /// Who wants the events of the generation that works with it now.
    private let subscribers: Lock<@Sendable () -> Set<String>>
    /// Generations that work with it; the last one closes it.
    private let userCount = Atomic<Int>(1)
    /// Jobs of former generations that still run, for each that has not ended.
    private let formerJobs = Lock<[ObjectIdentifier: JobRunner]>([:])
    private let log: Log
    private let scope: LogScope
    /// What `end` found; `Int64.max` for nothing.
    private let left = Atomic<Int64>(.max)

    /// Opens the database and applies what is pending. Throws `DatabaseFailure`.
    init(
        _ enablement: HostDirectory.Enablement, _ definition: ModuleDefinition, _ resources: InstanceResources,
        subscribers: @escaping @Sendable () -> Set<String>
    ) throws {
        self.subscribers = Lock(subscribers)
        log = resources.log
        scope = LogScope(tenant: enablement.tenant, module: enablement.module)
        let place = HostDirectory.Place(tenant: enablement.tenant, module: enablement.module)
        let path = resources.folder.databasePath(tenant: place.tenant, module: place.module)
        do {
            let record = try resources.directory.databaseRecord(place)
            let mark = PendingMark(
                directory: resources.directory, place: place, numbers: resources.markNumbers, record: record)
            self.mark = mark
            database = Database(path: path, pool: resources.storePool) { _ throws(StoreError) in try mark.ensure() }
            if record != nil, !database.fileExists { throw Self.isGone(path, place) }
            let tolerated = try resources.directory.pin(place)?.toleratedVersion ?? 0
            do { try migrate(definition, tolerating: tolerated) } catch {
                database.close()
                throw error
            }
            // After the migrations, so that what it says has happened. What a newer build did stays noted.
            let isAhead = tolerated > (definition.migrations.last?.version ?? 0)
            if !isAhead, record?.schema != definition.schema {
                try resources.directory.saveSchema(definition.schema, place)
            }
        } catch {
            throw DatabaseFailure(error)
        }
    }

    /// Brings the database to where another generation wants it, while the present one works with it, and lets both
    /// work with it until each has ended. Throws `DatabaseFailure`, and then nothing has changed but migrations that
    /// ran before the one that failed.
    func share(
        with definition: ModuleDefinition, place: HostDirectory.Place, _ directory: HostDirectory
    ) throws {
        do {
            let tolerated = try directory.pin(place)?.toleratedVersion ?? 0
            try migrate(definition, tolerating: tolerated)
            if tolerated <= (definition.migrations.last?.version ?? 0) {
                try directory.saveSchema(definition.schema, place)
            }
            userCount.add(1, ordering: .acquiringAndReleasing)
        } catch {
            throw DatabaseFailure(error)
        }
    }

    /// Asks the generation that has taken over who wants its events.
    func setSubscribers(_ subscribers: @escaping @Sendable () -> Set<String>) {
        self.subscribers.withLock { $0 = subscribers }
    }

    /// A generation leaves jobs running when its successor begins.
    func noteFormer(_ runner: JobRunner) { formerJobs.withLock { $0[ObjectIdentifier(runner)] = runner } }

    /// A former generation has ended, with its jobs or without.
    func forgetFormer(_ runner: JobRunner) { formerJobs.withLock { $0[ObjectIdentifier(runner)] = nil } }

    /// The jobs that former generations are still running.
    var jobsOfFormer: Set<Int64> {
        formerJobs.withLock { $0.values.reduce(into: []) { $0.formUnion($1.underWay) } }
    }

    /// A file that was there before must not be replaced by an empty one: what was acknowledged is in it.
    private static func isGone(_ path: String, _ place: HostDirectory.Place) -> HostError {
        HostError(
            .store,
            "The database of `\(place.module)` for tenant `\(place.tenant)` is gone: \(path). Put it back; or, to "
                + "begin with an empty one, run `gantry module enable \(place.module) --tenant \(place.tenant)`.")
    }

    private func migrate(_ definition: ModuleDefinition, tolerating tolerated: Int) throws {
        for migration in try MigrationInspection.migrator(database, definition, tolerating: tolerated).apply() {
            log.write(
                .info, "A migration was applied.", scope: scope,
                fields: [LogField("migration", migration.name), LogField("version", migration.version)])
        }
    }

    /// Marks a database in which work waits without a mark: a file that was put there from elsewhere.
    func markWhatWaits() throws(StoreError) {
        guard !mark.stands, let due = try next() else { return }
        // With its time: most modules that have schedules have nothing else to do.
        try mark.note(dueMilliseconds: due)
    }

    /// When the next event or job is due, in milliseconds since 1970; 0 for at once and when that cannot be found out.
    func nextMilliseconds() -> Int64? {
        do { return try next() } catch { return 0 }
    }

    /// What `end` found.
    var leftMilliseconds: Int64? {
        let left = left.load(ordering: .acquiring)
        return left == .max ? nil : left
    }

    func clearMarkIfIdle() {
        guard mark.stands else { return }
        do {
            try mark.clearIfIdle { () throws(StoreError) in
                // Behind every commit that was prepared with the mark as it stood.
                try database.write(as: .host) { _ in }
                return try next()
            }
        } catch {
            // A mark for nothing costs the next start an opened file, and no more.
            log.write(.debug, "A mark in `host.db` stays for now: \(error)", scope: scope)
        }
    }

    /// One generation has ended. The last one leaves in `host.db` what is true from now on, and closes the file.
    func end() {
        if userCount.subtract(1, ordering: .acquiringAndReleasing).newValue > 0 { return }
        do {
            let due = try next()
            left.store(due ?? .max, ordering: .releasing)
            try mark.settle(dueMilliseconds: due)
        } catch {
            log.write(.debug, "A mark in `host.db` stays for now: \(error)", scope: scope)
        }
        database.close()
    }

    private func next() throws(StoreError) -> Int64? {
        try PendingWork.nextDueMilliseconds(in: database, for: subscribers.withLock { $0 }())
    }
}
