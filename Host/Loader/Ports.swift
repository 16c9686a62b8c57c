public import GantryCore

/// A value of the database as it crosses the interface; the layout is that of `gantry_value_v1`. Bytes are borrowed.
@frozen public struct PortValue {
    /// 0 null, 1 integer, 2 real, 3 text, 4 blob; only the member that it names has a meaning.
    public var type: Int32
    /// Always 0.
    public var reserved: Int32 = 0
    /// The integer.
    public var integer: Int64
    /// The real.
    public var real: Double
    /// First byte of text or blob; may be nil when `size` is 0.
    public var bytes: UnsafePointer<UInt8>?
    /// Number of bytes.
    public var size: UInt64

    /// Creates a value.
    public init(
        type: Int32, integer: Int64 = 0, real: Double = 0, bytes: UnsafePointer<UInt8>? = nil, size: UInt64 = 0
    ) {
        self.type = type
        self.integer = integer
        self.real = real
        self.bytes = bytes
        self.size = size
    }
}

/// What a port answers: a status of the interface, and the detail of a failure.
public struct PortOutcome: Sendable {
    /// A status of the interface.
    public var status: ModuleStatus
    /// Finer reason, such as the database engine's extended code; 0 when there is none.
    public var code: Int32
    /// One sentence; empty on success.
    public var message: String

    /// Creates an outcome.
    public init(_ status: ModuleStatus, code: Int32 = 0, message: String = "") {
        self.status = status
        self.code = code
        self.message = message
    }

    /// Success.
    public static let ok = PortOutcome(.ok)
}

/// The database of one instance.
public protocol DatabasePort: AnyObject, Sendable {
    /// Runs `body` in a transaction on a thread of its choosing while the caller waits. `body` may be run again. Its
    /// status other than ok undoes the changes and becomes the outcome.
    func transact(
        writes: Bool, deadlineNanoseconds: Int64, body: (any TransactionPort) -> ModuleStatus
    ) -> PortOutcome

    /// As `transact` without waiting: `completion` is called exactly once, on a thread of the port's choosing.
    func submit(
        writes: Bool, deadlineNanoseconds: Int64, body: @escaping @Sendable (any TransactionPort) -> ModuleStatus,
        completion: @escaping @Sendable (PortOutcome) -> Void
    )
}

/// A running transaction; used only by the thread and during the time of its body.
public protocol TransactionPort: AnyObject {
    /// Runs one statement of the module. `onRow` gets borrowed columns; a status other than ok ends the statement.
    func execute(
        sql: UnsafeRawBufferPointer, parameters: UnsafeBufferPointer<PortValue>,
        onRow: ((UnsafeBufferPointer<PortValue>) -> ModuleStatus)?, changes: inout UInt64
    ) -> PortOutcome

    /// Publishes an event with the transaction; gives its id. Type, key (both UTF-8) and data are borrowed.
    func publish(
        type: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer, trace: TraceContext,
        id: inout String
    ) -> PortOutcome

    /// Queues a job with the transaction. Name, key (both UTF-8) and payload are borrowed.
    func enqueue(
        name: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        notBeforeMilliseconds: Int64, trace: TraceContext
    ) -> PortOutcome

    /// Notes with the transaction that a request with an `Idempotency-Key` had its effect.
    func note(_ key: RequestKey) -> PortOutcome
}

/// Where a module's log lines go.
public protocol LogPort: AnyObject, Sendable {
    /// Takes one line.
    func write(
        level: Deployment.LogLevel, message: String, fields: [(name: String, value: String)], trace: TraceContext)
}

/// What the runtime gives an instance; a capability that is not granted is nil and answers DENIED at the table.
public struct InstancePorts: Sendable {
    /// The instance's own database.
    public var database: (any DatabasePort)?
    /// Whether it may publish events.
    public var publishesEvents: Bool
    /// Whether it may queue jobs.
    public var queuesJobs: Bool
    /// Where its log lines go.
    public var log: any LogPort
    /// Whose threads run what it submits.
    public var threads: InstanceThreads
    /// What else it may use.
    public var services = ServicePorts()
    /// What of all this the operator grants at first; `ModuleInstance.replaceRights` changes it.
    public var rights = InstanceRights.all
    /// Hears of what was denied.
    public var denials: (any DenialPort)?

    /// Creates the set of ports.
    public init(
        database: (any DatabasePort)?, publishesEvents: Bool, queuesJobs: Bool, log: any LogPort,
        threads: InstanceThreads
    ) {
        self.threads = threads
        self.database = database
        self.publishesEvents = publishesEvents
        self.queuesJobs = queuesJobs
        self.log = log
    }
}
