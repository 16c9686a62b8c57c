public import GantryCore
public import GantryJSON
import Glibc

/// The host's log: one JSON object a line. Any thread; never blocks on the file.
public final class Log: Sendable {
    /// Lowest level that is written.
    public let level: Deployment.LogLevel
    private let writer: LogWriter

    /// A log on a file descriptor, which stays the caller's.
    /// - Parameters:
    ///   - level: Lowest level that is written.
    ///   - descriptor: Where lines go; standard error unless told otherwise.
    ///   - capacityBytes: Lines that may wait; more are counted and dropped.
    public init(level: Deployment.LogLevel, descriptor: Int32 = 2, capacityBytes: Int = 8 << 20) {
        self.level = level
        writer = LogWriter(descriptor: descriptor, capacityBytes: capacityBytes) { count in
            var line = JSONWriter()
            Self.begin(&line, level: .warning, message: "Log lines were dropped: they came too fast.")
            line.key("dropped")
            line.int(Int64(clamping: count))
            line.endObject()
            return line.bytes
        }
    }

    /// Lines that were dropped since the start.
    public var droppedCount: UInt64 { writer.droppedCount }

    /// Whether a line of the level would be written.
    public func isEnabled(_ level: Deployment.LogLevel) -> Bool { Self.rank(level) >= Self.rank(self.level) }

    /// Writes one line.
    /// - Parameters:
    ///   - level: Lines below the log's own level are not written.
    ///   - message: One sentence; never a secret.
    ///   - scope: What the line belongs to.
    ///   - trace: Left out of the line when it is all zero.
    ///   - fields: Further facts.
    public func write(
        _ level: Deployment.LogLevel, _ message: String, scope: LogScope = LogScope(),
        trace: TraceContext = TraceContext(), fields: [LogField] = []
    ) {
        guard isEnabled(level) else { return }
        var line = JSONWriter()
        Self.begin(&line, level: level, message: message)
        line.add(trace)
        if let requestID = scope.requestID { line.add("request_id", requestID) }
        if let tenant = scope.tenant { line.add("tenant", tenant) }
        if let module = scope.module { line.add("module", module) }
        for field in fields {
            line.key(field.name)
            switch field.value {
            case .string(let text): line.string(text)
            case .int(let number): line.int(number)
            case .double(let number): line.double(number)
            case .bool(let truth): line.bool(truth)
            }
        }
        line.endObject()
        writer.append(line.bytes)
    }

    /// Writes the line of a finished request.
    /// - Parameter line: Reused from request to request so that it stops growing.
    public func write(_ request: RequestRecord, using line: inout JSONWriter) {
        guard isEnabled(.info) else { return }
        line.removeAll()
        Self.begin(&line, level: request.status >= 500 ? .error : .info, message: "request")
        line.add(request.trace)
        line.key("request_id")
        line.string(utf8: request.requestID)
        if !request.tenant.isEmpty { line.add("tenant", request.tenant) }
        if !request.module.isEmpty { line.add("module", request.module) }
        line.add("method", request.method)
        line.add("route", request.route)
        line.key("status")
        line.int(request.status)
        line.key("duration_us")
        line.int(request.durationNanoseconds / 1000)
        if !request.client.isEmpty { line.add("client", request.client) }
        if let cost = request.cost { Self.add(cost, to: &line) }
        line.endObject()
        writer.append(line.bytes)
    }

    private static func add(_ cost: RequestCost, to line: inout JSONWriter) {
        line.key("cpu_us")
        line.int(cost.processorNanoseconds / 1000)
        line.key("bytes_in")
        line.int(cost.requestBytes)
        line.key("bytes_out")
        line.int(cost.responseBytes)
        if cost.databaseNanoseconds > 0 {
            line.key("database_us")
            line.int(cost.databaseNanoseconds / 1000)
            line.key("database_rows")
            line.int(cost.databaseRows)
        }
        if cost.outboundRequests > 0 {
            line.key("outbound")
            line.int(cost.outboundRequests)
            line.key("outbound_us")
            line.int(cost.outboundNanoseconds / 1000)
        }
    }

    /// Waits until all lines so far are written. Blocks.
    public func flush() { writer.flush() }

    /// Writes what waits and ends; later lines are lost. Blocks.
    public func close() { writer.close() }

    private static func rank(_ level: Deployment.LogLevel) -> Int {
        switch level {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    private static func begin(_ line: inout JSONWriter, level: Deployment.LogLevel, message: String) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        line.beginObject()
        line.key("timestamp")
        line.timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
        line.add("level", level.rawValue)
        line.add("message", message)
    }
}

/// What one request has cost.
public struct RequestCost: Sendable {
    /// Time that the module's handler has computed.
    public var processorNanoseconds: Int64 = 0
    /// Bytes of the request's body.
    public var requestBytes = 0
    /// Bytes of the answer's body as it was sent.
    public var responseBytes = 0
    /// Time that transactions took, waiting included.
    public var databaseNanoseconds: Int64 = 0
    /// Rows that were read or changed.
    public var databaseRows: Int64 = 0
    /// Bytes of texts and blobs that were read.
    public var databaseBytes: Int64 = 0
    /// Time that requests to other servers took.
    public var outboundNanoseconds: Int64 = 0
    /// Requests to other servers.
    public var outboundRequests: Int64 = 0

    /// Nothing so far.
    public init() {}
}

/// What the log tells of a finished request.
public struct RequestRecord {
    /// Method as sent.
    public var method: String
    /// Template of the route, never the raw path; empty when none matched.
    public var route: String
    /// Status of the answer.
    public var status: Int
    /// From the head's arrival to the answer.
    public var durationNanoseconds: Int64
    /// UTF-8 of the request's id, borrowed for the call.
    public var requestID: UnsafeBufferPointer<UInt8>
    /// The tenant; empty while unknown.
    public var tenant: String
    /// The module; empty when none was reached.
    public var module: String
    /// The request's own span.
    public var trace: TraceContext
    /// Address of the client; empty while unknown.
    public var client = ""
    /// What it cost; nil where no module was reached.
    public var cost: RequestCost?

    /// A record.
    public init(
        method: String, route: String, status: Int, durationNanoseconds: Int64, requestID: UnsafeBufferPointer<UInt8>,
        tenant: String, module: String, trace: TraceContext
    ) {
        self.method = method
        self.route = route
        self.status = status
        self.durationNanoseconds = durationNanoseconds
        self.requestID = requestID
        self.tenant = tenant
        self.module = module
        self.trace = trace
    }
}

extension JSONWriter {
    mutating func add(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    /// Adds the ids of a trace that exists.
    mutating func add(_ trace: TraceContext) {
        guard trace.traceIDHigh | trace.traceIDLow != 0 else { return }
        key("trace_id")
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
            Self.hexadecimal(trace.traceIDHigh, into: digits, at: 0)
            Self.hexadecimal(trace.traceIDLow, into: digits, at: 16)
            string(utf8: UnsafeBufferPointer(digits))
        }
        key("span_id")
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { digits in
            Self.hexadecimal(trace.spanID, into: digits, at: 0)
            string(utf8: UnsafeBufferPointer(digits))
        }
    }

    private static func hexadecimal(_ value: UInt64, into digits: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - index * 4)) & 15
            digits[start + index] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
        }
    }
}
