import CGantry

/// What a function of the interface answered. Negative values are failures.
public struct Status: RawRepresentable, Hashable, Sendable {
    /// The number as the interface defines it.
    public let rawValue: Int32

    /// A status of any number, known here or not.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Done.
    public static let ok = Status(GANTRY_OK)
    /// The work goes on and completes later.
    public static let pending = Status(GANTRY_PENDING)
    /// Nothing is left, or there was nothing; answered by a callback: enough.
    public static let end = Status(GANTRY_END)
    /// An argument breaks the function's contract.
    public static let invalid = Status(GANTRY_E_INVALID)
    /// The host has no such table or revision.
    public static let unsupported = Status(GANTRY_E_UNSUPPORTED)
    /// Known, but not granted to this module for this tenant.
    public static let denied = Status(GANTRY_E_DENIED)
    /// The call, transaction or instance is over.
    public static let stale = Status(GANTRY_E_STALE)
    /// The operation was completed before.
    public static let already = Status(GANTRY_E_ALREADY)
    /// The client left or the deadline passed.
    public static let cancelled = Status(GANTRY_E_CANCELLED)
    /// A constraint of the database refused the change.
    public static let conflict = Status(GANTRY_E_CONFLICT)
    /// Out of room for now; try again.
    public static let busy = Status(GANTRY_E_BUSY)
    /// Called on a thread that the function forbids.
    public static let thread = Status(GANTRY_E_THREAD)
    /// Larger than the host allows.
    public static let limit = Status(GANTRY_E_LIMIT)
    /// Anything else.
    public static let failed = Status(GANTRY_E_FAILED)
    /// The disk, or the instance's share of it, has no room left.
    public static let full = Status(GANTRY_E_FULL)

    /// Whether the status reports a failure.
    public var isFailure: Bool { rawValue < 0 }

    private init(_ value: gantry_status_v1) {
        rawValue = Int32(value.rawValue)
    }
}

extension Status: CustomStringConvertible {
    /// The status in a word, or its number where it is unknown here.
    public var description: String {
        switch self {
        case .ok: "ok"
        case .pending: "pending"
        case .end: "end"
        case .invalid: "invalid argument"
        case .unsupported: "unsupported"
        case .denied: "denied"
        case .stale: "stale"
        case .already: "already done"
        case .cancelled: "cancelled"
        case .conflict: "conflict"
        case .busy: "busy"
        case .thread: "wrong thread"
        case .limit: "limit exceeded"
        case .failed: "failed"
        case .full: "no room left"
        default: "status \(rawValue)"
        }
    }
}
