import CGantry

/// The services that a request, an event's or job's context and a module's context have in common.
public protocol HostServices: ~Copyable {
    /// The call that the services work for.
    var scope: CallScope { get }
}

extension HostServices where Self: ~Copyable {
    /// The instance's own database; needs the capability `database` and must not be used in `inline` routes.
    public var database: Database { Database(scope: scope) }

    /// The host's log. Time, trace, tenant and module are added to every line; never hand it secrets.
    public var log: Log { Log(scope: scope) }

    /// The host's clock.
    public var clock: Clock { Clock(scope: scope) }

    /// Random bytes and identifiers from the operating system.
    public var random: RandomSource { RandomSource(scope: scope) }

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

/// What the handler of an event or a job, `start` and `stop` work with. It cannot be kept beyond the call.
public struct CallContext: HostServices, ~Copyable {
    /// The call that the services work for.
    public let scope: CallScope

    init(scope: CallScope) {
        self.scope = scope
    }
}
