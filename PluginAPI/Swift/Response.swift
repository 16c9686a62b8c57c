import CGantry

/// What a handler answers with. The host adds its own headers.
public struct Response: Sendable {
    private enum Body {
        case bytes([UInt8])
        /// It went to the client already, piece by piece.
        case streamed
        /// The value could not be encoded; thrown when the response is sent, and logged like any other error.
        case unsendable(any Error)
    }

    /// The HTTP status.
    public var status: Int
    /// The type of the body; empty when there is no body.
    public var contentType: String
    private var headers: [(name: String, value: String)] = []
    private var body: Body

    /// A response whose body is `bytes`.
    public init(status: Int = 200, contentType: String, bytes: [UInt8]) {
        self.init(status: status, contentType: contentType, body: .bytes(bytes))
    }

    private init(status: Int, contentType: String, body: Body) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// The JSON of `value`. A value that cannot be encoded makes the request fail with 500 and a line in the log.
    public static func json(_ value: some Encodable, status: Int = 200) -> Response {
        do {
            return Response(status: status, contentType: jsonType, bytes: try JSONCoding.encode(value))
        } catch {
            return Response(status: status, contentType: jsonType, body: .unsendable(error))
        }
    }

    /// The JSON value that `write` writes: the fastest way to answer.
    ///
    /// - Parameter capacity: Bytes to make room for at first.
    public static func json(
        status: Int = 200, capacity: Int = 256, _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        var writer = JSONWriter(capacity: capacity)
        try write(&writer)
        return Response(status: status, contentType: jsonType, bytes: writer.bytes)
    }

    /// 201 with the JSON of `value`, and where the new resource is found.
    public static func created(_ value: some Encodable, location: String? = nil) -> Response {
        json(value, status: 201).header("location", location)
    }

    /// 201 with the JSON value that `write` writes, and where the new resource is found.
    public static func created(
        location: String? = nil, _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        try json(status: 201, write).header("location", location)
    }

    /// No body.
    public static func empty(_ status: Int = 204) -> Response {
        Response(status: status, contentType: "", bytes: [])
    }

    /// Plain text.
    public static func text(_ text: String, status: Int = 200) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", bytes: Array(text.utf8))
    }

    /// The response with one header more; the same where `value` is nil.
    ///
    /// - Parameter name: In lower case.
    public func header(_ name: String, _ value: String?) -> Response {
        guard let value else { return self }
        var copy = self
        copy.headers.append((name, value))
        return copy
    }

    private static let jsonType = "application/json"

    /// What a handler returns whose answer was sent piece by piece.
    static let streamed = Response(status: 200, contentType: "", body: .streamed)

    /// Notes why a response was broken off, unless the client is why.
    static func logBrokenOff(_ error: any Error, _ scope: CallScope) {
        if (error as? HostError)?.status == .cancelled || error is CancellationError { return }
        Log(scope: scope).error("The response was broken off", ["error": Outcome.message(of: error)])
    }

    /// Answers the call; throws what kept the value from being encoded.
    func send(_ scope: CallScope) throws -> Int32 {
        switch body {
        case .bytes(let bytes):
            return FieldList.withRaw(headers.map { ($0.name, $0.value) }) { fields in
                send(scope, bytes, fields.baseAddress, fields.count)
            }
        case .streamed: return Status.ok.rawValue
        case .unsendable(let error): throw error
        }
    }

    private func send(
        _ scope: CallScope, _ bytes: [UInt8], _ fields: UnsafePointer<gantry_field_v1>?, _ count: Int
    ) -> Int32 {
        contentType.withText { type in
            bytes.withUnsafeBufferPointer { bytes in
                // Tables are checked to be complete when they are found.
                scope.tables.pointee.response.pointee.send.unsafelyUnwrapped(
                    scope.call, UInt32(clamping: status), type, fields, UInt64(count), gantry_str_v1(borrowing: bytes))
            }
        }
    }
}

extension Failure {
    /// Answers the call with the failure.
    func send(_ scope: CallScope) -> Int32 {
        reason.withText { reason in
            message.withText { message in
                details.withUnsafeBufferPointer { details in
                    // Tables are checked to be complete when they are found.
                    scope.tables.pointee.response.pointee.fail.unsafelyUnwrapped(
                        scope.call, UInt32(clamping: status), reason, message, gantry_str_v1(borrowing: details))
                }
            }
        }
    }
}

extension Refusal {
    /// Answers the call with the findings.
    func send(_ scope: CallScope) -> Int32 {
        Finding.withRaw(findings) { raw in
            // Tables are checked to be complete when they are found.
            scope.tables.pointee.response.pointee.refuse.unsafelyUnwrapped(
                scope.call, raw.baseAddress, UInt64(raw.count))
        }
    }
}
