/// What makes a request with an `Idempotency-Key` the same as another one. All digests are SHA-256.
public struct RequestKey: Sendable, Equatable {
    /// Digest of the caller, the operation and the key.
    public var scope: [UInt8]
    /// Digest of the caller alone, by which his keys are counted.
    public var caller: [UInt8]
    /// Digest of what was asked.
    public var fingerprint: [UInt8]
    /// Tells this request from any other with the same key.
    public var owner: Int64
    /// Milliseconds since 1970.
    public var nowMilliseconds: Int64
    /// When it is forgotten, in milliseconds since 1970.
    public var expiresAtMilliseconds: Int64

    /// A key with all that it has.
    public init(
        scope: [UInt8], caller: [UInt8], fingerprint: [UInt8], owner: Int64, nowMilliseconds: Int64,
        expiresAtMilliseconds: Int64
    ) {
        self.scope = scope
        self.caller = caller
        self.fingerprint = fingerprint
        self.owner = owner
        self.nowMilliseconds = nowMilliseconds
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }
}

/// An answer that is given again to whoever repeats the request.
public struct KeptAnswer: Sendable, Equatable {
    /// HTTP status.
    public var status: Int
    /// Media type; empty where there is no body.
    public var contentType: String
    /// Headers of the module's own as lines `name: value`.
    public var headers: String
    /// The body before any envelope.
    public var body: [UInt8]

    /// An answer with all that it has.
    public init(status: Int, contentType: String, headers: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }
}

/// What is known of a key.
public enum KeyFinding: Sendable, Equatable {
    /// Nothing: the request is the first.
    case new
    /// The key stood for another request.
    case reused
    /// The request had its effect, and was ended before its answer was known.
    case unanswered
    /// The request had its effect; its answer was too large to be kept.
    case tooLarge
    /// The request was answered.
    case answered(KeptAnswer)
    /// The caller has too many keys already.
    case tooMany
}
