import CGantry

/// An HTTP request to the outside.
public struct OutboundRequest: Sendable {
    /// The method.
    public var method: String
    /// The address: absolute, http or https.
    public var url: String
    /// The headers, names in any case.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]
    /// The time for everything; nil for 30 seconds. The deadline of the call holds as well.
    public var timeout: Duration?
    /// How many bytes of the answer's body are taken; more is an error with the status `.limit`.
    public var responseLimit: Int
    /// How many redirects are followed; each must lead to an allowed host.
    public var redirectLimit: Int

    /// A request with the given parts.
    public init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration? = nil, responseLimit: Int = 1 << 20, redirectLimit: Int = 0
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.responseLimit = responseLimit
        self.redirectLimit = redirectLimit
    }

    /// A request with the JSON of `value` as its body.
    public static func json(_ method: String, _ url: String, _ value: some Encodable) throws -> OutboundRequest {
        OutboundRequest(
            method, url, headers: [("content-type", "application/json")], body: try JSONCoding.encode(value))
    }

    /// Lends the request as the interface takes it.
    func withRaw<Result>(_ body: (UnsafePointer<gantry_outbound_request_v1>) -> Result) -> Result {
        method.withText { method in
            url.withText { url in
                FieldList.withRaw(headers.map { ($0.name, $0.value) }) { headers in
                    self.body.withUnsafeBufferPointer { bytes in
                        var raw = gantry_outbound_request_v1(
                            method: method, url: url, headers: headers.baseAddress, header_count: UInt64(headers.count),
                            body: gantry_str_v1(borrowing: bytes),
                            timeout_milliseconds: timeout?.wholeMilliseconds ?? 0,
                            response_limit: UInt64(max(0, responseLimit)),
                            redirect_limit: UInt32(clamping: redirectLimit), reserved: 0)
                        return body(&raw)
                    }
                }
            }
        }
    }
}

/// The answer from the outside.
public struct OutboundResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The address that answered, after redirects.
    public var url: String
    /// The headers, names in lower case.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// An answer with the given parts.
    public init(
        status: Int = 200, url: String = "", headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.status = status
        self.url = url
        self.headers = headers
        self.body = body
    }

    init(_ raw: gantry_outbound_response_v1) {
        status = Int(raw.http_status)
        url = raw.url.string
        headers = Array(Fields(raw.headers, raw.header_count, location: .header))
        body = Array(raw.body.buffer)
    }

    /// Whether the status is 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The first header of `name`, which is given in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The JSON of the body as a value of `type`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDocument(body).withRoot { try JSONCoding.decode(type, from: $0) }
    }
}
