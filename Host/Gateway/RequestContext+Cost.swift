import GantryCore
import GantryLoader
import GantryServer
import GantryTelemetry
import Glibc
import Synchronization

/// Measures what the module's handler computes. On an event loop, where nothing waits, that is the time it takes; on a
/// thread that may wait it is the thread's share of the processor.
///
/// To ask for that share is a call of the kernel, which takes one to two microseconds where the clock of a virtual
/// machine is slow. So where only the sums of many requests are told, one of sixteen is asked and counts for sixteen.
struct CallMeter: ~Copyable {
    /// Requests for which a measured one stands, where only sums are told.
    static let sampleCount = 16

    /// Whether the request with this number is one of those that are measured: one of sixteen, in no regular distance.
    static func isSample(_ number: UInt32) -> Bool { (number &* 0x9E37_79B1) >> 28 == 0 }

    private let begin = Atomic<Int64>(0)
    private let isOnEventLoop = Atomic<Bool>(false)
    /// The thread that runs the handler, as a number; 0 while none does.
    private let thread = Atomic<UInt>(0)
    private let measured = Atomic<Int64>(0)
    private let isSampling = Atomic<Bool>(false)

    /// Runs the handler.
    /// - Parameter sample: Nil when the request is to be measured in any case; else whether it is one of the samples.
    borrowing func run(onEventLoop: Bool, sample: Bool?, _ body: () -> Void) {
        if !onEventLoop, let sample {
            guard sample else { return body() }
            isSampling.store(true, ordering: .relaxed)
        }
        isOnEventLoop.store(onEventLoop, ordering: .relaxed)
        begin.store(Self.now(onEventLoop), ordering: .relaxed)
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        body()
        thread.store(0, ordering: .relaxed)
        // Whoever answered within the handler has asked already, and nobody else will.
        if measured.load(ordering: .relaxed) == 0 { _ = note() }
    }

    /// How many requests the measured time stands for.
    var weight: Int64 { isSampling.load(ordering: .relaxed) ? Int64(Self.sampleCount) : 1 }

    /// The time so far; 0 when it is not measured.
    var nanoseconds: Int64 {
        thread.load(ordering: .relaxed) == UInt(pthread_self()) ? note() : measured.load(ordering: .relaxed)
    }

    private borrowing func note() -> Int64 {
        let time = max(1, Self.now(isOnEventLoop.load(ordering: .relaxed)) - begin.load(ordering: .relaxed))
        measured.store(time, ordering: .relaxed)
        return time
    }

    private static func now(_ isOnEventLoop: Bool) -> Int64 {
        var time = timespec()
        clock_gettime(isOnEventLoop ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension RequestContext {
    /// What the request has cost so far.
    var cost: RequestCost {
        var cost = RequestCost()
        cost.processorNanoseconds = meter.nanoseconds
        cost.requestBytes = receivedBytes
        cost.responseBytes = sentBytes
        guard let usage = usedSoFar else { return cost }
        cost.databaseNanoseconds = usage.databaseNanoseconds.load(ordering: .relaxed)
        cost.databaseRows = usage.databaseRows.load(ordering: .relaxed)
        cost.databaseBytes = usage.databaseBytes.load(ordering: .relaxed)
        cost.outboundNanoseconds = usage.outboundNanoseconds.load(ordering: .relaxed)
        cost.outboundRequests = usage.outboundRequests.load(ordering: .relaxed)
        return cost
    }

    /// Runs the handler with the context that its own span has, if the trace is recorded.
    func runHandler(_ route: ModuleRoute, _ body: (TraceContext) -> Void) {
        let isOnEventLoop = exchange.isOnEventLoop
        guard gateway.tracer.records(trace) else {
            return meter.run(onEventLoop: isOnEventLoop, sample: isSample) { body(trace) }
        }
        var own = trace
        own.spanID = UInt64.random(in: 1 ... .max)
        let start = gateway.clock.monotonicNanoseconds()
        meter.run(onEventLoop: isOnEventLoop, sample: nil) { body(own) }
        gateway.tracer.record(
            Span(
                "\(route.moduleID).\(route.route.operation)", kind: .internal, trace: own, parent: trace.spanID,
                durationNanoseconds: gateway.clock.monotonicNanoseconds() - start,
                attributes: [
                    LogField("gantry.module", route.moduleID), LogField("gantry.operation", route.route.operation),
                    LogField("gantry.tenant", tenant?.id ?? ""),
                    LogField("gantry.execution", "\(route.route.execution)"),
                ]))
    }

    /// Whether the request is measured for those around it; nil where what it cost is told of itself.
    private var isSample: Bool? {
        guard !gateway.configuration.tellsCost, gateway.configuration.requestLog != .all else { return nil }
        return CallMeter.isSample(gateway.samples.wrappingAdd(1, ordering: .relaxed).oldValue)
    }

    /// Tells of the finished request as a span.
    func recordSpan(_ method: String, route: String, status: Int, durationNanoseconds: Int64) {
        gateway.tracer.record(
            Span(
                "\(method) \(route)", kind: .server, trace: trace, parent: parentSpan,
                durationNanoseconds: durationNanoseconds, isError: status >= 500, state: traceState,
                attributes: [
                    LogField("http.request.method", method), LogField("http.route", route),
                    LogField("http.response.status_code", status), LogField("gantry.tenant", tenant?.id ?? ""),
                    LogField("gantry.module", module?.id ?? ""),
                    LogField("gantry.request_id", String(decoding: requestID(), as: UTF8.self)),
                ]))
    }

    /// Writes what an answer says of its trace and, where the deployment wants it told, of its cost.
    func writeTelemetry(_ fields: inout FieldWriter) {
        if gateway.tracer.isEnabled {
            fields.add(lines: Array("traceparent: \(trace.header)\r\n".utf8))
            if !traceState.isEmpty { fields.add(untrusted: "tracestate", value: traceState) }
        }
        guard gateway.configuration.tellsCost else { return }
        let total = gateway.clock.monotonicNanoseconds() - startNanoseconds
        var parts = ["total;dur=\(Self.milliseconds(total))"]
        if module != nil {
            let cost = cost
            parts.append("cpu;dur=\(Self.milliseconds(cost.processorNanoseconds))")
            if cost.databaseNanoseconds > 0 {
                parts.append("db;dur=\(Self.milliseconds(cost.databaseNanoseconds))")
            }
            if cost.outboundRequests > 0 {
                parts.append("out;dur=\(Self.milliseconds(cost.outboundNanoseconds))")
            }
        }
        fields.add(lines: Array("Server-Timing: \(parts.joined(separator: ", "))\r\n".utf8))
    }

    /// To the microsecond.
    private static func milliseconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds / 1000) / 1000 }
}
