import CGantry

/// A response that is sent piece by piece from a thread that may wait. It cannot be kept beyond the closure that
/// received it.
///
/// Status and headers are sent with the first piece: what the closure throws before becomes an ordinary failure, what
/// it throws later breaks the response off, so that the client sees that it is not whole.
public struct ResponseStream: ~Copyable {
    let scope: CallScope
    let table: UnsafePointer<gantry_stream_v1>
    let head: ResponseHead
    private(set) var isStarted = false

    init(scope: CallScope, table: UnsafePointer<gantry_stream_v1>, head: ResponseHead) {
        self.scope = scope
        self.table = table
        self.head = head
    }

    /// Sends `bytes` and waits while the client reads too slowly; throws `HostError` with the status `.cancelled` when
    /// the client has left.
    public mutating func write(_ bytes: [UInt8]) throws(HostError) {
        try start()
        var sent = 0
        while sent < bytes.count {
            var accepted: UInt64 = 0
            let status = bytes.withUnsafeBufferPointer { bytes in
                let rest = UnsafeBufferPointer(rebasing: bytes[sent...])
                return table.pointee.write.unsafelyUnwrapped(scope.call, gantry_str_v1(borrowing: rest), &accepted)
            }
            if status == Status.busy.rawValue {
                try StreamWait.wait(scope, table, GANTRY_STREAM_WRITABLE)
            } else {
                sent += try StreamRead.accepted(accepted, of: bytes.count - sent, status)
            }
        }
    }

    /// Sends text.
    public mutating func write(_ text: String) throws(HostError) { try write(Array(text.utf8)) }

    private mutating func start() throws(HostError) {
        guard !isStarted else { return }
        try head.start(scope, table)
        isStarted = true
    }

    /// Ends the response in order.
    mutating func finish() throws(HostError) {
        try start()
        try HostError.check(table.pointee.finish.unsafelyUnwrapped(scope.call), "gantry.stream finish")
    }

    /// Breaks the response off.
    func reset() { _ = table.pointee.reset.unsafelyUnwrapped(scope.call) }
}

/// Status and headers of a response that is sent piece by piece.
struct ResponseHead: Sendable {
    let status: Int
    let contentType: String
    let headers: [(name: String, value: String)]

    func start(_ scope: CallScope, _ table: UnsafePointer<gantry_stream_v1>) throws(HostError) {
        let status = contentType.withText { type in
            FieldList.withRaw(headers.map { ($0.name, $0.value) }) { fields in
                table.pointee.start.unsafelyUnwrapped(
                    scope.call, UInt32(clamping: self.status), type, fields.baseAddress, UInt64(fields.count))
            }
        }
        try HostError.check(status, "gantry.stream start")
    }
}

/// Waiting for a stream on a thread that may.
enum StreamWait {
    static func wait(
        _ scope: CallScope, _ table: UnsafePointer<gantry_stream_v1>, _ event: gantry_stream_event_v1
    ) throws(HostError) {
        var events: UInt32 = 0
        try HostError.check(
            table.pointee.wait.unsafelyUnwrapped(scope.call, event.rawValue, &events), "gantry.stream wait")
    }
}

extension Request {
    /// Answers piece by piece: `write` writes the body while the client reads it.
    ///
    /// ```swift
    /// .operation("export") { _, request in
    ///     try request.stream(contentType: "text/csv") { body in
    ///         for page in 0..<10 { try body.write("page \(page)\n") }
    ///     }
    /// }
    /// ```
    public func stream(
        status: Int = 200, contentType: String, headers: [(name: String, value: String)] = [],
        _ write: (inout ResponseStream) throws -> Void
    ) throws -> Response {
        let table = try scope.tables.pointee.stream.get()
        let head = ResponseHead(status: status, contentType: contentType, headers: headers)
        var stream = ResponseStream(scope: scope, table: table, head: head)
        do {
            try write(&stream)
            try stream.finish()
        } catch {
            guard stream.isStarted else { throw error }
            stream.reset()
            Response.logBrokenOff(error, scope)
        }
        return .streamed
    }

    /// Answers with server-sent events, which `send` sends as they happen.
    ///
    /// ```swift
    /// .operation("watch") { _, request in
    ///     try request.serverSentEvents { events in try events.send(ServerSentEvent("tick")) }
    /// }
    /// ```
    public func serverSentEvents(_ send: (inout ResponseStream) throws -> Void) throws -> Response {
        try stream(contentType: ServerSentEvent.contentType, headers: ServerSentEvent.headers, send)
    }

    /// What has arrived of a body that comes piece by piece, at most `limit` bytes, waiting until there is something;
    /// nil when all was read. Only for routes whose manifest entry says `stream: true`.
    public func nextPiece(limit: Int = 65536) throws(HostError) -> [UInt8]? {
        let table = try scope.tables.pointee.stream.get()
        while true {
            let (status, bytes) = StreamRead.read(scope, table, limit: limit)
            switch status {
            case .ok: return bytes
            case .end: return nil
            case .busy: try StreamWait.wait(scope, table, GANTRY_STREAM_READABLE)
            default: try HostError.check(status.rawValue, "gantry.stream read")
            }
        }
    }
}

/// Reading what has arrived and writing what is taken, without waiting.
enum StreamRead {
    /// How many of `count` bytes the host has taken; a host that takes none without saying so would be asked for ever.
    static func accepted(_ accepted: UInt64, of count: Int, _ status: Int32) throws(HostError) -> Int {
        try HostError.check(status, "gantry.stream write")
        guard accepted > 0, accepted <= UInt64(count) else {
            throw HostError(.failed, message: "gantry.stream write took \(accepted) of \(count) bytes")
        }
        return Int(accepted)
    }

    static func read(
        _ scope: CallScope, _ table: UnsafePointer<gantry_stream_v1>, limit: Int
    ) -> (Status, [UInt8]) {
        var status = Status.ok
        let bytes = [UInt8](unsafeUninitializedCapacity: max(1, limit)) { room, count in
            var size: UInt64 = 0
            status = Status(
                rawValue: table.pointee.read.unsafelyUnwrapped(
                    scope.call, room.baseAddress, UInt64(room.count), &size))
            count = status == .ok ? min(Int(clamping: size), room.count) : 0
        }
        return (status, bytes)
    }
}
