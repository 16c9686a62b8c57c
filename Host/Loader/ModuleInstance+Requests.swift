import CGantry
public import GantryCore
public import GantryJSON

extension ModuleInstance {
    /// Runs the handler on the calling thread. The sink gets exactly one answer, perhaps later and from another thread.
    /// `body` and `nodes` are borrowed until this returns.
    public func handle(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink
    ) {
        let call = ModuleCall(
            instance: self, sink: sink, deadlineNanoseconds: deadlineNanoseconds, trace: trace,
            principal: request.principal, what: .operation(request.operation))
        guard let http = module.http, let function = http.handle else { return sink.abandon(status: .unsupported) }
        guard let pointer = beginCall() else {
            return sink.fail(
                ModuleFailure(status: 503, reason: "module_stopping", message: "The module is being stopped."))
        }
        var context = self.context(of: call)
        let operation = request.operation
        let status = withInterfaceRequest(request, body: body, nodes: nodes) { request in
            ModuleStatus(
                rawValue: enter(for: call, mayWait: module.mayWait(operation)) {
                    function(pointer, &context, request)
                })
        }
        finish(call, status)
    }

    /// The handler has returned.
    func finish(_ call: ModuleCall, _ status: ModuleStatus) {
        endCall()
        // A pending call keeps its handle until it is answered; every other one is over now.
        if status == .pending { return call.leavePending() }
        if let socket = call.socket {
            if status != .ok { socket.fail() }
            return call.leavePending()
        }
        call.end()
        if call.claimAnswer() { call.sink?.abandon(status: status) } else { call.resetStream() }
    }

    /// The module's own check of a request; gives the findings that it adds to the `known` ones.
    public func check(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, known: [FieldFinding]
    ) -> [FieldFinding] {
        guard let function = module.http?.check else { return [] }
        let call = ModuleCall(
            instance: self, sink: nil, deadlineNanoseconds: deadlineNanoseconds, trace: trace,
            what: .check(request.operation))
        guard let pointer = beginCall() else { return [] }
        defer { endCall() }
        var context = self.context(of: call)
        let collector = FindingCollector()
        let error = ErrorRecord()
        let status = withInterfaceRequest(request, body: body, nodes: nodes) { request in
            withInterfaceFindings(known) { findings in
                ModuleStatus(
                    rawValue: enter(for: call, mayWait: false) {
                        function(
                            pointer, &context, request, findings.baseAddress, UInt64(findings.count),
                            FindingCollector.report, Unmanaged.passUnretained(collector).toOpaque(), error.pointer)
                    })
            }
        }
        call.end()
        if status != .ok {
            ports.log.write(
                level: .error, message: "The module's check answered \(status).", fields: [("reason", error.message)],
                trace: trace)
        }
        return collector.findings
    }

    func withInterfaceRequest<Result>(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        _ use: (UnsafePointer<gantry_request_v1>) -> Result
    ) -> Result {
        let (operation, method, path, id) = (request.operation, request.method, request.path, request.requestID)
        let (query, headers, parameters) = (request.query, request.headers, request.pathParameters)
        let fieldCount = query.count + headers.count
        return withPrincipal(request.principal) { principal in
            request.text.withUnsafeBufferPointer { text in
                // An empty array may have no address, and pointer arithmetic needs one.
                let base = text.baseAddress ?? Self.nothing.start
                return withUnsafeTemporaryAllocation(of: gantry_field_v1.self, capacity: fieldCount) { fields in
                    withUnsafeTemporaryAllocation(of: gantry_str_v1.self, capacity: parameters.count) { texts in
                        Self.fill(fields, query, from: 0, base)
                        Self.fill(fields, headers, from: query.count, base)
                        for index in parameters.indices {
                            texts.initializeElement(at: index, to: gantry_str_v1(parameters[index], in: base))
                        }
                        return withDocument(body, nodes) { document in
                            var interface = gantry_request_v1(
                                operation: operation, path_parameter_count: UInt32(parameters.count),
                                query_count: UInt32(query.count), header_count: UInt32(headers.count),
                                method: gantry_str_v1(method, in: base), path: gantry_str_v1(path, in: base),
                                request_id: gantry_str_v1(id, in: base),
                                path_parameters: UnsafePointer(texts.baseAddress),
                                query: UnsafePointer(fields.baseAddress),
                                headers: fields.baseAddress.map { UnsafePointer($0 + query.count) },
                                principal: principal, body: gantry_str_v1(body), document: document)
                            return use(&interface)
                        }
                    }
                }
            }
        }
    }

    private static let nothing = ConstantMemory<UInt8>([])

    private static func fill(
        _ memory: UnsafeMutableBufferPointer<gantry_field_v1>, _ fields: [ModuleRequest.Field], from start: Int,
        _ base: UnsafePointer<UInt8>
    ) {
        for index in fields.indices {
            memory.initializeElement(at: start + index, to: gantry_field_v1(fields[index], in: base))
        }
    }

    private func withPrincipal<Result>(
        _ principal: Principal?, _ use: (UnsafePointer<gantry_principal_v1>) -> Result
    ) -> Result {
        guard let principal else {
            var nobody = gantry_principal_v1()
            return use(&nobody)
        }
        if principal.hasToken { return IdentityTable.lend(principal, use) }
        var subject = principal.subject
        var role = principal.role.rawValue
        let number: UInt32 = principal.kind == .user ? 1 : 2
        return subject.withUTF8 { subject in
            role.withUTF8 { role in
                var principal = gantry_principal_v1(
                    kind: number, reserved: 0, subject: gantry_str_v1(UnsafeRawBufferPointer(subject)),
                    role: gantry_str_v1(UnsafeRawBufferPointer(role)), token: gantry_str_v1(),
                    claims: gantry_str_v1())
                return use(&principal)
            }
        }
    }

    private func withDocument<Result>(
        _ body: UnsafeRawBufferPointer, _ nodes: UnsafeBufferPointer<JSONNode>,
        _ use: (UnsafePointer<gantry_document_v1>?) -> Result
    ) -> Result {
        guard !nodes.isEmpty else { return use(nil) }
        var document = gantry_document_v1(body, nodes)
        return use(&document)
    }

    private func withInterfaceFindings<Result>(
        _ findings: [FieldFinding], _ use: (UnsafeBufferPointer<gantry_finding_v1>) -> Result
    ) -> Result {
        guard !findings.isEmpty else { return use(UnsafeBufferPointer(start: nil, count: 0)) }
        // Findings are rare, so one buffer of text for all of them is simple and good enough.
        var text: [UInt8] = []
        var ranges: [TextRange] = []
        for part in findings.flatMap({ [$0.field, $0.code, $0.message] }) {
            ranges.append(TextRange(start: text.count, count: part.utf8.count))
            text += part.utf8
        }
        return text.withUnsafeBufferPointer { text in
            let base = text.baseAddress ?? Self.nothing.start
            let list = findings.indices.map { index in
                gantry_finding_v1(
                    location: findings[index].location.rawValue, reserved: 0,
                    path: gantry_str_v1(ranges[index * 3], in: base),
                    code: gantry_str_v1(ranges[index * 3 + 1], in: base),
                    message: gantry_str_v1(ranges[index * 3 + 2], in: base))
            }
            return list.withUnsafeBufferPointer(use)
        }
    }
}

extension gantry_field_v1 {
    init(_ field: ModuleRequest.Field, in base: UnsafePointer<UInt8>) {
        self.init(name: gantry_str_v1(field.name, in: base), value: gantry_str_v1(field.value, in: base))
    }
}

extension gantry_document_v1 {
    /// The tape of the host is the interface's own layout (checked in the tests).
    init(_ bytes: UnsafeRawBufferPointer, _ nodes: UnsafeBufferPointer<JSONNode>) {
        self.init(
            bytes: gantry_str_v1(bytes),
            nodes: UnsafeRawPointer(nodes.baseAddress)?.assumingMemoryBound(to: gantry_node_v1.self),
            node_count: UInt64(nodes.count))
    }
}

/// Takes the findings of one check, on the thread that runs it.
private final class FindingCollector {
    var findings: [FieldFinding] = []

    static let report: gantry_finding_fn_v1 = { context, finding in
        guard let context, let finding = finding.flatMap({ FieldFinding($0.pointee) }) else {
            return ModuleStatus.invalid.rawValue
        }
        let collector = Unmanaged<FindingCollector>.fromOpaque(context).takeUnretainedValue()
        guard collector.findings.count < 1000 else { return ModuleStatus.limit.rawValue }
        collector.findings.append(finding)
        return ModuleStatus.ok.rawValue
    }
}
