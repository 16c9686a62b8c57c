package import CGantry
public import GantryJSON
public import GantryKit

/// One call of the module as the host sees it: what it answers, and its stream.
final class TestCall: @unchecked Sendable {
    // Guard: the host's `state` protects everything that changes.
    enum Kind { case request, check, event, job, lifecycle, service }

    let number: UInt64
    let kind: Kind
    let principal: TestPrincipal
    let deadlineNanoseconds: Int64
    /// Whether the body comes piece by piece, and what of it has not been read yet.
    var body: [[UInt8]]
    var isFirstRead = true
    var response: TestResponse?
    var isStarted = false
    var isAnswered = false
    var isOver = false
    var isCancelled = false
    var watcher: (wake: gantry_wake_fn_v1, context: UnsafeMutableRawPointer?)?
    /// Bytes that the client has not read yet.
    var unread = 0
    var blobWriters: [UInt64: BlobDraft] = [:]
    var blobReaders: [UInt64: StoredBlob] = [:]
    var spans: [UInt64: Int] = [:]
    /// Subprotocols that the client names; nil where the request opens no WebSocket.
    var openingSubprotocols: [String]?
    var socket: OpenSocket?
    /// Whether the functions of its socket are called where nothing may wait.
    var isInline = false

    init(
        _ number: UInt64, _ kind: Kind, as principal: TestPrincipal = .nobody, deadlineNanoseconds: Int64,
        body: [[UInt8]] = []
    ) {
        self.number = number
        self.kind = kind
        self.principal = principal
        self.deadlineNanoseconds = deadlineNanoseconds
        self.body = body
    }
}

/// A blob that is being written.
struct BlobDraft {
    let key: String
    let contentType: String
    var bytes: [UInt8] = []
}

/// A blob as the host for tests keeps it.
public struct StoredBlob: Sendable, Equatable {
    /// The type of its content.
    public var contentType: String
    /// Its content.
    public var bytes: [UInt8]
    /// When it was stored, in milliseconds since 1970.
    public var createdMilliseconds: Int64 = 0
}

/// Who makes a request in a test.
public struct TestPrincipal: Sendable {
    let kind: gantry_principal_kind_v1
    let subject: String
    let role: String
    let token: String
    let claims: String

    /// Nobody: a route whose role is `public`.
    public static let nobody = TestPrincipal(kind: GANTRY_PRINCIPAL_NONE, subject: "", role: "", token: "", claims: "")

    /// A person.
    public static func user(_ id: String, role: String = "user") -> TestPrincipal {
        TestPrincipal(kind: GANTRY_PRINCIPAL_USER, subject: id, role: role, token: "", claims: "")
    }

    /// A person who administers the tenant.
    public static func admin(_ id: String) -> TestPrincipal { .user(id, role: "admin") }

    /// A program with an API key.
    public static func key(_ id: String) -> TestPrincipal {
        TestPrincipal(kind: GANTRY_PRINCIPAL_KEY, subject: id, role: "user", token: "", claims: "")
    }

    /// The bearer of a token that the module issued.
    public static func token(
        _ id: String, subject: String, role: String, claims: String = ""
    ) -> TestPrincipal {
        TestPrincipal(kind: GANTRY_PRINCIPAL_TOKEN, subject: subject, role: role, token: id, claims: claims)
    }

    package func raw(in memory: LentMemory) -> gantry_principal_v1 {
        gantry_principal_v1(
            kind: kind.rawValue, reserved: 0, subject: memory.text(subject), role: memory.text(role),
            token: memory.text(token), claims: memory.text(claims))
    }
}

/// What a module answered.
public struct TestResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The type of the body.
    public var contentType = ""
    /// The module's headers.
    public var headers: [(name: String, value: String)] = []
    /// The body; of a failure its details.
    public var body: [UInt8] = []
    /// The machine-readable reason of a failure; the host renders it in the module's error shape.
    public var reason = ""
    /// The sentence of a failure.
    public var message = ""
    /// What is wrong with the request, of a 422.
    public var findings: [Finding] = []
    /// The pieces of a body that was sent piece by piece.
    public var pieces: [[UInt8]] = []
    /// Whether the response was broken off.
    public var isBrokenOff = false
    /// How the handler failed where the host answered 500 in its place; nil otherwise.
    public var failure: Status?

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The JSON of the body; throws where it is none.
    public func json() throws -> JSONDocument { try JSONDocument(body) }

    /// The JSON of the body as a value of `type`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try OutboundResponse(body: body).decode(type)
    }

    /// The first header of `name`.
    public func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}
