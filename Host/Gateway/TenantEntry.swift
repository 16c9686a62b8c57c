public import GantryContract
public import GantryCore

/// A tenant as the runtime hands it to the gateway.
public struct TenantEntry: Sendable {
    /// Whether requests are served.
    public enum Status: String, Sendable, CaseIterable {
        case active
        case inactive
        case suspended
        case archived
    }

    /// What a tenant has enabled, and where the instances come from.
    enum Content: Sendable {
        case fixed([EnabledModule])
        case lazy(ModuleSet, any TenantSource)
    }

    /// Its id.
    public var id: String
    /// Anything but `active` is 403.
    public var status: Status
    /// Host names that it claims, lower case and without port.
    public var hosts: [String]
    /// Settings of its own by name, such as `RATE_LIMIT_AI`; others than the gateway's are left alone.
    public var settings: [String: String] = [:]
    let content: Content

    /// A tenant whose instances run already.
    public init(id: String, status: Status = .active, hosts: [String] = [], modules: [EnabledModule] = []) {
        self.id = id
        self.status = status
        self.hosts = hosts
        content = .fixed(modules)
    }

    /// A tenant that shares its set of modules with others, and whose instances are started when they are needed.
    public init(
        id: String, status: Status = .active, hosts: [String] = [], modules: ModuleSet, source: any TenantSource
    ) {
        self.id = id
        self.status = status
        self.hosts = hosts
        content = .lazy(modules, source)
    }
}

/// A module of a tenant.
public struct EnabledModule: Sendable {
    /// What the module declares.
    public var manifest: Manifest
    /// Its compiled contract; the same object for all tenants, so that they can share a route tree.
    public var contract: Contract
    /// The started instance; nil when it failed to start, and its routes answer 503. Not looked at in a `ModuleSet`.
    public var instance: (any ModulePort)?
    /// Allowances that differ from the manifest's, by class.
    public var limits: [String: RateLimit]
    /// Prefix before all paths; empty or `/…`.
    public var mount: String
    /// Whether it runs in another process: its routes then run on threads of their own, which may wait for it.
    public var isIsolated = false

    /// Creates an entry.
    public init(
        manifest: Manifest, contract: Contract, instance: (any ModulePort)? = nil, limits: [String: RateLimit] = [:],
        mount: String = ""
    ) {
        self.manifest = manifest
        self.contract = contract
        self.instance = instance
        self.limits = limits
        self.mount = mount
    }
}
