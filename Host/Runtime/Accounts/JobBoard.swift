import GantryCore
import GantryEvents
import GantryJSON
import GantryLoader
import GantryStore
import GantryThreads

/// Background jobs of all modules of a tenant, for its administrators: also of modules that are disabled, as long as
/// their data is there. Any thread that may wait.
final class JobBoard: Sendable {
    /// Deeper pages are empty: what comes before a page is read from every module.
    private static let deepest: Int64 = 100_000
    private static let patience = Duration.seconds(10)
    private static let dayMilliseconds: Int64 = 86_400_000
    private static let longestError = 2000

    private typealias Listed = (module: String, policy: [String: UInt32], entry: JobHistory.Entry)

    private let directory: HostDirectory
    private let folder: DataFolder
    private let pool: ThreadPool
    private let tenants: @Sendable (_ id: String) -> HostedTenant?

    /// - Parameter tenants: Finds a tenant that is served.
    init(
        directory: HostDirectory, folder: DataFolder, pool: ThreadPool,
        tenants: @escaping @Sendable (_ id: String) -> HostedTenant?
    ) {
        self.directory = directory
        self.folder = folder
        self.pool = pool
        self.tenants = tenants
    }

    /// A page of jobs, the newest first: a JSON object of `total` and `items`.
    func page(tenant: String, state: JobHistory.State?, skip: Int64, limit: Int64) throws -> String {
        let reach = min(skip, Self.deepest) + limit
        var total: Int64 = 0
        var listed: [Listed] = []
        for module in try modules(of: tenant) {
            let policy = policy(of: module, tenant: tenant)
            let (count, entries) = try withDatabase(of: module, tenant: tenant) { database throws(StoreError) in
                try JobHistory.newest(state, limit: Int(reach), in: database)
            }
            total += count
            listed += entries.map { (module, policy, $0) }
        }
        listed.sort { left, right in
            let (one, other) = (left.entry, right.entry)
            return (one.queuedMilliseconds, one.id.description) > (other.queuedMilliseconds, other.id.description)
        }
        let shown = skip > Self.deepest ? [] : listed.dropFirst(Int(skip)).prefix(Int(limit))
        var writer = JSONWriter(capacity: 256 + shown.count * 320)
        writer.beginObject()
        writer.key("total")
        writer.int(total)
        writer.key("items")
        writer.beginArray()
        for job in shown { Self.write(job, into: &writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// How many wait, and how many have ended well and badly in the last 24 hours: a JSON list of three numbers.
    func counts(tenant: String) throws -> String {
        let since = systemWallClock() - Self.dayMilliseconds
        var sum = JobHistory.Counts()
        for module in try modules(of: tenant) {
            let counts = try withDatabase(of: module, tenant: tenant) { database throws(StoreError) in
                try JobHistory.counts(since: since, in: database)
            }
            sum.queued += counts.queued
            sum.completed += counts.completed
            sum.failed += counts.failed
        }
        return "[\(sum.queued),\(sum.completed),\(sum.failed)]"
    }

    /// Queues a job again that was given up: a JSON object of `outcome` and `job`.
    func retry(_ text: String, tenant: String) throws -> String {
        guard let id = UniqueIdentifier(text) else { return Self.outcome("unknown", nil) }
        for module in try modules(of: tenant) {
            guard let slot = tenants(tenant)?.slot(module) else {
                let known = try withDatabase(of: module, tenant: tenant) { database throws(StoreError) in
                    try JobHistory.find(id, in: database)
                }
                if let known { return Self.outcome("module_disabled", (module, [:], known)) }
                continue
            }
            // The one that runs its jobs is the one that may change them.
            let answer = slot.withInstance(until: .after(Self.patience)) { _ in
                Result {
                    try withDatabase(of: module, tenant: tenant) { database throws(StoreError) in
                        try JobHistory.retry(id, in: database)
                    }
                }
            }
            guard let answer else { continue }
            if let (entry, isQueued) = try answer.get() {
                let policy = policy(of: module, tenant: tenant)
                return Self.outcome(isQueued ? "queued" : "not_failed", (module, policy, entry))
            }
        }
        return Self.outcome("unknown", nil)
    }

    private func modules(of tenant: String) throws -> [String] {
        try directory.enablements(tenant: tenant).map(\.module).sorted()
    }

    /// Attempts by the names of a module's jobs.
    private func policy(of module: String, tenant: String) -> [String: UInt32] {
        let manifest = tenants(tenant)?.profile.module(module)?.definition?.manifest
        return Dictionary(
            (manifest?.backgroundJobs ?? []).map { ($0.name, $0.retry.maximumAttempts) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The database of the running module, or its file; one that is not there is not made.
    private func withDatabase<Value>(
        of module: String, tenant: String, _ body: (Database) throws(StoreError) -> Value
    ) throws -> Value {
        if let running = tenants(tenant)?.usedSlot(module)?.database { return try body(running) }
        let database = Database(path: folder.databasePath(tenant: tenant, module: module), pool: pool)
        defer { database.close() }
        return try body(database)
    }

    private static func outcome(_ word: String, _ job: Listed?) -> String {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.key("outcome")
        writer.string(word)
        writer.key("job")
        if let job { write(job, into: &writer) } else { writer.null() }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ job: Listed, into writer: inout JSONWriter) {
        let entry = job.entry
        writer.beginObject()
        let error = entry.error.replacing("\n", with: " ").unicodeScalars.prefix(longestError)
        let texts: [(StaticString, String?)] = [
            ("id", entry.id.description), ("name", entry.name), ("module", job.module),
            ("status", entry.state.rawValue),
            ("error", entry.state == .failed ? String(String.UnicodeScalarView(error)) : nil),
        ]
        for (name, text) in texts {
            writer.key(name)
            writer.string(text)
        }
        let policy = job.policy[entry.name] ?? RetryPolicy().maximumAttempts
        writer.key("attempts")
        writer.int(Int64(entry.attempts))
        writer.key("max_attempts")
        writer.int(Int64(max(policy, entry.granted, entry.attempts, 1)))
        let times: [(StaticString, Int64?)] = [
            ("created_at", entry.queuedMilliseconds), ("started_at", entry.startedMilliseconds),
            ("finished_at", entry.endedMilliseconds),
        ]
        for (name, time) in times {
            writer.key(name)
            writer.int(time)
        }
        writer.endObject()
    }
}
