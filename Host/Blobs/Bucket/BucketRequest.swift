/// A request to the server of a bucket, with all headers that it needs.
public struct BucketRequest: Sendable {
    /// Method of HTTP.
    public var method: String
    /// Absolute.
    public var url: String
    /// Header fields besides Host and Content-Length, which the transport adds.
    public var headers: [(name: String, value: String)]
    /// The body; empty for none.
    public var body: [UInt8]
    /// Time for everything.
    public var timeoutMilliseconds: Int64
    /// Bytes of the answer's body that are taken.
    public var maximumAnswerBytes: Int
}

/// What the server of a bucket has answered.
public struct BucketAnswer: Sendable {
    /// Status of HTTP.
    public var status: Int
    /// Header fields, names in lower case.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// An answer.
    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first field of that name (lower case).
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The text of the first element of that name in the body; nil where there is none.
    func element(_ name: String) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return Self.unescaped(text[start.upperBound..<end.lowerBound])
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = String(text)
        for (name, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&"),
        ] {
            result = result.replacing(name, with: character)
        }
        return result
    }
}

/// Carries requests to the server of a bucket. Waits for the answer; any thread.
public protocol BucketTransport: Sendable {
    /// A failure where there was no answer; one that `isPassing` may be followed by the same request.
    func send(_ request: BucketRequest) -> Result<BucketAnswer, BlobError>
}
