public import GantryCore
public import GantryCryptography

/// What the runtime gives an instance besides its database. What is nil is not granted and answers DENIED.
public struct ServicePorts: Sendable {
    /// The way to other servers.
    public var outbound: (any OutboundPort)?
    /// The instance's blobs.
    public var blobs: (any BlobPort)?
    /// Those of them that clients send and fetch by themselves.
    public var transfers: (any TransferPort)?
    /// Composes its mails.
    public var mail: (any MailPort)?
    /// Its part of the cache.
    public var cache: (any CachePort)?
    /// Its secrets.
    public var secrets: (any SecretPort)?
    /// The tokens that it issues.
    public var tokens: (any TokenPort)?
    /// The tenant's keys, organization and people.
    public var directory: (any DirectoryPort)?
    /// Its webhooks.
    public var webhooks: (any WebhookPort)?
    /// The services of the tenant's other modules.
    public var exchange: (any ExchangePort)?
    /// What the host does for whoever keeps the tenant's accounts.
    public var platform: (any PlatformPort)?
    /// The numbers that it counts.
    public var metrics: (any MetricsPort)?
    /// Its requests that came with an `Idempotency-Key`.
    public var answers: (any AnswerPort)?
    /// Where spans of traces that are recorded go; nil when nothing is traced.
    public var spans: (any SpanPort)?

    /// Nothing is granted.
    public init() {}
}

extension PortOutcome: Error {}

/// The way of one instance to other servers.
public protocol OutboundPort: AnyObject, Sendable {
    /// Begins a request. Throws when it is refused at once; after that the sink hears everything.
    /// - Parameter credit: Bytes of the answer's body that may come before `grant`.
    func begin(
        _ request: OutboundPortRequest, credit: Int, sink: any OutboundSink
    ) throws(PortOutcome) -> any OutboundExchange

    /// Takes hosts away, instead of those that were taken away before.
    func withhold(_ hosts: [HostPattern])
}

/// A request to another server.
public struct OutboundPortRequest: Sendable {
    /// Method, upper case.
    public var method: String
    /// Absolute URL.
    public var url: String
    /// Header fields in their order.
    public var headers: [(name: String, value: String)]
    /// The body; empty for none.
    public var body: [UInt8]
    /// Time for everything.
    public var timeoutMilliseconds: Int64
    /// Bytes of the answer's body that are taken.
    public var maximumAnswerBytes: Int
    /// Redirections that are followed.
    public var maximumRedirects: Int
}

/// The head of an answer.
public struct OutboundPortAnswer: Sendable {
    /// Status of HTTP.
    public var status: Int
    /// The URL that was asked last.
    public var url: String
    /// Header fields, names in lower case.
    public var headers: [(name: String, value: String)]

    /// A head.
    public init(status: Int, url: String, headers: [(name: String, value: String)]) {
        self.status = status
        self.url = url
        self.headers = headers
    }
}

/// Takes what comes back: on a thread of the port's, one call after the other. It must be brief.
public protocol OutboundSink: AnyObject, Sendable {
    /// The head; at most once.
    func received(_ answer: OutboundPortAnswer)
    /// A piece of the body, borrowed.
    func received(_ bytes: UnsafeRawBufferPointer)
    /// The end; exactly once and last.
    func finished(_ outcome: PortOutcome)
}

/// A request under way. Any thread.
public protocol OutboundExchange: Sendable {
    /// Ends it; the sink hears of that.
    func cancel()
    /// Lets so many more bytes of the body come.
    func grant(_ byteCount: Int)
}

/// What is known of a blob besides its bytes.
public struct BlobDescription: Sendable {
    /// Its name.
    public var key: String
    /// What its author says that it is.
    public var contentType: String
    /// Bytes.
    public var size: Int64
    /// Milliseconds since 1970.
    public var createdAtMilliseconds: Int64
    /// SHA-256 of its bytes.
    public var sha256: Digest256

    /// A description.
    public init(key: String, contentType: String, size: Int64, createdAtMilliseconds: Int64, sha256: Digest256) {
        self.key = key
        self.contentType = contentType
        self.size = size
        self.createdAtMilliseconds = createdAtMilliseconds
        self.sha256 = sha256
    }
}

/// The blobs of one instance. All functions may wait for the disk.
public protocol BlobPort: AnyObject, Sendable {
    /// Begins a blob that is written piece by piece.
    func create(_ key: String, contentType: String) throws(PortOutcome) -> any BlobWriterPort
    /// Opens a blob; nil when there is none.
    func open(_ key: String) throws(PortOutcome) -> (any BlobReaderPort)?
    /// The description of a blob; nil when there is none.
    func describe(_ key: String) throws(PortOutcome) -> BlobDescription?
    /// Removes a blob durably; false when there is none.
    func remove(_ key: String) throws(PortOutcome) -> Bool
    /// Blobs by prefix behind a key, in the order of bytes.
    func list(prefix: String, after: String, limit: Int) throws(PortOutcome) -> [BlobDescription]
}

/// A blob that is being written. One let go of is discarded.
public protocol BlobWriterPort: AnyObject, Sendable {
    /// Adds bytes to the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws(PortOutcome)
    /// Makes it visible and durable.
    func commit() throws(PortOutcome) -> BlobDescription
    /// Forgets it.
    func discard()
}

/// A blob that is open for reading.
public protocol BlobReaderPort: AnyObject, Sendable {
    /// Its description.
    var description: BlobDescription { get }
    /// Reads from an offset as much as there is room for; 0 behind the last byte.
    func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(PortOutcome) -> Int
}

/// The part of the cache that belongs to one instance. Nothing waits.
public protocol CachePort: AnyObject, Sendable {
    /// The value; nil when there is none.
    func value(_ key: [UInt8]) -> [UInt8]?
    /// Keeps a value.
    func set(_ key: [UInt8], _ value: [UInt8], lifetimeMilliseconds: Int64) throws(PortOutcome)
    /// Forgets a value; false when there was none.
    func remove(_ key: [UInt8]) -> Bool
    /// Adds to a counter and gives its new value.
    func add(_ key: [UInt8], _ amount: Int64, lifetimeMilliseconds: Int64) throws(PortOutcome) -> Int64
}

/// The secrets of one instance.
public protocol SecretPort: AnyObject, Sendable {
    /// The value as it is now; nil when it has none.
    func secret(_ name: String) throws(PortOutcome) -> String?
}

/// The tokens that one instance issues. May wait for the disk.
public protocol TokenPort: AnyObject, Sendable {
    /// Makes a token; durable when this returns.
    func mint(_ order: TokenPortOrder) throws(PortOutcome) -> MintedToken
    /// The bearer of a token of this module and tenant that is good now; nil for every other text.
    func verify(_ text: String) -> Principal?
    /// Ends a token; false when there is none of the id.
    func revoke(id: String) throws(PortOutcome) -> Bool
    /// Ends all tokens of a kind and subject; gives how many.
    func revoke(kind: String, subject: String) throws(PortOutcome) -> Int
}

/// What a module asks for.
public struct TokenPortOrder: Sendable {
    /// Declared in the manifest.
    public var kind: String
    /// Declared for the kind.
    public var role: String
    /// The bearer.
    public var subject: String
    /// A JSON object; empty for none.
    public var claims: String
    /// How long it is good.
    public var lifetimeSeconds: Int64
}

/// A token that was made.
public struct MintedToken: Sendable {
    /// Names it.
    public var id: String
    /// The credential.
    public var text: String
    /// Milliseconds since 1970.
    public var expiresAtMilliseconds: Int64

    /// A token.
    public init(id: String, text: String, expiresAtMilliseconds: Int64) {
        self.id = id
        self.text = text
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }
}

/// The numbers that one instance counts.
public protocol MetricsPort: AnyObject, Sendable {
    /// Adds to a counter.
    func add(_ name: String, labels: [(name: String, value: String)], _ amount: Double) -> ModuleStatus
    /// Sets a gauge.
    func set(_ name: String, labels: [(name: String, value: String)], _ value: Double) -> ModuleStatus
    /// Records a value in a histogram.
    func record(_ name: String, labels: [(name: String, value: String)], _ value: Double) -> ModuleStatus
}

/// Takes the spans of calls into one instance. Any thread; nothing waits.
public protocol SpanPort: AnyObject, Sendable {
    /// Takes one that has just ended.
    func record(_ span: CallSpan)
}

/// A piece of work within a call.
public struct CallSpan: Sendable {
    /// On which side of what it is.
    public enum Kind: Sendable {
        case `internal`
        /// Something else was asked and has answered.
        case client
        /// What somebody has left was taken up.
        case consumer
    }

    /// What was done, in few words and without what belongs to one record.
    public var name: String
    /// On which side it is.
    public var kind: Kind
    /// The trace, with the span's own id.
    public var trace: TraceContext
    /// The span that it belongs to.
    public var parent: UInt64
    /// How long it took; it has ended just now.
    public var durationNanoseconds: Int64
    /// Whether it failed.
    public var isError: Bool
    /// Further facts.
    public var attributes: [(name: String, value: String)]

    /// A span.
    public init(
        name: String, kind: Kind, trace: TraceContext, parent: UInt64, durationNanoseconds: Int64, isError: Bool,
        attributes: [(name: String, value: String)] = []
    ) {
        self.name = name
        self.kind = kind
        self.trace = trace
        self.parent = parent
        self.durationNanoseconds = durationNanoseconds
        self.isError = isError
        self.attributes = attributes
    }
}
