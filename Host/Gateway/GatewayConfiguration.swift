public import GantryCore
public import GantryCryptography
public import GantryIdentity

/// What the deployment decides about the way of a request.
public struct GatewayConfiguration: Sendable {
    /// The tenant whose routes serve those who name none.
    public var defaultTenant = "default"
    /// What the platform allows a tenant that has no rates of its own.
    public var rates = PlatformRates()
    /// Peers whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressRange] = []
    /// What browsers and caches are told.
    public var browsers = Deployment.Browsers()
    /// Whether callers are told in `Server-Timing` what their request cost.
    public var tellsCost = false
    /// Which requests get a line in the log.
    public var requestLog = Deployment.RequestLog.all
    /// Time that a module has for one request.
    public var deadline = Duration.seconds(30)
    /// Time for which a module may keep an event loop before its operation is put elsewhere.
    public var loopLimit = Duration.seconds(2)
    /// Calls of one module for one tenant that may be under way at once, unless its manifest says how many; further
    /// ones get 503.
    public var maximumConcurrentCalls = 1024
    /// Threads that one module may hold for one tenant. So one that hangs leaves threads to all others.
    public var maximumThreadsOfModule = 16
    /// Looks at what providers outside deliver.
    public var deliveries = DeliverySecrets()

    /// The routes for sister services, and the digest of the secret that they show; nil where none is set.
    public var internals: (secret: Digest256, routes: any InternalRoutes)?

    /// The defaults.
    public init() {}
}
