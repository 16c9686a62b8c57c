import CGantry

/// The services that never wait: requests, the contexts of events and jobs, a module's context, spans and everything
/// asynchronous have them.
public protocol HostServices: ~Copyable {
    /// The call that the services work for.
    var scope: CallScope { get }
}

extension HostServices where Self: ~Copyable {
    /// The host's log. Time, trace, tenant and module are added to every line; never hand it secrets.
    public var log: Log { Log(scope: scope) }

    /// The host's clock.
    public var clock: Clock { Clock(scope: scope) }

    /// Random bytes and identifiers from the operating system.
    public var random: RandomSource { RandomSource(scope: scope) }

    /// Numbers of the module's own among the operator's.
    public var metrics: Metrics { Metrics(scope: scope) }

    /// Values that may vanish at any time; needs the capability `cache`.
    public var cache: Cache { Cache(scope: scope) }

    /// What the operator keeps secret for this instance; needs the capability `secrets`.
    public var secrets: Secrets { Secrets(scope: scope) }

    /// What the operator configured for this instance.
    public var configuration: Configuration { Configuration(scope: scope) }

    /// Functions that other modules export and the manifest imports; needs the capability `services`.
    public var services: Services { Services(scope: scope) }

    /// The tenant that the call belongs to.
    public var tenant: String { scope.call.pointee.tenant.string }

    /// Nanoseconds of the monotonic clock at which the caller stops waiting; nil when there is no limit.
    public var deadlineNanoseconds: Int64? {
        let deadline = scope.call.pointee.deadline_nanoseconds
        return deadline == 0 ? nil : deadline
    }

    /// Whether the work has become pointless: the client left, the deadline passed or the instance is closing.
    public var isCancelled: Bool {
        var cancelled: UInt8 = 0
        // Tables are checked to be complete when they are found.
        let status = scope.tables.pointee.call.pointee.is_cancelled.unsafelyUnwrapped(scope.call, &cancelled)
        return status < 0 || cancelled != 0
    }
}

/// The services of what runs on a thread that may wait: `blocking` routes, events, jobs and the steps of a module's
/// life.
///
/// In an `inline` route and in a `check` the host answers them with the status `.thread`.
public protocol BlockingServices: HostServices, ~Copyable {}

extension BlockingServices where Self: ~Copyable {
    /// The instance's own database; needs the capability `database`.
    public var database: Database { Database(scope: scope) }

    /// HTTP requests to the outside; needs the capability `http_client` and the hosts under `outbound`.
    public var http: HTTPClient { HTTPClient(scope: scope) }

    /// The instance's own files; needs the capability `blobs`.
    public var blobs: Blobs { Blobs(scope: scope) }

    /// Addresses at which clients send and fetch blobs without the module; needs the capability `blobs`.
    public var transfers: Transfers { Transfers(scope: scope) }

    /// Addresses outside that hear of the instance's events; needs the capability `webhooks`.
    public var webhooks: Webhooks { Webhooks(scope: scope) }

    /// Who calls, and tokens that the module issues; issuing needs the capability `identity`.
    public var identity: IdentityService { IdentityService(scope: scope) }

    /// The API keys, the organization and the people of the tenant; needs the capability `directory`.
    public var directory: Directory { Directory(scope: scope) }

    /// Spans within the trace of the call.
    public var trace: Trace { Trace(scope: scope) }
}

/// What the handler of an event or a job, `start` and `stop` work with. It cannot be kept beyond the call.
public struct CallContext: BlockingServices, ~Copyable {
    /// The call that the services work for.
    public let scope: CallScope

    init(scope: CallScope) {
        self.scope = scope
    }
}
