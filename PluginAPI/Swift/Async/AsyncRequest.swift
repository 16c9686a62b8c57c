import CGantry

/// A request whose handler goes on after the host's function has returned: a copy, so that it may be kept across
/// `await` and handed to child tasks.
///
/// What is read in place from it (`body`, `bytes`) lives as long as the handler runs.
public struct AsyncRequest: RequestContent, AsyncServices {
    private let copy: RequestCopy
    private let own: AsyncCall

    init(_ call: AsyncCall, _ raw: UnsafePointer<gantry_request_v1>) {
        own = call
        copy = RequestCopy(raw.pointee)
    }

    /// The call that the services work for.
    public var call: AsyncCallReference { AsyncCallReference(value: own) }

    /// What was received.
    public var content: RequestPointer { RequestPointer(raw: copy.pointer) }

    /// Answers piece by piece: `write` writes the body while the client reads it. Status and headers are sent with the
    /// first piece: what `write` throws before becomes an ordinary failure.
    public func stream(
        status: Int = 200, contentType: String, headers: [(name: String, value: String)] = [],
        _ write: @Sendable (AsyncResponseStream) async throws -> Void
    ) async throws -> Response {
        let table = try own.tables.pointer.pointee.stream.get()
        let head = ResponseHead(status: status, contentType: contentType, headers: headers)
        let stream = AsyncResponseStream(call: own, table: table, head: head)
        do {
            try await write(stream)
            try stream.finish()
        } catch {
            guard stream.isStarted else { throw error }
            stream.reset()
            Response.logBrokenOff(error, scope)
        }
        return .streamed
    }

    /// Answers with server-sent events, which `send` sends as they happen.
    public func serverSentEvents(
        _ send: @Sendable (AsyncResponseStream) async throws -> Void
    ) async throws -> Response {
        try await stream(contentType: ServerSentEvent.contentType, headers: ServerSentEvent.headers, send)
    }

    /// What has arrived of a body that comes piece by piece, at most `limit` bytes, as soon as there is something; nil
    /// when all was read. Only for routes whose manifest entry says `stream: true`.
    public func nextPiece(limit: Int = 65536) async throws -> [UInt8]? {
        let table = try own.tables.pointer.pointee.stream.get()
        while true {
            let (status, bytes) = StreamRead.read(scope, table, limit: limit)
            switch status {
            case .ok: return bytes
            case .end: return nil
            case .busy: try await own.wait(for: GANTRY_STREAM_READABLE)
            default: try HostError.check(status.rawValue, "gantry.stream read")
            }
        }
    }
}

/// A response that is sent piece by piece, without a thread while the client reads too slowly. For one task at a time.
public final class AsyncResponseStream: Sendable {
    private let call: AsyncCall
    // Sendable: the table is constant and lives as long as the process.
    private nonisolated(unsafe) let table: UnsafePointer<gantry_stream_v1>
    private let head: ResponseHead
    private let started = Monitor(false)

    init(call: AsyncCall, table: UnsafePointer<gantry_stream_v1>, head: ResponseHead) {
        self.call = call
        self.table = table
        self.head = head
    }

    var isStarted: Bool { started.withLock { $0 } }

    /// Sends `bytes`; throws `HostError` with the status `.cancelled` when the client has left.
    public func write(_ bytes: [UInt8]) async throws {
        try start()
        var sent = 0
        while sent < bytes.count {
            let (status, accepted) = send(bytes[sent...])
            if status == .busy {
                try await call.wait(for: GANTRY_STREAM_WRITABLE)
            } else {
                sent += try StreamRead.accepted(accepted, of: bytes.count - sent, status.rawValue)
            }
        }
    }

    /// Sends text.
    public func write(_ text: String) async throws { try await write(Array(text.utf8)) }

    /// Sends an event of a stream of server-sent events.
    public func send(_ event: ServerSentEvent) async throws { try await write(event.bytes) }

    /// Sends a line that the client ignores, so that a quiet connection stays open.
    public func keepAlive() async throws { try await write(ServerSentEvent.keepAlive) }

    private func send(_ bytes: ArraySlice<UInt8>) -> (Status, UInt64) {
        var accepted: UInt64 = 0
        let status = bytes.withUnsafeBufferPointer { bytes in
            table.pointee.write.unsafelyUnwrapped(call.pointer, gantry_str_v1(borrowing: bytes), &accepted)
        }
        return (Status(rawValue: status), accepted)
    }

    private func start() throws(HostError) {
        guard !isStarted else { return }
        try head.start(call.scope, table)
        started.withLock { $0 = true }
    }

    func finish() throws(HostError) {
        try start()
        try HostError.check(table.pointee.finish.unsafelyUnwrapped(call.pointer), "gantry.stream finish")
    }

    func reset() { _ = table.pointee.reset.unsafelyUnwrapped(call.pointer) }
}
