package import CGantry
public import GantryKit

extension TestHost {
    /// A request of a test.
    public struct Request: Sendable {
        /// The method.
        public var method: String
        /// The path with its query.
        public var path: String
        /// The headers.
        public var headers: [(name: String, value: String)] = []
        /// The body.
        public var body: [UInt8] = []
        /// Whether the body is JSON, which the module then finds parsed.
        public var isJSON = false
        /// Who makes it.
        public var principal = TestPrincipal.nobody

        /// A request without a body.
        public init(_ method: String, _ path: String, as principal: TestPrincipal = .nobody) {
            self.method = method
            self.path = path
            self.principal = principal
        }
    }

    /// Sends a request by the routes of the manifest, and waits for the answer. Where the route says so the module's
    /// check comes first, and its findings are the answer, as from the real host.
    public func send(_ request: Request) throws -> TestResponse {
        let parts = request.path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bundle else { throw TestFailure("without a bundle there are no routes; use `call`") }
        guard let (route, parameters) = bundle.route(request.method, String(parts[0])) else {
            throw TestFailure("no route of \(bundle.folder)/module.yaml takes \(request.method) \(parts[0])")
        }
        let query = parts.count > 1 ? PercentText.query(parts[1]) : []
        return try send(request, to: route, parameters, query, path: String(parts[0]))
    }

    /// Calls an operation by its id, past the routes.
    public func call(
        _ operation: String, parameters: [String] = [], query: [(String, String)] = [], json: String? = nil,
        body: [UInt8] = [], headers: [(name: String, value: String)] = [], as principal: TestPrincipal = .nobody
    ) throws -> TestResponse {
        let route = route(operation)
        var request = Request(route.method, route.path, as: principal)
        request.headers = headers
        request.body = json.map { Array($0.utf8) } ?? body
        request.isJSON = json != nil
        return try send(request, to: route, parameters, query, path: route.path)
    }

    /// Runs the module's own check of a request, and returns what it finds.
    public func check(
        _ operation: String, parameters: [String] = [], query: [(String, String)] = [], json: String? = nil,
        known: [Finding] = [], as principal: TestPrincipal = .nobody
    ) throws -> [Finding] {
        let route = route(operation)
        var request = Request(route.method, route.path, as: principal)
        request.body = json.map { Array($0.utf8) } ?? []
        request.isJSON = json != nil
        let memory = LentMemory()
        var raw = try lend(request, try position(route), parameters, query, path: route.path, route: route, in: memory)
        return try check(&raw, principal, known: known)
    }

    /// The route of an operation; one made up where there is no bundle.
    private func route(_ operation: String, streamsBody: Bool = false) -> TestBundle.Route {
        bundle?.routes.first { $0.operation == operation }
            ?? TestBundle.Route(
                operation: operation, method: "POST", path: "/v1/\(operation)", isInline: false, checks: false,
                streamsBody: streamsBody, opensSocket: false)
    }

    /// The number by which the module knows an operation.
    private func position(_ route: TestBundle.Route) throws -> UInt32 {
        guard let position = loaded.operations.firstIndex(of: route.operation) else {
            throw TestFailure("the module handles no operation `\(route.operation)`")
        }
        return UInt32(position)
    }

    /// Gets what is at `path`.
    public func get(_ path: String, as principal: TestPrincipal = .nobody) throws -> TestResponse {
        try send(Request("GET", path, as: principal))
    }

    /// Deletes what is at `path`.
    public func delete(_ path: String, as principal: TestPrincipal = .nobody) throws -> TestResponse {
        try send(Request("DELETE", path, as: principal))
    }

    /// Posts the JSON of `value`.
    public func post(
        _ path: String, json value: some Encodable, as principal: TestPrincipal = .nobody
    ) throws -> TestResponse {
        try send("POST", path, json: value, as: principal)
    }

    /// Sends the JSON of `value`.
    public func send(
        _ method: String, _ path: String, json value: some Encodable, as principal: TestPrincipal = .nobody
    ) throws -> TestResponse {
        var request = Request(method, path, as: principal)
        request.body = try OutboundRequest.json(method, path, value).body
        request.isJSON = true
        return try send(request)
    }

    /// Calls an operation whose body comes piece by piece.
    public func call(
        _ operation: String, parameters: [String] = [], pieces: [[UInt8]], as principal: TestPrincipal = .nobody
    ) throws -> TestResponse {
        let route = route(operation, streamsBody: true)
        let started = try start(Request("POST", route.path, as: principal), to: route, parameters, [], pieces: pieces)
        return try started.answer()
    }

    /// Starts a call and returns without waiting for a handler that answers later.
    public func start(
        _ operation: String, parameters: [String] = [], json: String? = nil, as principal: TestPrincipal = .nobody
    ) throws -> StartedCall {
        let route = route(operation)
        var request = Request("POST", route.path, as: principal)
        request.body = json.map { Array($0.utf8) } ?? []
        request.isJSON = json != nil
        return try start(request, to: route, parameters, [], pieces: [])
    }

    /// A call that is under way.
    public struct StartedCall: Sendable {
        let host: TestHost
        let call: TestCall
        /// What the module's function answered.
        public let status: Status

        /// What was answered so far; nil while nothing was.
        public var response: TestResponse? {
            host.state.withLock { _ in call.isAnswered || call.isStarted ? call.response : nil }
        }

        /// Waits for the answer.
        public func answer() throws -> TestResponse { try host.outcome(call, status) }
    }

    /// Sends a request to a route that is chosen already.
    package func send(
        _ request: Request, to route: TestBundle.Route, _ parameters: [String], _ query: [(String, String)],
        path: String = "/"
    ) throws -> TestResponse {
        let memory = LentMemory()
        var raw = try lend(request, try position(route), parameters, query, path: path, route: route, in: memory)
        if route.checks {
            do {
                let findings = try check(&raw, request.principal)
                if !findings.isEmpty { return TestResponse(status: 422, findings: findings) }
            } catch let error as HostError {
                // A check that fails is answered like a handler that does.
                return Self.internalError(error.status)
            }
        }
        if route.opensSocket {
            let started = try handle(&raw, request.principal, [], isInline: route.isInline, subprotocols: [])
            return try greet(started)
        }
        let pieces = route.streamsBody && !request.body.isEmpty ? [request.body] : []
        return try handle(&raw, request.principal, pieces, isInline: route.isInline).answer()
    }

    package func start(
        _ request: Request, to route: TestBundle.Route, _ parameters: [String], _ query: [(String, String)],
        pieces: [[UInt8]]
    ) throws -> StartedCall {
        let memory = LentMemory()
        var raw = try lend(
            request, try position(route), parameters, query, path: route.path, route: route, in: memory)
        return try handle(&raw, request.principal, pieces, isInline: route.isInline)
    }

    /// Has the module handle an opening by the routes of the manifest.
    func open(_ request: Request, subprotocols: [String]) throws -> (TestCall, Status) {
        let parts = request.path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let (route, parameters) = bundle?.route(request.method, String(parts[0])) else {
            throw TestFailure("no route of a bundle takes \(request.method) \(parts[0])")
        }
        guard route.opensSocket else { throw TestFailure("the route of \(parts[0]) has no `websocket`") }
        let query = parts.count > 1 ? PercentText.query(parts[1]) : []
        let memory = LentMemory()
        var raw = try lend(
            request, try position(route), parameters, query, path: String(parts[0]), route: route, in: memory)
        let started = try handle(
            &raw, request.principal, [], isInline: route.isInline, subprotocols: subprotocols)
        return (started.call, started.status)
    }

    /// Has the module handle a request as it is given.
    package func handle(
        _ raw: inout gantry_request_v1, _ principal: TestPrincipal, _ pieces: [[UInt8]], isInline: Bool,
        subprotocols: [String]? = nil
    ) throws -> StartedCall {
        guard let http = loaded.http else { throw TestFailure("the module handles no requests") }
        let call = begin(.request, as: principal, body: pieces)
        call.openingSubprotocols = subprotocols
        call.isInline = isInline
        let status = enter(call, isImpatient: isInline) { context in
            withInstance { http.pointee.handle.unsafelyUnwrapped($0, context, &raw) }
        }
        if status == .pending, state.withLock({ $0.leavesAtOnce }) { cancelCalls() }
        return StartedCall(host: self, call: call, status: status)
    }

    /// What the client of `call` gets when the module's function has answered `status`.
    func outcome(_ call: TestCall, _ status: Status) throws -> TestResponse {
        if status == .pending { try waitForAnswer(call) }
        let response = state.withLock { state in
            state.lastResponse = call.response
            return call.response
        }
        finish(call)
        if let response, state.withLock({ _ in call.isAnswered }) { return response }
        if status == .ok || status == .pending {
            throw TestFailure("the handler answered \(status), but sent no response; it must answer exactly once")
        }
        return Self.internalError(status)
    }

    private static func internalError(_ status: Status) -> TestResponse {
        TestResponse(
            status: 500, reason: "internal_error", message: "Something went wrong on our side.", failure: status)
    }

    /// Runs the module's check of a request.
    func check(
        _ raw: inout gantry_request_v1, _ principal: TestPrincipal, known: [Finding] = []
    ) throws -> [Finding] {
        guard let http = loaded.http else { return [] }
        let call = begin(.check, as: principal)
        defer { finish(call) }
        var findings: [Finding] = []
        let record = ErrorRecord()
        let memory = LentMemory()
        let found = memory.array(
            known.map { finding in
                gantry_finding_v1(
                    location: finding.location.rawValue, reserved: 0, path: memory.text(finding.path),
                    code: memory.text(finding.code), message: memory.text(finding.message))
            })
        let status = withUnsafeMutablePointer(to: &findings) { findings in
            enter(call, isImpatient: true) { context in
                withInstance {
                    http.pointee.check.unsafelyUnwrapped(
                        $0, context, &raw, found, UInt64(known.count), Self.report, findings, record.pointer)
                }
            }
        }
        guard status == .ok else { throw HostError(status, message: record.message) }
        return findings
    }

    private static let report: gantry_finding_fn_v1 = { context, finding in
        guard let finding else { return Status.invalid.rawValue }
        context?.assumingMemoryBound(to: [Finding].self).pointee.append(Finding(copying: finding.pointee))
        return Status.ok.rawValue
    }

    private func lend(
        _ request: Request, _ operation: UInt32, _ parameters: [String], _ query: [(String, String)], path: String,
        route: TestBundle.Route, in memory: LentMemory
    ) throws -> gantry_request_v1 {
        var raw = gantry_request_v1()
        raw.operation = operation
        raw.method = memory.text(request.method)
        raw.path = memory.text(path)
        raw.request_id = memory.text("request-\(state.withLock { $0.next() })")
        raw.path_parameters = UnsafePointer(memory.array(parameters.map { memory.text($0) }))
        raw.path_parameter_count = UInt32(parameters.count)
        raw.query = memory.fields(query.map { (name: $0.0, value: $0.1) })
        raw.query_count = UInt32(query.count)
        raw.headers = memory.fields(request.headers.map { (name: $0.name.lowercased(), value: $0.value) })
        raw.header_count = UInt32(request.headers.count)
        raw.principal = UnsafePointer(memory.array([request.principal.raw(in: memory)]))
        guard !route.streamsBody else { return raw }
        guard request.isJSON else {
            raw.body = memory.bytes(request.body)
            return raw
        }
        let document = try memory.document(request.body)
        raw.body = document.bytes
        raw.document = UnsafePointer(memory.array([document]))
        return raw
    }
}
