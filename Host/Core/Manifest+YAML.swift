extension Manifest {
    /// Largest body that the platform takes unless a manifest says otherwise: 1 MiB.
    public static let defaultMaximumBodyBytes = 1 << 20
    /// What a manifest may ask for: up to 1 GiB.
    private static let bodyBytes = 0...1 << 30

    /// Reads `module.yaml`; throws `ConfigurationError` naming file, line and field.
    public init(yaml: String, file: String) throws {
        let root = try YAMLReader(text: yaml, file: file)
        try root.allow([
            "id", "version", "interface", "library", "contract", "entry", "concurrency", "capabilities", "routes",
            "migrations",
            "events", "jobs", "schedules", "outbound", "secrets", "issues", "limits", "errors", "validation", "body",
            "configuration", "tenantless", "webhooks", "mail", "services", "versions", "idempotency", "environment",
        ])
        let id = try root.required("id")
        self.id = try id.string()
        guard Identifiers.isModule(self.id) else {
            throw id.error("A module's id is made of lowercase letters, digits and single hyphens.")
        }
        version = try root.required("version").string()
        interface = try Self.interface(root.required("interface"))
        library = try Self.fileName(root.required("library"))
        contract = try Self.fileName(root.required("contract"))
        entry = try root.optional("entry")?.choice(Entry.self) ?? .serial
        maximumConcurrentCalls = try root.optional("concurrency")?.integer(1...100_000)
        capabilities = try Set(root.optional("capabilities")?.list().map { try $0.choice(Capability.self) } ?? [])
        migrations = try root.optional("migrations").map(Self.fileName)
        limits = try Self.limits(root.optional("limits"))
        let maximumBodyBytes = try root.optional("body")?.integer(Self.bodyBytes) ?? Self.defaultMaximumBodyBytes
        let admitsTenantless = try root.optional("tenantless")?.boolean() ?? false
        routes = try root.required("routes").list().map {
            try Self.route($0, maximumBodyBytes: maximumBodyBytes, admitsTenantless: admitsTenantless)
        }
        let events = root.optional("events")
        try events?.allow(["publishes", "live", "subscribes", "retention"])
        publishes = try events?.optional("publishes")?.list().map { try $0.string() } ?? []
        live = try Self.live(events?.optional("live"), publishes)
        subscriptions = try events?.optional("subscribes")?.list().map(Self.subscription) ?? []
        retentionMilliseconds = try Self.retention(events?.optional("retention"))
        webhooks = try root.optional("webhooks").map(Webhooks.init)
        mail = try root.optional("mail").map(Mail.init)
        backgroundJobs = try root.optional("jobs")?.list().map(Self.job) ?? []
        schedules = try root.optional("schedules")?.list().map(Self.schedule) ?? []
        outbound = try root.optional("outbound")?.list().map(HostPattern.init) ?? []
        secrets = try root.optional("secrets")?.list().map(Secret.init) ?? []
        issues = try root.optional("issues")?.list().map(TokenKind.init) ?? []
        let services = root.optional("services")
        try services?.allow(["exports", "imports"])
        exports = try services?.optional("exports")?.list().map(Self.export) ?? []
        imports = try services?.optional("imports")?.list().map(Self.import) ?? []
        if let configuration = root.optional("configuration") {
            guard configuration.isMapping else { throw configuration.error("A JSON Schema is needed here.") }
            configurationSchema = try configuration.json()
        }
        environment = try Self.environment(root.optional("environment"), module: self.id)
        errors = try root.optional("errors").map(ErrorShape.init) ?? .platform
        validation = try root.optional("validation").map(ValidationPolicy.init) ?? .platform
        versions = try Self.versions(root.optional("versions"))
        idempotency = try root.optional("idempotency").map(Idempotency.init) ?? Idempotency()
        try crossCheck(root)
    }

    private static func interface(_ place: YAMLReader) throws -> ClosedRange<Int> {
        try place.allow(["minimum", "maximum"])
        let minimum = try place.required("minimum").integer(1...9999)
        let maximum = try place.required("maximum").integer(1...9999)
        guard minimum <= maximum else { throw place.error("`minimum` must not be greater than `maximum`.") }
        return minimum...maximum
    }

    private static func fileName(_ place: YAMLReader) throws -> String {
        let name = try place.string()
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw place.error("A name inside the bundle is needed, without a path.")
        }
        return name
    }

    private static func limits(_ place: YAMLReader?) throws -> [String: LimitClass] {
        var limits: [String: LimitClass] = [:]
        for (name, value) in try place?.mapping() ?? [] {
            if value.isScalar {
                limits[try name.string()] = LimitClass(rate: try rate(value), subject: .credential)
            } else {
                try value.allow(["rate", "by"])
                limits[try name.string()] = LimitClass(
                    rate: try rate(value.required("rate")),
                    subject: try value.optional("by")?.choice(LimitClass.Subject.self) ?? .credential)
            }
        }
        return limits
    }

    static func rate(_ place: YAMLReader) throws -> RateLimit {
        guard let rate = RateLimit(try place.string()) else {
            throw place.error("A limit is written <count>/<second|minute|hour|day>.")
        }
        return rate
    }

    private static func route(_ place: YAMLReader, maximumBodyBytes: Int, admitsTenantless: Bool) throws -> Route {
        try place.allow([
            "operation", "method", "path", "execution", "role", "keys", "limit", "check", "body", "stream", "tokens",
            "websocket", "tenantless", "idempotency", "allowance", "resource", "acting", "delivery", "transfer",
        ])
        let method = try place.required("method")
        guard ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(try method.string()) else {
            throw method.error("The method must be GET, POST, PUT, PATCH or DELETE.")
        }
        let path = try place.required("path")
        guard try path.string().hasPrefix("/") else { throw path.error("A path begins with `/`.") }
        let role = try place.required("role").choice(Role.self)
        let ownTenantless = try place.optional("tenantless")?.boolean()
        let transfer = try place.optional("transfer").map(TransferRoute.init)
        return Route(
            operation: try place.required("operation").string(), method: try method.string(), path: try path.string(),
            execution: try place.required("execution").choice(Execution.self),
            role: role,
            acceptsKeys: try place.optional("keys")?.boolean() ?? true,
            limit: try place.optional("limit")?.string(),
            checks: try place.optional("check")?.boolean() ?? false,
            // How much one upload may bring says its announcement.
            maximumBodyBytes: try transfer.map { $0.direction == .upload ? .max >> 1 : 0 }
                ?? place.optional("body")?.integer(bodyBytes) ?? maximumBodyBytes,
            streamsBody: try place.optional("stream")?.boolean() ?? (transfer?.direction == .upload),
            tokens: try Set(place.optional("tokens")?.list().map(name) ?? []),
            admitsTenantless: ownTenantless ?? admitsTenantless, excusesTenantless: ownTenantless ?? false,
            resource: try place.optional("resource")?.string(),
            toldGroup: try place.optional("allowance")?.choice(LimitGroup.self),
            socket: try place.optional("websocket").map(SocketPolicy.init),
            admitsActing: try place.optional("acting")?.boolean() ?? false,
            delivery: try place.optional("delivery")?.choice(Delivery.self),
            keyUse: try place.optional("idempotency")?.choice(KeyUse.self), transfer: transfer)
    }

    /// What no single field can show: names that refer to each other.
    private func crossCheck(_ root: YAMLReader) throws {
        var seen: Set<String> = []
        var seenPaths: Set<String> = []
        for (route, place) in zip(routes, try root.required("routes").list()) {
            guard seen.insert(route.operation).inserted else {
                throw place.error("The operation `\(route.operation)` is declared twice.")
            }
            guard seenPaths.insert("\(route.method) \(route.path)").inserted else {
                throw place.error("`\(route.method) \(route.path)` is declared twice.")
            }
            if let limit = route.limit, limits[limit] == nil {
                throw place.error("The limit class `\(limit)` is not declared under `limits`.")
            }
            if route.streamsBody && route.checks {
                throw place.error("`check` needs the whole body, which a route with `stream: true` does not have.")
            }
            if route.socket != nil && (route.method != "GET" || route.streamsBody || route.checks) {
                throw place.error("A route with `websocket` has the method GET, and neither `stream` nor `check`.")
            }
            if route.execution == .inline && entry == .serial {
                throw place.error("An inline route needs `entry: concurrent`: event loops do not wait for each other.")
            }
        }
        if let repeated = Dictionary(grouping: subscriptions, by: \.event).first(where: { $0.value.count > 1 }) {
            throw root.error("The event `\(repeated.key)` has two handlers under `events.subscribes`; one is possible.")
        }
        if migrations != nil && !capabilities.contains(.database) {
            throw root.error("`migrations` needs the capability `database`.")
        }
        if !publishes.isEmpty && !capabilities.isSuperset(of: [.events, .database]) {
            throw root.error("`events.publishes` needs the capabilities `events` and `database`.")
        }
        if !jobs.isEmpty && !capabilities.isSuperset(of: [.jobs, .database]) {
            throw root.error("`jobs` needs the capabilities `jobs` and `database`.")
        }
        try crossCheckBackground(root)
        try checkServices(root)
        try checkWebhooks(root)
        try checkMail(root)
        try checkExchange(root)
        try checkPlatform(root)
        try checkTransfers(root)
    }
}

extension ErrorShape {
    init(_ place: YAMLReader) throws {
        try place.allow(["body", "codes", "roles"])
        self = .platform
        if let body = place.optional("body") { self.body = try body.string() }
        for (name, value) in try place.optional("codes")?.mapping() ?? [] {
            codes[try name.integer(400...599)] = try value.string()
        }
        for (name, value) in try place.optional("roles")?.mapping() ?? [] {
            roleNames[try name.choice(Role.self).rawValue] = try value.string()
        }
    }
}

extension ValidationPolicy {
    init(_ place: YAMLReader) throws {
        try place.allow(["codes", "unknown-members", "trim", "control-characters", "depth"])
        self = .platform
        for (name, value) in try place.optional("codes")?.mapping() ?? [] {
            codes[try name.string()] = try value.string()
        }
        if let unknown = place.optional("unknown-members") {
            refusesUnknownMembers = try unknown.choice(Treatment.self) == .refuse
        }
        if let trim = place.optional("trim") {
            trimmedMembers = Set(try trim.list().map { try $0.string() })
        }
        if let control = place.optional("control-characters") {
            refusesControlCharacters = try control.choice(Treatment.self) == .refuse
        }
        maximumDepth = try place.optional("depth")?.integer(1...1000) ?? maximumDepth
    }

    private enum Treatment: String, CaseIterable {
        case refuse
        case ignore
    }
}
