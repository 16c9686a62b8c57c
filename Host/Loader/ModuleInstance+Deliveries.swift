import CGantry
public import GantryCore
import GantryJSON

/// An event on its way to a subscriber.
public struct DeliveredEvent: Sendable {
    /// Name of the handler in the manifest.
    public var handler: String
    /// Counted from 1.
    public var attempt: UInt32
    /// Identifies the event for ever.
    public var id: String
    /// The module that published it.
    public var source: String
    /// Its type.
    public var type: String
    /// Ordering key; empty when there is none.
    public var key: String
    /// When it was published, in milliseconds since 1970.
    public var timeMilliseconds: Int64
    /// A JSON object.
    public var data: [UInt8]

    /// Creates the delivery.
    public init(
        handler: String, attempt: UInt32, id: String, source: String, type: String, key: String,
        timeMilliseconds: Int64, data: [UInt8]
    ) {
        self.handler = handler
        self.attempt = attempt
        self.id = id
        self.source = source
        self.type = type
        self.key = key
        self.timeMilliseconds = timeMilliseconds
        self.data = data
    }
}

extension ModuleInstance {
    /// Hands an event to the module's subscription on the calling thread; anything but ok means: again later.
    public func deliver(
        _ event: DeliveredEvent, deadlineNanoseconds: Int64, trace: TraceContext
    ) -> PortOutcome {
        guard let function = module.subscriber?.deliver, let number = module.subscriptionNumber(event.handler) else {
            return PortOutcome(.unsupported, message: "There is no handler `\(event.handler)`.")
        }
        var text: [UInt8] = []
        let ranges = [event.id, event.source, event.type, event.key].map { part in
            defer { text += part.utf8 }
            return TextRange(start: text.count, count: part.utf8.count)
        }
        return withDocument(event.data) { document in
            text.withUnsafeBufferPointer { text in
                guard let base = text.baseAddress else {
                    return PortOutcome(.invalid, message: "An event without id cannot be delivered.")
                }
                var interface = gantry_event_v1(
                    subscription: number, attempt: event.attempt, id: gantry_str_v1(ranges[0], in: base),
                    source: gantry_str_v1(ranges[1], in: base), type: gantry_str_v1(ranges[2], in: base),
                    key: gantry_str_v1(ranges[3], in: base), time_milliseconds: event.timeMilliseconds,
                    data: document)
                return background(.delivery, "deliver \(event.type)", deadlineNanoseconds, trace) {
                    pointer, call, error in
                    function(pointer, call, &interface, error)
                }
            }
        }
    }

    /// Runs a job on the calling thread; anything but ok means: again later.
    public func run(
        job name: String, id: String, attempt: UInt32, payload: [UInt8], deadlineNanoseconds: Int64,
        trace: TraceContext
    ) -> PortOutcome {
        guard let function = module.runner?.run, let number = module.jobNumber(name) else {
            return PortOutcome(.unsupported, message: "There is no job `\(name)`.")
        }
        var id = id
        return withDocument(payload) { document in
            id.withUTF8 { id in
                var interface = gantry_job_v1(
                    job: number, attempt: attempt, id: gantry_str_v1(UnsafeRawBufferPointer(id)), payload: document)
                return background(.job, "job \(name)", deadlineNanoseconds, trace) { pointer, call, error in
                    function(pointer, call, &interface, error)
                }
            }
        }
    }

    private func background(
        _ what: ModuleCall.What, _ name: @autoclosure () -> String, _ deadlineNanoseconds: Int64,
        _ trace: TraceContext,
        _ body: (
            UnsafeMutableRawPointer?, UnsafePointer<gantry_call_v1>, UnsafeMutablePointer<gantry_error_v1>
        ) -> Int32
    ) -> PortOutcome {
        let spans = trace.isSampled ? ports.services.spans : nil
        let start = MonotonicClock.nanoseconds
        var own = trace
        // What the module does in it belongs to a span of its own.
        if spans != nil { own.spanID = UInt64.random(in: 1 ... .max) }
        let call = ModuleCall(
            instance: self, sink: nil, deadlineNanoseconds: deadlineNanoseconds, trace: own, what: what)
        guard let pointer = beginCall() else { return PortOutcome(.stale, message: "The module is being stopped.") }
        defer { endCall() }
        let error = ErrorRecord()
        var context = self.context(of: call)
        let status = ModuleStatus(rawValue: enter(for: call) { body(pointer, &context, error.pointer) })
        call.end()
        spans?.record(
            CallSpan(
                name: name(), kind: .consumer, trace: own, parent: trace.spanID,
                durationNanoseconds: MonotonicClock.nanoseconds - start, isError: status.rawValue < 0))
        return PortOutcome(status, code: error.pointer.pointee.code, message: error.message)
    }

    private func withDocument(_ json: [UInt8], _ use: (gantry_document_v1) -> PortOutcome) -> PortOutcome {
        json.withUnsafeBytes { bytes in
            var nodes: [JSONNode] = []
            do {
                try JSONScanner.scan(bytes, into: &nodes)
            } catch {
                return PortOutcome(.invalid, message: "The stored document is not readable JSON: \(error)")
            }
            return nodes.withUnsafeBufferPointer { use(gantry_document_v1(bytes, $0)) }
        }
    }
}
