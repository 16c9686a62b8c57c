import GantryCore
import GantryJSON
import GantryLoader
import GantryServer
import GantryTelemetry

extension RequestContext: ReplySink {
    var stream: (any StreamPort)? { RequestStream(self) }
    var socket: (any SocketPort)? { RequestSocket(self) }

    var mark: (any EffectMark)? { keyed }

    var origin: String? { hostName.map { "\(exchange.isSecure ? "https" : "http")://\(headers.host ?? $0)" } }

    func send(
        status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField], body: UnsafeRawBufferPointer
    ) {
        if let fault = ResponseCheck.fault(
            self, status: status, contentType: contentType, headers: headers, body: body)
        {
            return ResponseStep.fail(self, fault)
        }
        guard let keyed else {
            return ResponseStep.send(self, status: status, contentType: contentType, headers: headers, body: body)
        }
        let (type, bytes) = (Array(contentType), Array(body))
        keyed.keep(self, status: status) {
            KeptAnswer(
                status: status, contentType: String(decoding: type, as: UTF8.self),
                headers: headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n"), body: bytes)
        } send: { [self] in
            type.withUnsafeBytes { type in
                bytes.withUnsafeBytes { body in
                    ResponseStep.send(self, status: status, contentType: type, headers: headers, body: body)
                }
            }
        }
    }

    func fail(_ failure: ModuleFailure) {
        if let fault = ResponseCheck.fault(self, failure: failure) { return ResponseStep.fail(self, fault) }
        var answer = Failure(failure.status, failure.reason, failure.message)
        if Self.isObject(failure.details) { answer.details = Self.trimmed(failure.details) }
        if failure.status >= 500 { report("The module answered with a failure.", status: "\(failure.status)") }
        give(answer)
    }

    func refuse(_ findings: [FieldFinding]) { give(.validation(findings)) }

    /// Answers with a failure of the module's, which is kept where it came with an effect.
    private func give(_ failure: Failure) {
        guard let keyed else { return ResponseStep.fail(self, failure) }
        keyed.keep(self, status: failure.status) {
            let shape = route?.shape ?? .platform
            let body = shape.render(failure, requestID: requestID(), meta: nil)
            return KeptAnswer(status: failure.status, contentType: "application/json", headers: "", body: body)
        } send: { [self] in
            ResponseStep.fail(self, failure)
        }
    }

    func abandon(status: ModuleStatus) {
        let hint = "The handler has returned before anything was sent; one that answers later returns GANTRY_PENDING."
        keyed?.end()
        report("The module gave no answer.", status: "\(status)", hint: status == .ok ? hint : nil)
        ResponseStep.fail(self, failure(for: status))
    }

    /// What the host's own tables answer when it is not the module's fault goes on to the client as what it is.
    private func failure(for status: ModuleStatus) -> Failure {
        switch status {
        case .busy: .overloaded(module?.id ?? "")
        case .full: .storageFull
        case .cancelled: .deadlineExceeded
        case .gone: .moduleUnavailable(module?.id ?? "")
        case .crowded: .overloaded(module?.id ?? "")
        default: .internalError
        }
    }

    private func report(_ message: String, status: String, hint: String? = nil) {
        gateway.log.write(
            .error, message,
            scope: LogScope(
                requestID: String(decoding: requestID(), as: UTF8.self), tenant: tenant?.id, module: module?.id),
            trace: trace,
            fields: [LogField("operation", route?.route.operation ?? ""), LogField("status", status)]
                + (hint.map { [LogField("hint", $0)] } ?? []))
    }

    /// Details come from the module's memory; what is no JSON object would spoil the whole answer.
    private static func isObject(_ details: [UInt8]) -> Bool {
        guard !details.isEmpty, let document = try? JSONDocument(details) else { return false }
        return document.withRoot { $0.kind == .object && $0.count > 0 }
    }

    private static func trimmed(_ details: [UInt8]) -> [UInt8] {
        guard let start = details.firstIndex(of: UInt8(ascii: "{")), let end = details.lastIndex(of: UInt8(ascii: "}"))
        else { return [] }
        return Array(details[start...end])
    }
}
