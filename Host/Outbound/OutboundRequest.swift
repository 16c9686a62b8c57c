/// One request to another server.
public struct OutboundRequest: Sendable {
    /// A header field.
    public struct Field: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: String

        /// A field.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Largest URL in bytes.
    static let maximumURLBytes = 8192
    /// Most header fields, and the bytes of all of them.
    static let maximumFields = 100
    static let maximumFieldBytes = 64 << 10

    /// Method, upper case.
    public var method: String
    /// Absolute URL, http or https.
    public var url: String
    /// Header fields. Those that frame the message belong to the host.
    public var fields: [Field]
    /// The body; empty for none.
    public var body: [UInt8]
    /// Time for everything, redirections included.
    public var timeoutMilliseconds: Int64
    /// Largest body of the answer; the request fails when there is more.
    public var maximumAnswerBytes: Int
    /// How many redirections are followed; 0 gives the redirection itself as the answer.
    public var maximumRedirects: Int

    /// A request.
    public init(
        method: String = "GET", url: String, fields: [Field] = [], body: [UInt8] = [],
        timeoutMilliseconds: Int64 = 30_000, maximumAnswerBytes: Int = 8 << 20, maximumRedirects: Int = 0
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
        self.maximumAnswerBytes = maximumAnswerBytes
        self.maximumRedirects = maximumRedirects
    }

    /// Throws when method or headers are none, or hold what would become a message of its own.
    func check() throws(OutboundError) {
        guard ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(method) else {
            throw OutboundError(.invalid, "The method must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.")
        }
        guard body.isEmpty || !["GET", "HEAD"].contains(method) else {
            throw OutboundError(.invalid, "A \(method) request carries no body.")
        }
        guard timeoutMilliseconds > 0, maximumAnswerBytes >= 0, (0...20).contains(maximumRedirects) else {
            throw OutboundError(.invalid, "A time limit above 0 and at most 20 redirections are needed.")
        }
        let byteCount = fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard fields.count <= Self.maximumFields, byteCount <= Self.maximumFieldBytes else {
            throw OutboundError(.invalid, "The request has too many or too long header fields.")
        }
        for field in fields { try Self.check(field) }
    }

    private static func check(_ field: Field) throws(OutboundError) {
        guard !field.name.isEmpty, field.name.utf8.allSatisfy(isTokenByte) else {
            throw OutboundError(.invalid, "The name of a header field is no token.")
        }
        guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            throw OutboundError(.invalid, "The header field `\(field.name)` holds a control character.")
        }
        let name = field.name.lowercased()
        guard !hostFields.contains(name), !name.hasPrefix("proxy-") else {
            throw OutboundError(.invalid, "The header field `\(field.name)` is set by the host alone.")
        }
    }

    private static let hostFields: Set = [
        "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// The head of an answer.
public struct OutboundAnswer: Sendable {
    /// The status, 200 to 599.
    public var status: Int
    /// Header fields, names in lower case, in the order of the answer.
    public var fields: [OutboundRequest.Field] = []
    /// The URL that was asked last, after redirections.
    public var url = ""

    /// The value of the first field of that name (lower case).
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}
