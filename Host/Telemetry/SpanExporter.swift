public import GantryCore
import GantryThreads

/// What became of a batch of spans.
public enum SpanDelivery: Sendable {
    case taken
    /// The collector will never take it.
    case refused
    /// It may take it later, at the earliest after so many seconds where it said so.
    case unavailable(retrySeconds: Int?)
}

/// The way to a collector; the runtime's, since this target knows no network.
public protocol SpanTransport: Sendable {
    /// Posts a body of JSON to the collector and calls back exactly once, from any thread.
    func post(_ body: [UInt8], completion: @escaping @Sendable (SpanDelivery) -> Void)
}

/// Sends spans in batches from a thread of its own. What waits is bounded; beyond that spans are counted and dropped,
/// and a collector that is away costs requests nothing. Any thread.
public final class SpanExporter: Sendable {
    private struct State {
        var waiting: [Span] = []
        var isClosed = false
        var hasEnded = false
        var delivery: SpanDelivery?
    }

    private static let capacity = 4096
    private static let largestBatch = 512
    private static let gatheringTime = Duration.seconds(1)
    private static let attempts = 5
    /// Longest time for one batch; the transport has a shorter one of its own.
    private static let patience = Duration.seconds(15)

    private let kind: Deployment.Telemetry.Exporter
    private let transport: (any SpanTransport)?
    private let log: Log
    private let service: [LogField]
    private let pauseMilliseconds: Int
    private let monitor = Monitor(State())
    private let thread = ThreadPool(name: "tracing", threadCount: 1)
    private let exported: Counter
    private let dropped: Counter
    private let refused: Counter
    private let failures: Counter

    /// Starts the thread.
    /// - Parameters:
    ///   - transport: The way to the collector; not needed for the console.
    ///   - service: What is told of the process: its name, its version.
    ///   - pauseMilliseconds: Time before what was not taken is sent again; it doubles each time.
    public init(
        _ kind: Deployment.Telemetry.Exporter, transport: (any SpanTransport)?, service: [LogField], log: Log,
        metrics: Metrics, pauseMilliseconds: Int = 1000
    ) {
        self.pauseMilliseconds = pauseMilliseconds
        self.kind = kind
        self.transport = transport
        self.service = service
        self.log = log
        exported = metrics.counter("trace_spans_exported_total", help: "Spans that the collector has taken.")
        let help = "Spans that were given up, by reason."
        dropped = metrics.counter("trace_spans_dropped_total", help: help, labels: [("reason", "queue_full")])
        refused = metrics.counter("trace_spans_dropped_total", help: help, labels: [("reason", "not_taken")])
        failures = metrics.counter(
            "trace_export_failures_total", help: "Attempts to send spans that the collector did not take.")
        _ = thread.submit { self.run() }
    }

    func add(_ span: Span) {
        let (isTaken, wakes) = monitor.withLock { state -> (Bool, Bool) in
            guard !state.isClosed, state.waiting.count < Self.capacity else { return (false, false) }
            state.waiting.append(span)
            return (true, state.waiting.count == Self.largestBatch)
        }
        if !isTaken { dropped.increment() }
        if wakes { monitor.broadcast() }
    }

    func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.broadcast()
        _ = monitor.wait(until: .after(.seconds(2))) { $0.hasEnded ? true : nil }
    }

    private func run() {
        while true {
            _ = monitor.wait(until: .after(Self.gatheringTime)) { state -> Bool? in
                state.isClosed || state.waiting.count >= Self.largestBatch ? true : nil
            }
            let (batch, isLast) = monitor.withLock { state -> ([Span], Bool) in
                let batch = Array(state.waiting.prefix(Self.largestBatch))
                state.waiting.removeFirst(batch.count)
                return (batch, state.isClosed && state.waiting.isEmpty)
            }
            if !batch.isEmpty { export(batch) }
            if isLast { break }
        }
        monitor.withLock { $0.hasEnded = true }
        monitor.broadcast()
    }

    private func export(_ batch: [Span]) {
        guard kind != .console, let transport else { return tell(batch) }
        let body =
            kind == .otlp
            ? SpanEncoding.otlp(batch, service: service) : SpanEncoding.zipkin(batch, service: "gantry")
        for attempt in 1...Self.attempts {
            switch send(body, through: transport) {
            case .taken: return exported.increment(by: UInt64(batch.count))
            case .refused: return giveUp(batch, "The collector does not take spans.")
            case .unavailable(let seconds):
                failures.increment()
                // Its own wish counts, within what keeps the queue from running over for nothing.
                let pause = min(30_000, max((seconds ?? 0) * 1000, pauseMilliseconds << (attempt - 1)))
                let isClosed = monitor.wait(until: .after(.milliseconds(pause))) { $0.isClosed ? true : nil }
                if isClosed == true || attempt == Self.attempts {
                    return giveUp(batch, "The collector of spans cannot be reached.")
                }
            }
        }
    }

    private func send(_ body: [UInt8], through transport: any SpanTransport) -> SpanDelivery {
        monitor.withLock { $0.delivery = nil }
        transport.post(body) { delivery in
            self.monitor.withLock { $0.delivery = delivery }
            self.monitor.broadcast()
        }
        return monitor.wait(until: .after(Self.patience)) { $0.delivery } ?? .unavailable(retrySeconds: nil)
    }

    private func giveUp(_ batch: [Span], _ reason: String) {
        refused.increment(by: UInt64(batch.count))
        log.write(.warning, reason, fields: [LogField("spans", batch.count)])
    }

    /// The console: each span is a line of the log.
    private func tell(_ batch: [Span]) {
        for span in batch {
            log.write(
                .info, "span", trace: span.trace,
                fields: [
                    LogField("span", span.name), LogField("kind", "\(span.kind)"),
                    LogField("parent_span_id", TraceContext.hexadecimal(span.parent)),
                    LogField("duration_us", (span.endNanoseconds - span.startNanoseconds) / 1000),
                    LogField("error", span.isError),
                ] + span.attributes)
        }
        exported.increment(by: UInt64(batch.count))
    }
}
