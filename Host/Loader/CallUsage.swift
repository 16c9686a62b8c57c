import GantryCore
public import Synchronization

/// What a call has used besides the processor. Whoever takes the answer asks for it; any thread.
public final class CallUsage: Sendable {
    /// Time that transactions took, waiting for the writer included.
    public let databaseNanoseconds = Atomic<Int64>(0)
    /// Rows that were read or changed; a body that was run again counts again.
    public let databaseRows = Atomic<Int64>(0)
    /// Bytes of the texts and blobs that were read.
    public let databaseBytes = Atomic<Int64>(0)
    /// Requests to other servers.
    public let outboundRequests = Atomic<Int64>(0)
    /// Time until their answers had come whole.
    public let outboundNanoseconds = Atomic<Int64>(0)
    /// Calls of other modules' services, those that these made not among them.
    public let serviceCalls = Atomic<Int64>(0)
    /// Time that they took.
    public let serviceNanoseconds = Atomic<Int64>(0)

    /// Nothing was used yet.
    public init() {}

    /// Accounts for a call of another module's service.
    func noteService(_ durationNanoseconds: Int64) {
        serviceCalls.add(1, ordering: .relaxed)
        serviceNanoseconds.add(durationNanoseconds, ordering: .relaxed)
    }
}

extension ModuleCall {
    /// Accounts for a transaction that has ended.
    func noteTransaction(since start: Int64, writes: Bool, parent: UInt64, _ outcome: PortOutcome) {
        let duration = MonotonicClock.nanoseconds - start
        usage?.databaseNanoseconds.add(duration, ordering: .relaxed)
        guard let spans = recordingSpans else { return }
        var trace = trace
        trace.spanID = UInt64.random(in: 1 ... .max)
        spans.record(
            CallSpan(
                name: writes ? "database write" : "database read", kind: .client, trace: trace, parent: parent,
                durationNanoseconds: duration, isError: outcome.status.rawValue < 0,
                attributes: [("db.operation.name", writes ? "write" : "read"), ("status", "\(outcome.status)")]))
    }

    /// Accounts for the rows of a statement.
    func noteRows(_ count: Int, bytes: Int) {
        guard let usage else { return }
        usage.databaseRows.add(Int64(count), ordering: .relaxed)
        usage.databaseBytes.add(Int64(bytes), ordering: .relaxed)
    }

    /// Where spans go, when the call's trace is recorded.
    var recordingSpans: (any SpanPort)? { trace.isSampled ? instance.ports.services.spans : nil }
}

/// The span of a request to another server: one of its own where the trace is recorded, else the caller's.
struct OutboundSpan {
    let id: UInt64
    let parent: UInt64

    init(_ call: ModuleCall, parent: UInt64) {
        self.parent = parent
        id = call.recordingSpans == nil ? parent : UInt64.random(in: 1 ... .max)
    }
}

/// Passes on what comes back from another server, and accounts for the request at its end.
final class MeasuredOutboundSink: OutboundSink {
    private let sink: any OutboundSink
    private let call: ModuleCall
    private let trace: TraceContext
    private let parent: UInt64
    private let method: String
    private let host: String
    private let start = MonotonicClock.nanoseconds
    private let status = Atomic<Int>(0)

    /// - Parameter span: The request's own span, which the other server is told of.
    init(_ sink: any OutboundSink, call: ModuleCall, span: UInt64, parent: UInt64, _ request: OutboundPortRequest) {
        self.sink = sink
        self.call = call
        self.parent = parent
        var trace = call.trace
        trace.spanID = span
        self.trace = trace
        method = request.method
        host = Self.host(request.url)
    }

    func received(_ answer: OutboundPortAnswer) {
        status.store(answer.status, ordering: .relaxed)
        sink.received(answer)
    }

    func received(_ bytes: UnsafeRawBufferPointer) { sink.received(bytes) }

    func finished(_ outcome: PortOutcome) {
        let duration = MonotonicClock.nanoseconds - start
        if let usage = call.usage {
            usage.outboundRequests.add(1, ordering: .relaxed)
            usage.outboundNanoseconds.add(duration, ordering: .relaxed)
        }
        let status = status.load(ordering: .relaxed)
        call.recordingSpans?.record(
            CallSpan(
                name: method, kind: .client, trace: trace, parent: parent, durationNanoseconds: duration,
                isError: outcome.status.rawValue < 0 || status >= 400,
                attributes: [
                    ("http.request.method", method), ("server.address", host),
                    ("http.response.status_code", "\(status)"),
                ]))
        sink.finished(outcome)
    }

    /// Host and port of a URL: path, query and user may hold what is secret.
    private static func host(_ url: String) -> String {
        var rest = url[...]
        if let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...].drop { $0 == "/" } }
        rest = rest.prefix { !"/?#".contains($0) }
        return String(rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest)
    }
}
