/// One part of the deployment that a health route asks.
public struct HealthCheck: Sendable {
    /// Kind of implementation in use, such as `sqlite` or `in_process`.
    public var backend: String
    /// Nil when the part works; else a short reason without addresses and credentials. May block; runs on a thread of
    /// the health routes.
    public var probe: @Sendable () -> String?

    /// Creates a check.
    public init(backend: String, probe: @escaping @Sendable () -> String?) {
        self.backend = backend
        self.probe = probe
    }
}

/// Agreement between the migrations that are needed and those that are applied.
public struct SchemaReport: Sendable, Equatable {
    /// Newest migration that the host or a module in service needs.
    public var expected: String
    /// Newest migration applied wherever it is needed.
    public var current: String
    /// Modules with migrations left to apply; `platform` for the host.
    public var pending: [String]
    /// Why it could not be found out; nil otherwise.
    public var detail: String?

    /// Creates a report.
    public init(expected: String, current: String, pending: [String], detail: String? = nil) {
        self.expected = expected
        self.current = current
        self.pending = pending
        self.detail = detail
    }
}

/// What the health routes report on; supplied by the runtime.
public struct HealthChecks: Sendable {
    /// A trivial read of the database.
    public var database: HealthCheck
    /// A round trip through the broker, or the bus that stands in for it.
    public var redis: HealthCheck
    /// A write, read and removal of a probe object.
    public var storage: HealthCheck
    /// A round trip through the cache.
    public var cache: HealthCheck
    /// Looks at the migrations. May block.
    public var schemaVersion: @Sendable () -> SchemaReport

    /// Creates the set.
    public init(
        database: HealthCheck, redis: HealthCheck, storage: HealthCheck, cache: HealthCheck,
        schemaVersion: @escaping @Sendable () -> SchemaReport
    ) {
        self.database = database
        self.redis = redis
        self.storage = storage
        self.cache = cache
        self.schemaVersion = schemaVersion
    }
}
