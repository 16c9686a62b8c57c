import GantryCore
import GantryJSON
import GantryLoader
import GantryServer
import GantryTelemetry

/// The last step: the answer with the host's headers, its line in the log, and its share in the metrics.
enum ResponseStep {
    /// Answers with a failure in the shape that belongs to the route; does nothing when the request was answered.
    static func fail(_ context: RequestContext, _ original: Failure) {
        if let request = context.socketRequest, SocketStep.refuse(context, request, original) { return }
        guard context.claimAnswer() else { return }
        var failure = original
        var body = body(of: failure, context)
        if context.gateway.configuration.browsers.checksAnswers {
            failure = ResponseCheck.judged(context, failure, body: body)
            if failure.reason != original.reason { body = Self.body(of: failure, context) }
        }
        let hasBody = failure.status != 204
        context.sentBytes = body.count
        context.exchange.respond(status: failure.status, body: body) { fields in
            context.writeFields(&fields)
            if hasBody { fields.add(lines: "Content-Type: application/json\r\n") }
            fields.add(lines: failure.headers)
        }
        finish(context, status: failure.status)
    }

    private static func body(of failure: Failure, _ context: RequestContext) -> [UInt8] {
        if failure.status == 204 { return [] }
        let shape = context.shape ?? context.route?.shape
        // Only the platform's own shape knows a second version.
        let used = shape ?? .platform
        let meta = used.tellsMeta && context.version == 2 ? context.meta() : nil
        return used.render(failure, requestID: context.requestID(), meta: meta)
    }

    /// Answers with what a module, or a route of the host, has made.
    static func send(
        _ context: RequestContext, status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField],
        body: UnsafeRawBufferPointer
    ) {
        if RepresentationStep.concerns(context, status: status, byteCount: body.count) {
            return RepresentationStep.send(
                context, status: status, contentType: contentType, headers: headers, body: body)
        }
        guard context.claimAnswer() else { return }
        respond(context, status: status, envelope(context, status, contentType, body), body) { fields in
            writeFields(context, contentType: contentType, headers: headers, to: &fields)
        }
        finish(context, status: status)
    }

    /// What goes around the body, where anything does.
    static func envelope(
        _ context: RequestContext, _ status: Int, _ contentType: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer
    ) -> Envelope? {
        context.version == 2 ? Envelope(context, status: status, contentType: contentType, body: body) : nil
    }

    /// Sends an answer that was claimed.
    static func respond(
        _ context: RequestContext, status: Int, _ envelope: Envelope?, _ body: UnsafeRawBufferPointer,
        fields: (inout FieldWriter) -> Void
    ) {
        context.sentBytes = envelope?.count ?? body.count
        if let envelope {
            context.exchange.respond(
                status: status, body: envelope.body, between: envelope.before, and: envelope.after, fields: fields)
        } else {
            context.exchange.respond(status: status, body: body, fields: fields)
        }
    }

    /// Writes the host's headers and those of a module.
    static func writeFields(
        _ context: RequestContext, contentType: UnsafeRawBufferPointer, headers: [ReplyField],
        to fields: inout FieldWriter
    ) {
        context.writeFields(&fields)
        if !contentType.isEmpty { fields.add("Content-Type", trusted: contentType) }
        if headers.isEmpty { return }
        let isShared = context.headers.origin.flatMap(context.gateway.crossOrigin.lines) != nil
        for header in headers {
            let name = header.name.lowercased()
            // Where the host speaks about other origins it does so alone: two answers to one question are none.
            if context.gateway.answerFields.owns(name) || (isShared && name.hasPrefix("access-control-")) { continue }
            fields.add(untrusted: header.name, value: header.value)
        }
    }

    /// A streamed answer, which was claimed when it began, has ended.
    static func finishStream(_ context: RequestContext, status: Int) {
        finish(context, status: status, isStream: true)
    }

    /// Ends a request whose client has left. 499 is what many servers count it as; it is never sent.
    static func abandon(_ context: RequestContext) {
        guard context.claimAnswer() else { return }
        finish(context, status: 499)
    }

    private static func finish(_ context: RequestContext, status: Int, isStream: Bool = false) {
        let gateway = context.gateway
        let duration = gateway.clock.monotonicNanoseconds() - context.startNanoseconds
        if context.holdsInstance, let source = context.source {
            source.didAnswer(status: status, durationNanoseconds: isStream ? nil : duration)
            source.leave()
        }
        context.leavePlace()
        gateway.metrics.requestsInFlight.add(-1)
        let method = context.exchange.method
        let instruments =
            context.hostRoute?.instruments ?? context.route?.instruments ?? gateway.unmatched[method]
        instruments.record(
            status: status, durationNanoseconds: duration, tenant: context.tenant?.rank(gateway.metrics))
        let cost = context.module == nil ? nil : context.cost
        if let cost { context.module?.costs.add(cost, processorWeight: context.meter.weight) }
        if gateway.tracer.records(context.trace) {
            context.recordSpan(method, route: instruments.route, status: status, durationNanoseconds: duration)
        }
        if context.tenant?.hearsOfRequests == true {
            context.tellObserver(method, route: instruments.route, status: status, durationNanoseconds: duration)
        }
        switch gateway.configuration.requestLog {
        case .none: return
        case .failures: if status < 500 { return }
        case .all: break
        }
        context.request.text.withUnsafeBufferPointer { text in
            let range = context.request.requestID
            var record = RequestRecord(
                method: method, route: instruments.route, status: status, durationNanoseconds: duration,
                requestID: UnsafeBufferPointer(rebasing: text[range.start..<range.start + range.count]),
                tenant: context.tenant?.id ?? "", module: context.module?.id ?? "", trace: context.trace)
            record.client = context.client.text
            record.cost = cost
            if context.exchange.isOnEventLoop {
                gateway.log.write(record, using: &context.connection.line)
            } else {
                var line = JSONWriter(capacity: 512)
                gateway.log.write(record, using: &line)
            }
        }
    }
}

extension RequestContext {
    /// Writes the headers that every answer carries.
    func writeFields(_ fields: inout FieldWriter) {
        let lines = gateway.answerFields.lines(version: version, isOfModule: route.map { $0.version == 0 } ?? false)
        let resetMilliseconds = wallMilliseconds + allowance.resetNanoseconds / 1_000_000
        let (id, allowance) = (request.requestID, allowance)
        request.text.withUnsafeBytes { text in
            // Names, numbers and line ends of what is not in the two texts have less than 192 bytes.
            fields.add(atMost: 192 + id.count + lines.count) { filler in
                filler.line("X-Request-ID", UnsafeRawBufferPointer(rebasing: text[id.start..<id.start + id.count]))
                filler.write(lines)
                filler.line("X-RateLimit-Limit", allowance.limit)
                filler.line("X-RateLimit-Remaining", allowance.remaining)
                filler.line("X-RateLimit-Reset", Int((resetMilliseconds + 999) / 1000))
            }
        }
        if let origin = headers.origin, let lines = gateway.crossOrigin.lines(origin) {
            fields.add(lines: lines)
            // A browser's EventSource shows who it is by a cookie, and nothing else does.
            if hostRoute?.kind == .liveEvents, gateway.crossOrigin.isSelective {
                fields.add(lines: "Access-Control-Allow-Credentials: true\r\n")
            }
        }
        if gateway.tellsOfRequests { writeTelemetry(&fields) }
    }

    /// The member `meta` of the platform's second version.
    func meta() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("request_id", String(decoding: requestID(), as: UTF8.self))
        writer.key("timestamp")
        writer.timestamp(milliseconds: wallMilliseconds)
        writer.member("version", "v2")
        writer.endObject()
        return writer.bytes
    }
}
