import CGantry
public import GantryJSON
public import GantryKit

/// What a host for tests knows and has been told.
struct HostState {
    var lastNumber: UInt64 = 0
    var calls: [UInt64: TestCall] = [:]
    /// The transaction that is under way: its number, its thread, and what it will publish and queue.
    var transaction: OpenTransaction?
    var published: [TestEvent] = []
    var jobs: [TestJob] = []
    var mails: [TestMail] = []
    var logs: [TestLogLine] = []
    var metrics: [TestMetric] = []
    var spans: [TestSpan] = []
    var blobs: [String: StoredBlob] = [:]
    var transfers: [String: StoredTransfer] = [:]
    var transferFailure: TransferFailure?
    var cache: [String: CachedValue] = [:]
    var secrets: [String: String] = [:]
    var tokens: [String: IssuedToken] = [:]
    var directory = DirectoryState()
    var webhooks: [StoredWebhook] = []
    var outbound: [OutboundRequest] = []
    var outboundAnswer: (@Sendable (OutboundRequest) throws -> OutboundResponse)?
    var exchanges: [UInt64: Exchange] = [:]
    var sockets: [UInt64: OpenSocket] = [:]
    /// Tables and functions that the module asked for or called, in order.
    var functions: [String] = []
    var denied: Set<String> = []
    var faults: [HostFault] = []
    /// Other modules' services by their declarations.
    var services: [String: @Sendable ([ServiceDatum]) throws -> ServiceDatum?] = [:]
    var transactionRuns = 1
    var commitStatuses: [Status] = []
    var credit = Int.max
    var isQuiescing = false
    var isStopped = false
    var randomSeed: UInt64 = 0
    /// Numbers of calls whose clients left: what the module still does with them is no fault of its own.
    var leftCalls: Set<UInt64> = []
    var doubleAnswers = 0
    var staleUses = 0
    var faultsMet = 0
    var lastFault = ""
    var callsAreCancelled = false
    var leavesAtOnce = false
    var unsupported: Set<String> = []
    /// What happens after how many calls of the host; nil for nothing.
    var interruption: (left: Int, action: @Sendable (TestHost) -> Void)?
    /// Calls that broke the contract of the host's functions, in words.
    var misuses: [String] = []
    /// What was answered last.
    var lastResponse: TestResponse?

    /// Another number for a call, a transaction, a timer: none is ever used again.
    mutating func next() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }
}

/// A transaction that is under way.
struct OpenTransaction {
    let number: UInt64
    let thread: UInt
    var published: [TestEvent] = []
    var jobs: [TestJob] = []
    var mails: [TestMail] = []
}

/// A value of the cache.
enum CachedValue {
    case bytes([UInt8], expires: Int64)
    case counter(Int64, expires: Int64)
}

/// A token that the module issued.
struct IssuedToken {
    let id: String
    let kind: String
    let principal: TestPrincipal
    let expires: Int64
}

/// A request to the outside that is under way.
struct Exchange: @unchecked Sendable {
    // Sendable: the context is handed to the module's own function, once.
    let take: gantry_outbound_fn_v1
    let context: UnsafeMutableRawPointer?
    /// Takes the body piece by piece; nil where it goes with the answer.
    let onChunk: (([UInt8]) -> Status)?
    /// What has not been taken yet.
    var pieces: [[UInt8]] = []
    /// Nil until the outside has answered.
    var outcome: Result<OutboundResponse, HostError>?
}

/// An answer of the host that a test wants instead of the real one.
struct HostFault: Sendable {
    /// The function, such as `gantry.database transact`; nil for any.
    let function: String?
    let status: Status
    /// How many calls are answered as ever before.
    var skips: Int
    /// How many are answered so; nil for all that follow.
    var times: Int?
}

/// An event that the module published.
public struct TestEvent: Sendable {
    /// Its id.
    public let id: String
    /// Its type.
    public let type: String
    /// Its ordering key.
    public let key: String
    /// Its data as JSON.
    public let data: [UInt8]

    /// The data as a document.
    public func json() throws -> JSONDocument { try JSONDocument(data) }

    /// The data as a value of `type`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try OutboundResponse(body: data).decode(type)
    }
}

/// A job that the module queued.
public struct TestJob: Sendable {
    /// Its id.
    public let id: String
    /// Its name.
    public let name: String
    /// Its ordering key.
    public let key: String
    /// Its payload as JSON.
    public let payload: [UInt8]
    /// Wall-clock time before which it does not run, in milliseconds since 1970; 0 for at once.
    public let notBeforeMilliseconds: Int64
    /// How often it has been run.
    public var attempts = 0

    /// The payload as a value of `type`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try OutboundResponse(body: payload).decode(type)
    }
}

/// A line that the module logged.
public struct TestLogLine: Sendable, Equatable {
    /// The severities.
    public enum Level: UInt32, Sendable { case debug, info, warning, error }

    /// How severe it is.
    public let level: Level
    /// The message.
    public let message: String
    /// The facts.
    public let fields: [String: String]
}

/// A number that the module told.
public struct TestMetric: Sendable, Equatable {
    /// The kinds of number.
    public enum Kind: Sendable { case counter, gauge, histogram }

    /// What it is.
    public let kind: Kind
    /// Its name.
    public let name: String
    /// Its labels.
    public let labels: [String: String]
    /// What was added, set or recorded.
    public let value: Double
}

/// A span that the module began.
public struct TestSpan: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// The span above it; nil for the call's own.
    public let parent: String?
    /// The facts.
    public var attributes: [String: String] = [:]
    /// How it ended; nil while it is under way.
    public var status: Status?

    /// A span as a test expects it.
    public init(name: String, parent: String?, attributes: [String: String] = [:], status: Status? = nil) {
        self.name = name
        self.parent = parent
        self.attributes = attributes
        self.status = status
    }
}
