/// The desired state of one running Gantry, as the operator writes it.
public struct Deployment: Sendable {
    /// `HOST:PORT` to listen on; the command line may override it. Port 0 takes a free one.
    public var listen = "127.0.0.1:8000"
    /// Further addresses to listen on.
    public var listeners: [Listener] = []
    /// How many connections may be open.
    public var connections = Connections()
    /// Folders that hold bundles; relative ones are seen from the deployment file.
    public var bundleFolders: [String] = ["bundles"]
    /// The tenant whose routes serve those who name none.
    public var defaultTenant = "default"
    /// Lowest level that is logged.
    public var logLevel = LogLevel.info
    /// Which requests get a line in the log.
    public var requestLog = RequestLog.all
    /// Event loop threads; 0 means one for each core.
    public var eventLoops = 0
    /// Time for requests under way when the host stops, in seconds.
    public var drainSeconds = 10
    /// Time before that in which everybody is served while the host says that it is not ready, in seconds.
    public var drainDelaySeconds = 0
    /// Allowances of the platform's groups, and whose word on a client's address is taken.
    public var limits = Limits()
    /// What is measured and told of requests.
    public var telemetry = Telemetry()
    /// What browsers and caches are told.
    public var browsers = Browsers()
    /// Whose tokens are accepted.
    public var authentication = Authentication()
    /// When instances are started and stopped.
    public var instances = Instances()
    /// Addresses that modules may reach although they are not of the public Internet.
    public var outboundAddresses: [AddressRange] = []
    /// File with the certificates that modules' requests trust; nil for the system's.
    public var outboundCertificates: String?
    /// How events are delivered to webhooks.
    public var webhooks = Webhooks()
    /// Where blobs lie.
    public var blobs = Blobs()
    /// How mail leaves the host.
    public var mail = Mail()
    /// File of the key that secrets are kept under; nil for `secret.key` in the data folder.
    public var secretKeyFile: String?
    /// What modules are granted, by module; one that is not here is granted what it asks for when it is first enabled.
    public var grants: [String: Set<Manifest.Capability>] = [:]
    /// What modules are denied for all tenants, by module.
    public var denials: [String: Rights] = [:]
    /// Where modules run, by module; those that are not here run as `standardTier` says.
    public var isolations: [String: Isolation] = [:]
    /// Where modules run of which the file says nothing; the file cannot say it.
    public var standardTier = Isolation.Tier.inProcess
    /// Whose signatures on bundles are asked for.
    public var trust = Trust()
    /// The tenants that must exist.
    public var tenants: [Tenant] = []
    /// Modules of the tenants that users make for themselves; nil for those that the default tenant has then.
    public var provisioned: [Module]?

    /// When instances of modules are started before something wants them, and stopped when nothing does.
    public struct Instances: Sendable {
        /// Up to so many are all started before the host is ready; of more only one for each module.
        public var warmCount = 100
        /// How many builds of one module may be in one process.
        public var generations = 32
        /// Seconds after which one that nobody has wanted is stopped; 0 for never.
        public var idleSeconds = 600

        /// The defaults.
        public init() {}
    }

    /// Severity of a log line.
    public enum LogLevel: String, Sendable, CaseIterable {
        case debug
        case info
        case warning
        case error
    }

    /// Which requests are logged.
    public enum RequestLog: String, Sendable, CaseIterable {
        case all
        /// Those answered with 500 or more.
        case failures
        case none
    }

    /// One tenant of the file.
    public struct Tenant: Sendable {
        /// Its id.
        public var id: String
        /// Its name for people.
        public var name: String
        /// Host names that it claims.
        public var hosts: [String] = []
        /// Settings of its own, by name; `Deployment.tenantSettings` names those that there are.
        public var settings: [String: String] = [:]
        /// Whose tokens are accepted for it, as far as that differs from the deployment.
        public var authentication = Authentication()
        /// The modules it has enabled, by id.
        public var modules: [Module] = []

        /// Creates a tenant.
        public init(id: String, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// One module of one tenant.
    public struct Module: Sendable {
        /// The module's id.
        public var id: String
        /// Its configuration as a JSON object.
        public var configuration = "{}"
        /// Allowances that differ from the manifest's defaults, by class.
        public var limits: [String: RateLimit] = [:]
        /// Prefix before all its paths; empty or `/…`.
        public var mount = ""
        /// The version that the tenant begins with; nil for the newest. Commands move it to others.
        public var version: String?
        /// Hosts that the module may reach, besides having to be on its manifest's list; nil for all of those.
        public var outbound: [HostPattern]?
        /// What the module is granted or denied for this tenant alone.
        public var rights = Rights()

        /// Creates a module.
        public init(id: String) {
            self.id = id
        }
    }

    /// An empty deployment: all defaults, no tenant.
    public init() {}
}

extension Deployment {
    /// Reads a deployment file; throws `ConfigurationError` naming file, line and field.
    public init(yaml: String, file: String) throws {
        let root = try YAMLReader(text: yaml, file: file, allowsAliases: true)
        try root.allow([
            "listen", "bundles", "default-tenant", "log", "event-loops", "drain", "drain-delay", "limits", "outbound",
            "secrets", "modules", "instances", "tenants", "auth", "environment", "browsers", "versions", "answers",
            "telemetry", "listeners", "connections", "provisioning", "webhooks", "mail", "trust", "blobs",
        ])
        listen = try root.optional("listen")?.string() ?? listen
        listeners = try root.optional("listeners")?.list().map(Listener.init) ?? listeners
        try checkListeners(root)
        connections = try root.optional("connections").map(Connections.init) ?? connections
        bundleFolders = try root.optional("bundles")?.list().map { try $0.string() } ?? bundleFolders
        defaultTenant = try root.optional("default-tenant").map(Self.tenantID) ?? defaultTenant
        if let log = root.optional("log") {
            try log.allow(["level", "requests"])
            logLevel = try log.optional("level")?.choice(LogLevel.self) ?? logLevel
            requestLog = try log.optional("requests")?.choice(RequestLog.self) ?? requestLog
        }
        eventLoops = try root.optional("event-loops")?.integer(0...1024) ?? eventLoops
        drainSeconds = try root.optional("drain")?.integer(0...86400) ?? drainSeconds
        drainDelaySeconds = try root.optional("drain-delay")?.integer(0...86400) ?? drainDelaySeconds
        limits = try root.optional("limits").map(Limits.init) ?? limits
        telemetry = try root.optional("telemetry").map(Telemetry.init) ?? telemetry
        browsers = try Browsers(root)
        authentication = try root.optional("auth").map(Authentication.init) ?? authentication
        if let instances = root.optional("instances") {
            try instances.allow(["warm", "idle", "generations"])
            self.instances.warmCount =
                try instances.optional("warm")?.integer(0...1_000_000) ?? self.instances.warmCount
            self.instances.generations =
                try instances.optional("generations")?.integer(2...10_000) ?? self.instances.generations
            self.instances.idleSeconds =
                try instances.optional("idle")?.integer(0...31_536_000) ?? self.instances.idleSeconds
        }
        if let outbound = root.optional("outbound") {
            try outbound.allow(["allow", "certificates"])
            outboundAddresses = try outbound.optional("allow")?.list().map(AddressRange.init) ?? []
            outboundCertificates = try outbound.optional("certificates")?.string()
        }
        webhooks = try root.optional("webhooks").map(Webhooks.init) ?? webhooks
        mail = try root.optional("mail").map(Mail.init) ?? mail
        blobs = try root.optional("blobs").map(Blobs.init) ?? blobs
        trust = try root.optional("trust").map(Trust.init) ?? trust
        if let secrets = root.optional("secrets") {
            try secrets.allow(["key"])
            secretKeyFile = try secrets.optional("key")?.string()
        }
        try readModules(root)
        tenants = try root.optional("tenants")?.list().map(Tenant.init) ?? []
        if let provisioning = root.optional("provisioning") {
            try provisioning.allow(["modules"])
            provisioned = try provisioning.required("modules").mapping().map { try Module(id: $0.key, $0.value) }
        }
        var seen: Set<String> = []
        for tenant in tenants where !seen.insert(tenant.id).inserted {
            throw root.error("The tenant `\(tenant.id)` is declared twice.")
        }
    }

    /// What is said of modules for all tenants.
    private mutating func readModules(_ root: YAMLReader) throws {
        for (id, module) in try root.optional("modules")?.mapping() ?? [] {
            try module.allow(["allow", "deny", "isolation", "worker"])
            guard Identifiers.isModule(try id.string()) else { throw id.error("This is not a module's id.") }
            if let allowed = module.optional("allow") {
                grants[try id.string()] = Set(try allowed.list().map { try $0.choice(Manifest.Capability.self) })
            }
            let rights = try Rights(module, mayAllow: false)
            if !rights.isEmpty { denials[try id.string()] = rights }
            if module.optional("isolation") != nil || module.optional("worker") != nil {
                isolations[try id.string()] = try Isolation(module, tier: .inProcess)
            }
        }
    }

    static func tenantID(_ place: YAMLReader) throws -> String {
        let id = try place.string()
        guard Identifiers.isTenant(id) else {
            throw place.error("A tenant's id is 1 to 64 letters, digits, underscores and hyphens.")
        }
        return id
    }
}

extension Deployment.Tenant {
    init(_ place: YAMLReader) throws {
        try place.allow(["id", "name", "hosts", "settings", "auth", "modules"])
        id = try Deployment.tenantID(place.required("id"))
        name = try place.optional("name")?.string() ?? id
        hosts = try place.optional("hosts")?.list().map { try $0.string().lowercased() } ?? []
        settings = try Self.settings(place.optional("settings"))
        authentication =
            try place.optional("auth").map(Deployment.Authentication.init) ?? authentication
        modules = try place.optional("modules")?.mapping().map { try Deployment.Module(id: $0.key, $0.value) } ?? []
    }
}

extension Deployment.Module {
    init(id: YAMLReader, _ place: YAMLReader) throws {
        self.id = try id.string()
        guard Identifiers.isModule(self.id) else { throw id.error("This is not a module's id.") }
        if place.isNull { return }
        try place.allow(["configuration", "limits", "mount", "outbound", "allow", "deny", "version"])
        if let configuration = place.optional("configuration") {
            guard configuration.isMapping else { throw configuration.error("A mapping is needed here.") }
            self.configuration = try configuration.json()
        }
        for (name, value) in try place.optional("limits")?.mapping() ?? [] {
            limits[try name.string()] = try Manifest.rate(value)
        }
        mount = try place.optional("mount")?.string() ?? mount
        version = try place.optional("version")?.string()
        outbound = try place.optional("outbound")?.list().map(HostPattern.init)
        rights = try Deployment.Rights(place, mayAllow: true)
        guard mount.isEmpty || (mount.hasPrefix("/") && !mount.hasSuffix("/")) else {
            throw place.error("`mount` begins with `/` and does not end with one.")
        }
    }
}

extension AddressRange {
    init(_ place: YAMLReader) throws {
        guard let range = AddressRange(try place.string()) else {
            throw place.error("Addresses are written `10.1.2.3`, `10.1.0.0/16` or `fd00::/8`.")
        }
        self = range
    }
}
