public import GantryCore

/// Takes the one answer to a call. The loader calls exactly one of these functions, exactly once, on whatever thread
/// the module answers from. Pointers are borrowed until the function returns.
public protocol ReplySink: AnyObject, Sendable {
    /// A whole response.
    func send(
        status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField], body: UnsafeRawBufferPointer)
    /// A failure that the host renders in the module's error shape.
    func fail(_ failure: ModuleFailure)
    /// A 422 with the module's own findings.
    func refuse(_ findings: [FieldFinding])
    /// The module returned a failure, or nothing, without answering: a 500.
    func abandon(status: ModuleStatus)
    /// Whether an answer would reach nobody any more: the request was answered, perhaps by the host because the module
    /// took too long, or the client has left. Any thread, at any time.
    var isOver: Bool { get }
    /// Where what the call uses is noted; nil where nobody asks.
    var usage: CallUsage? { get }
    /// What the caller's header `tracestate` said; empty for nothing.
    var traceState: String { get }
    /// The bodies of the request as streams; nil where there are none.
    var stream: (any StreamPort)? { get }
    /// The opening of a WebSocket that the request is; nil for every other.
    var socket: (any SocketPort)? { get }
    /// Scheme and host by which the caller has reached this host, as `https://api.example`; nil where nobody calls.
    var origin: String? { get }
    /// What the call's first commit carries besides the module's changes; nil for nothing.
    var mark: (any EffectMark)? { get }
}

extension ReplySink {
    /// Nobody asks.
    public var usage: CallUsage? { nil }
    /// Nothing.
    public var traceState: String { "" }
    /// No opening.
    public var socket: (any SocketPort)? { nil }
    /// Nobody calls.
    public var origin: String? { nil }
    /// Nothing.
    public var mark: (any EffectMark)? { nil }
}

/// One header of a module's response.
public struct ReplyField: Sendable {
    /// As the module wrote it.
    public var name: String
    /// As the module wrote it.
    public var value: String

    /// Creates a header.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A failure as a module states it.
public struct ModuleFailure: Sendable {
    /// HTTP status, 400 to 599.
    public var status: Int
    /// Machine-readable reason.
    public var reason: String
    /// One sentence for people.
    public var message: String
    /// Further facts as a JSON object; empty when there are none.
    public var details: [UInt8]

    /// Creates a failure.
    public init(status: Int, reason: String, message: String, details: [UInt8] = []) {
        self.status = status
        self.reason = reason
        self.message = message
        self.details = details
    }
}

/// A status of the interface.
public struct ModuleStatus: Sendable, Equatable, CustomStringConvertible {
    /// The number that crossed the interface.
    public var rawValue: Int32

    /// Wraps the number.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

extension ModuleStatus {
    /// Done.
    public static let ok = ModuleStatus(rawValue: 0)
    /// Completes later.
    public static let pending = ModuleStatus(rawValue: 1)
    /// Nothing is left.
    public static let end = ModuleStatus(rawValue: 2)
    /// An argument breaks the function's contract.
    public static let invalid = ModuleStatus(rawValue: -1)
    /// No such table or revision.
    public static let unsupported = ModuleStatus(rawValue: -2)
    /// Not granted to this module for this tenant.
    public static let denied = ModuleStatus(rawValue: -3)
    /// The handle is over.
    public static let stale = ModuleStatus(rawValue: -4)
    /// Completed before.
    public static let already = ModuleStatus(rawValue: -5)
    /// The caller left or the deadline passed.
    public static let cancelled = ModuleStatus(rawValue: -6)
    /// A constraint refused the change.
    public static let conflict = ModuleStatus(rawValue: -7)
    /// Out of room for now.
    public static let busy = ModuleStatus(rawValue: -8)
    /// Called on a forbidden thread.
    public static let thread = ModuleStatus(rawValue: -9)
    /// Larger than the host allows.
    public static let limit = ModuleStatus(rawValue: -10)
    /// Anything else.
    public static let failed = ModuleStatus(rawValue: -11)
    /// No room is left on the disk.
    public static let full = ModuleStatus(rawValue: -12)

    /// The worker that the module ran in has ended; never crosses to a module.
    public static let gone = ModuleStatus(rawValue: -100)
    /// The worker had no place for the call before its deadline; never crosses to a module.
    public static let crowded = ModuleStatus(rawValue: -101)

    /// The name of the interface, such as `GANTRY_E_STALE`.
    public var description: String {
        switch rawValue {
        case 0: "GANTRY_OK"
        case 1: "GANTRY_PENDING"
        case 2: "GANTRY_END"
        case -1: "GANTRY_E_INVALID"
        case -2: "GANTRY_E_UNSUPPORTED"
        case -3: "GANTRY_E_DENIED"
        case -4: "GANTRY_E_STALE"
        case -5: "GANTRY_E_ALREADY"
        case -6: "GANTRY_E_CANCELLED"
        case -7: "GANTRY_E_CONFLICT"
        case -8: "GANTRY_E_BUSY"
        case -9: "GANTRY_E_THREAD"
        case -10: "GANTRY_E_LIMIT"
        case -11: "GANTRY_E_FAILED"
        case -12: "GANTRY_E_FULL"
        case -100: "that its worker has ended"
        case -101: "that its worker has no place"
        default: "status \(rawValue)"
        }
    }
}
