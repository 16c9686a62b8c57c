/// What a module declares: read from `module.yaml` without running any of its code.
public struct Manifest: Sendable {
    /// Lowercase words with hyphens; equals the name of the bundle's folder.
    public var id: String
    /// Dotted version of the build.
    public var version: String
    /// Lowest and highest revision of the interface that the library speaks.
    public var interface: ClosedRange<Int>
    /// File name of the library inside the bundle.
    public var library: String
    /// File name of the OpenAPI document inside the bundle.
    public var contract: String
    /// Whether calls of one instance may overlap.
    public var entry: Entry
    /// Calls of one tenant's instance that may be under way at once; nil for the host's own limit.
    public var maximumConcurrentCalls: Int?
    /// Rights that the module asks for.
    public var capabilities: Set<Capability>
    /// The operations it serves.
    public var routes: [Route]
    /// Folder of the migrations inside the bundle; nil when it has none.
    public var migrations: String?
    /// Types of events that it publishes.
    public var publishes: [String]
    /// What its tenant's live stream shows of the data of its events: names of top-level members by type. Of the
    /// other types the stream tells that they happened, and no more.
    public var live: [String: [String]]
    /// Events that it wants to receive.
    public var subscriptions: [Subscription]
    /// How long its events stay after everybody has got them, in milliseconds.
    public var retentionMilliseconds: Int64
    /// What its mails look like; nil when it sends none.
    public var mail: Mail?
    /// What webhooks can hear of them; nil for nothing.
    public var webhooks: Webhooks?
    /// Its background jobs.
    public var backgroundJobs: [BackgroundJob]
    /// When jobs of its are queued by themselves.
    public var schedules: [Schedule]
    /// Rate-limit classes by name, each with its default.
    public var limits: [String: LimitClass]
    /// Hosts that it sends requests to.
    public var outbound: [HostPattern]
    /// Secrets that the operator gives it.
    public var secrets: [Secret]
    /// Kinds of tokens that it issues.
    public var issues: [TokenKind]
    /// Services that it offers to the tenant's other modules.
    public var exports: [Export]
    /// Services of other modules that it calls.
    public var imports: [Import]
    /// JSON Schema of its configuration; nil when any object will do.
    public var configurationSchema: String?
    /// Settings that the process's environment gives where the tenant's configuration does not.
    public var environment: [String]
    /// How failures are rendered.
    public var errors: ErrorShape
    /// How requests are checked against the contract.
    public var validation: ValidationPolicy
    /// The platform's versions under which its routes are served; empty where they are served as declared.
    public var versions: [String]
    /// How `Idempotency-Key` is treated on the routes that take it.
    public var idempotency: Idempotency

    /// How calls of one instance follow each other.
    public enum Entry: String, Sendable, CaseIterable {
        case serial
        case concurrent
    }

    /// A right that a manifest asks for.
    public enum Capability: String, Sendable, CaseIterable {
        case database
        case events
        case jobs
        case blobs
        case cache
        case secrets
        case identity
        case directory
        case httpClient = "http_client"
        case webhooks
        case services
        case mail
        case accounts
    }

    /// On which threads an operation runs.
    public enum Execution: String, Sendable, CaseIterable {
        /// On the event loop; never blocks.
        case inline
        /// On a pool of threads that may wait.
        case blocking
        /// Begins like `inline`, or after those before it where the module is entered serially, and answers later.
        case async
    }

    /// One operation and how it is called.
    public struct Route: Sendable {
        /// Operation id of the contract.
        public var operation: String
        /// HTTP method, upper case.
        public var method: String
        /// Path template, like `/v1/sessions/{session_id}`.
        public var path: String
        /// Where it runs.
        public var execution: Execution
        /// The lowest role that may call it.
        public var role: Role
        /// False when only users may call it, not API keys.
        public var acceptsKeys: Bool
        /// Rate-limit class; nil when it is not counted.
        public var limit: String?
        /// Whether the module's own check is called before the handler.
        public var checks: Bool
        /// Largest body in bytes.
        public var maximumBodyBytes: Int
        /// Whether the handler reads the request's body as it arrives.
        public var streamsBody: Bool
        /// Kinds of the module's tokens that may call it.
        public var tokens: Set<String>
        /// Whether users who belong to no tenant may call it, as plain users of the default tenant.
        public var admitsTenantless: Bool
        /// Whether they may call it whatever role it asks of those who belong to one: by its own `tenantless`, since
        /// nobody without a tenant has a role above `user`.
        public var excusesTenantless = false
        /// What the last parameter of its path names, as the contract calls it; nil where failures do not tell.
        public var resource: String?
        /// The platform's group whose allowance of the caller the handler is told, untouched; nil for none.
        public var toldGroup: LimitGroup?
        /// How its connections are served, where requests open a WebSocket; nil for every other route.
        public var socket: SocketPolicy?
        /// Whether tokens by which somebody acts as another user reach the handler, whatever role it asks: then it is
        /// the handler that decides. Other routes for administrators refuse them.
        public var admitsActing = false
        /// The provider outside whose signed deliveries it takes; nil for every other route.
        public var delivery: Delivery?
        /// Whether it takes `Idempotency-Key`; nil for a route that does not.
        public var keyUse: KeyUse?
        /// What the host serves there in the module's place; nil for a route of the module's own.
        public var transfer: TransferRoute?
    }

    /// One event type that a module receives, and the handler for it.
    public struct Subscription: Sendable {
        /// Type of the event.
        public var event: String
        /// Name of the handler in the library's description.
        public var handler: String
        /// Id of the one module whose events are wanted; nil for all that publish the type.
        public var publisher: String?
        /// When a delivery that failed is tried again.
        public var retry: RetryPolicy
    }

    /// A class of requests that share one allowance.
    public struct LimitClass: Sendable {
        /// The allowance unless the deployment says otherwise.
        public var rate: RateLimit
        /// Who shares it.
        public var subject: Subject

        /// Who shares an allowance.
        public enum Subject: String, Sendable, CaseIterable {
            /// Each user or key, or each client address where there is no good credential.
            case credential
            /// All callers of the tenant together.
            case tenant
            /// All callers of the tenant together, for each value of the path's parameters.
            case path
        }
    }
}

/// How a module's failures look: one JSON template and a code for each status.
public struct ErrorShape: Sendable, Equatable {
    /// JSON text with the placeholders `$code`, `$message`, `$details`, `$reason`, `$status` and `$request_id`, each
    /// standing for a whole JSON value.
    public var body: String
    /// Code by HTTP status.
    public var codes: [Int: String]
    /// Role names as the module's contract calls them, by the host's names.
    public var roleNames: [String: String]

    /// The platform contract's shape.
    public static let platform = ErrorShape(
        body: #"{"error":{"code":$code,"message":$message,"details":$details}}"#,
        codes: [
            400: "BAD_REQUEST", 401: "AUTHENTICATION_ERROR", 403: "AUTHORIZATION_ERROR", 404: "NOT_FOUND",
            405: "METHOD_NOT_ALLOWED", 409: "CONFLICT", 413: "PAYLOAD_TOO_LARGE", 415: "BAD_REQUEST",
            422: "VALIDATION_ERROR", 429: "RATE_LIMIT_EXCEEDED", 500: "INTERNAL_ERROR",
            502: "EXTERNAL_SERVICE_ERROR", 503: "SERVICE_UNAVAILABLE",
        ],
        roleNames: [:])
}

/// What the contract check makes of a request, where a schema leaves room.
public struct ValidationPolicy: Sendable, Equatable {
    /// Field code by schema keyword (`required`, `additionalProperties`, `type`, `format`, `format:date-time`, …).
    public var codes: [String: String]
    /// Whether members that `additionalProperties: false` excludes are refused or ignored.
    public var refusesUnknownMembers: Bool
    /// Names of the members whose text is trimmed before it is checked; `*` for all.
    public var trimmedMembers: Set<String>
    /// Whether control characters other than tab and line feed are refused in every string.
    public var refusesControlCharacters: Bool
    /// Greatest nesting of a body.
    public var maximumDepth: Int

    /// The platform contract's policy.
    public static let platform = ValidationPolicy(
        codes: [:], refusesUnknownMembers: false, trimmedMembers: ["*"], refusesControlCharacters: false,
        maximumDepth: 64)
}
