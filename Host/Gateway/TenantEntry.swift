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

    /// Its id.
    public var id: String
    /// Anything but `active` is 403.
    public var status: Status
    /// Host names that it claims, lower case and without port.
    public var hosts: [String]
    /// The modules that it has enabled.
    public var modules: [EnabledModule]

    /// Creates an entry.
    public init(id: String, status: Status = .active, hosts: [String] = [], modules: [EnabledModule] = []) {
        self.id = id
        self.status = status
        self.hosts = hosts
        self.modules = modules
    }
}

/// A module of a tenant.
public struct EnabledModule: Sendable {
    /// What the module declares.
    public var manifest: Manifest
    /// Its compiled contract; the same object for all tenants, so that they can share a route tree.
    public var contract: Contract
    /// The started instance; nil when it failed to start, and its routes answer 503.
    public var instance: (any ModulePort)?
    /// Allowances that differ from the manifest's, by class.
    public var limits: [String: RateLimit]
    /// Prefix before all paths; empty or `/…`.
    public var mount: String

    /// Creates an entry.
    public init(
        manifest: Manifest, contract: Contract, instance: (any ModulePort)?, limits: [String: RateLimit] = [:],
        mount: String = ""
    ) {
        self.manifest = manifest
        self.contract = contract
        self.instance = instance
        self.limits = limits
        self.mount = mount
    }
}
