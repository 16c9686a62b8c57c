import CGantry
import GantryCore
import GantryThreads

/// `gantry.http_client`: requests to other servers.
enum HTTPClientTable {
    typealias Call = UnsafePointer<gantry_call_v1>?
    typealias Request = UnsafePointer<gantry_outbound_request_v1>?
    typealias Failure = UnsafeMutablePointer<gantry_error_v1>?

    private static let defaultTimeoutMilliseconds: Int64 = 30_000
    private static let defaultAnswerBytes: UInt64 = 1 << 20
    private static let maximumAnswerBytes: UInt64 = 64 << 20
    private static let maximumBodyBytes: UInt64 = 16 << 20
    private static let maximumHeaders: UInt64 = 100
    /// What of a streamed body may wait for the module.
    private static let streamCredit = 64 << 10

    static let perform:
        @convention(c) (Call, Request, gantry_outbound_fn_v1?, UnsafeMutableRawPointer?, Failure) -> Int32 = {
            context, request, onResponse, responseContext, error in
            guard let request = request?.pointee, let onResponse else { return ModuleStatus.invalid.rawValue }
            return run(
                context, "gantry.http_client.perform", error, waits: true
            ) { call, port throws(PortOutcome) in
                let sink = WaitingSink()
                let span = OutboundSpan(call, parent: context?.pointee.span_id ?? 0)
                let checked = try checked(request, call, span: span.id, isStreamed: false)
                let measured = MeasuredOutboundSink(sink, call: call, span: span.id, parent: span.parent, checked)
                let exchange = try port.begin(checked, credit: .max >> 1, sink: measured)
                let (outcome, answer, body) = call.instance.awaited.whileWaiting(for: exchange) { sink.wait() }
                // Whoever took the right away has broken it off.
                guard call.instance.isGranted(.httpClient) else { throw ModuleExchange.denial }
                let status = OutboundReply(outcome, answer, body).tell(onResponse, responseContext)
                if outcome.status != .ok { throw outcome }
                return status.rawValue < 0 ? status : .ok
            }
        }

    static let submit:
        @convention(c) (
            Call, Request, gantry_outbound_fn_v1?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>?, Failure
        ) -> Int32 = { context, request, onResponse, responseContext, outExchange, error in
            guard let onResponse else { return ModuleStatus.invalid.rawValue }
            let functions = ModuleExchange.Functions(
                chunk: nil, chunkContext: nil, response: onResponse, responseContext: responseContext)
            return begin(context, "gantry.http_client.submit", request, functions, outExchange, error)
        }

    static let stream:
        @convention(c) (
            Call, Request, gantry_bytes_fn_v1?, UnsafeMutableRawPointer?, gantry_outbound_fn_v1?,
            UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>?, Failure
        ) -> Int32 = {
            context, request, onChunk, chunkContext, onResponse, responseContext, outExchange, error in
            guard let onChunk, let onResponse else { return ModuleStatus.invalid.rawValue }
            let functions = ModuleExchange.Functions(
                chunk: onChunk, chunkContext: chunkContext, response: onResponse, responseContext: responseContext)
            return begin(context, "gantry.http_client.stream", request, functions, outExchange, error)
        }

    static let resume: @convention(c) (Call, UInt64) -> Int32 = { call, handle in
        withExchange(call, handle) { $0.resume() }
    }

    static let cancel: @convention(c) (Call, UInt64) -> Int32 = { call, handle in
        withExchange(call, handle) { $0.cancel() }
    }

    private static func begin(
        _ context: Call, _ function: StaticString, _ request: Request, _ functions: ModuleExchange.Functions,
        _ outExchange: UnsafeMutablePointer<UInt64>?, _ error: Failure
    ) -> Int32 {
        guard let request = request?.pointee else { return ModuleStatus.invalid.rawValue }
        return run(context, function, error) { call, port throws(PortOutcome) in
            let isStreamed = functions.chunk != nil
            let span = OutboundSpan(call, parent: context?.pointee.span_id ?? 0)
            let checked = try checked(request, call, span: span.id, isStreamed: isStreamed)
            let exchange = ModuleExchange(instance: call.instance, functions: functions)
            outExchange?.pointee = exchange.handle
            do throws(PortOutcome) {
                exchange.attach(
                    try port.begin(
                        checked, credit: isStreamed ? streamCredit : .max >> 1,
                        sink: MeasuredOutboundSink(exchange, call: call, span: span.id, parent: span.parent, checked)))
            } catch {
                exchange.abandon()
                throw error
            }
            // The right may have been taken away before the exchange could be found.
            if !call.instance.isGranted(.httpClient) { exchange.deny() }
            return .pending
        }
    }

    private static func run(
        _ context: Call, _ function: StaticString, _ error: Failure, waits: Bool = false,
        _ body: (ModuleCall, any OutboundPort) throws(PortOutcome) -> ModuleStatus
    ) -> Int32 {
        ServiceCalls.run(context, \.outbound, error, waits: waits, needs: (.httpClient, function)) {
            call, port throws(PortOutcome) in
            do throws(PortOutcome) { return try body(call, port) } catch let outcome {
                if outcome.status == .denied { _ = call.instance.deny(.httpClient, function) }
                throw outcome
            }
        }
    }

    private static func withExchange(
        _ call: Call, _ handle: UInt64, _ body: (ModuleExchange) -> Void
    ) -> Int32 {
        // Continuations come when the call may be over: as with the executor, the instance counts.
        guard let instance = call.flatMap({ ModuleInstance.table.resolve($0.pointee.instance) }),
            let exchange = ModuleExchange.table.resolve(handle), exchange.instance === instance
        else { return ModuleStatus.stale.rawValue }
        body(exchange)
        return ModuleStatus.ok.rawValue
    }

    private static func checked(
        _ request: gantry_outbound_request_v1, _ call: ModuleCall, span: UInt64, isStreamed: Bool
    ) throws(PortOutcome) -> OutboundPortRequest {
        guard request.body.isSpan, request.timeout_milliseconds >= 0, request.redirect_limit <= 20 else {
            throw PortOutcome(.invalid, message: "Body, time limit or limit of redirections make no sense.")
        }
        guard request.body.size <= maximumBodyBytes else {
            throw PortOutcome(.limit, message: "The body of a request may have at most \(maximumBodyBytes) bytes.")
        }
        let wanted = request.response_limit == 0 ? defaultAnswerBytes : request.response_limit
        let limit = isStreamed && request.response_limit == 0 ? UInt64(Int.max) : wanted
        guard isStreamed || limit <= maximumAnswerBytes else {
            throw PortOutcome(
                .limit, message: "An answer may have at most \(maximumAnswerBytes) bytes unless it is streamed.")
        }
        var headers = try ServiceCalls.fields(
            request.headers, request.header_count, atMost: maximumHeaders, "headers")
        if !headers.contains(where: { $0.name.lowercased() == "traceparent" }),
            let parent = TraceTable.parent(call, span: span)
        {
            headers.append(("traceparent", parent))
            if let state = call.sink?.traceState, !state.isEmpty { headers.append(("tracestate", state)) }
        }
        var timeout =
            request.timeout_milliseconds == 0 ? defaultTimeoutMilliseconds : request.timeout_milliseconds
        if call.deadlineNanoseconds != 0 {
            timeout = min(timeout, (call.deadlineNanoseconds - MonotonicClock.nanoseconds) / 1_000_000)
            guard timeout > 0 else { throw PortOutcome(.cancelled, message: "The deadline of the call has passed.") }
        }
        return OutboundPortRequest(
            method: try ServiceCalls.text(request.method, atMost: 16, "method"),
            url: try ServiceCalls.text(request.url, atMost: 8192, "url"), headers: headers,
            body: Array(request.body.buffer), timeoutMilliseconds: timeout,
            maximumAnswerBytes: Int(clamping: limit), maximumRedirects: Int(request.redirect_limit))
    }
}

/// Waits for an answer as a whole.
private final class WaitingSink: OutboundSink {
    private struct State {
        var answer: OutboundPortAnswer?
        var body: [UInt8] = []
        var outcome: PortOutcome?
    }

    private let state = Monitor(State())

    func received(_ answer: OutboundPortAnswer) { state.withLock { $0.answer = answer } }

    func received(_ bytes: UnsafeRawBufferPointer) {
        let copy = Array(bytes)
        state.withLock { $0.body += copy }
    }

    func finished(_ outcome: PortOutcome) {
        state.withLock { $0.outcome = outcome }
        state.signal()
    }

    /// The port ends each request in time.
    func wait() -> (PortOutcome, OutboundPortAnswer?, [UInt8]) {
        let ended = state.wait { state in state.outcome.map { ($0, state.answer, state.body) } }
        guard let ended else { preconditionFailure("A wait without a deadline ends with a value.") }
        return ended
    }
}

/// The outcome of a request, as the module is told of it.
struct OutboundReply {
    private let outcome: PortOutcome
    private let answer: OutboundPortAnswer?
    private let body: [UInt8]

    init(_ outcome: PortOutcome, _ answer: OutboundPortAnswer?, _ body: [UInt8]) {
        self.outcome = outcome
        self.answer = answer
        self.body = body
    }

    func tell(_ function: gantry_outbound_fn_v1, _ context: UnsafeMutableRawPointer?) -> ModuleStatus {
        guard outcome.status == .ok, let answer else {
            let status = outcome.status == .ok ? ModuleStatus.failed : outcome.status
            let record = ErrorRecord()
            record.pointer.fill(code: outcome.code, message: outcome.message)
            return ModuleStatus(rawValue: function(context, status.rawValue, nil, record.pointer))
        }
        var texts = LentTexts()
        let url = texts.add(answer.url)
        let fields = answer.headers.map { (name: texts.add($0.name), value: texts.add($0.value)) }
        let record = ErrorRecord()
        return texts.lend { texts in
            let headers = fields.map { gantry_field_v1(name: texts[$0.name], value: texts[$0.value]) }
            return headers.withUnsafeBufferPointer { headers in
                body.withUnsafeBytes { body in
                    var response = gantry_outbound_response_v1(
                        http_status: UInt32(answer.status), reserved: 0, url: texts[url],
                        headers: headers.baseAddress, header_count: UInt64(headers.count), body: gantry_str_v1(body))
                    let status = function(context, ModuleStatus.ok.rawValue, &response, record.pointer)
                    return ModuleStatus(rawValue: status)
                }
            }
        }
    }
}
