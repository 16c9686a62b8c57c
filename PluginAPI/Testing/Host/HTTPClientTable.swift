import CGantry
import GantryKit

/// `gantry.http_client`: the outside as the test scripts it.
enum HTTPClientTable {
    static let table = gantry_http_client_v1(
        perform: { call, request, onResponse, context, error in
            TestHost.with(call, "gantry.http_client perform", waits: true) { host, _ in
                guard let request else { return .invalid }
                let outcome = host.answer(OutboundRequest(copying: request.pointee))
                return tell(outcome, error, onResponse, context)
            }
        },
        submit: { call, request, onResponse, context, outExchange, _ in
            TestHost.with(call, "gantry.http_client submit") { host, _ in
                guard let request, let onResponse else { return .invalid }
                outExchange?.pointee = host.begin(OutboundRequest(copying: request.pointee), onResponse, context) { _ in
                    nil
                }
                return .pending
            }
        },
        stream: { call, request, onChunk, chunkContext, onResponse, context, outExchange, _ in
            TestHost.with(call, "gantry.http_client stream") { host, _ in
                guard let request, let onResponse, let onChunk else { return .invalid }
                nonisolated(unsafe) let chunkContext = chunkContext  // the module's own, used by one thread at a time
                outExchange?.pointee = host.begin(OutboundRequest(copying: request.pointee), onResponse, context) {
                    body in
                    let memory = LentMemory()
                    let status = Status(rawValue: onChunk(chunkContext, memory.bytes(body)))
                    return status == .ok ? nil : status
                }
                return .pending
            }
        },
        resume: { call, exchange in
            TestHost.with(call, "gantry.http_client resume") { _, _ in .stale }
        },
        cancel: { call, exchange in
            TestHost.with(call, "gantry.http_client cancel") { host, _ in
                guard let found = host.state.withLock({ $0.exchanges.removeValue(forKey: exchange) }) else {
                    return .stale
                }
                host.threads.submit(
                    .init { _ = tell(.failure(HostError(.cancelled, message: "")), nil, found.take, found.context) })
                return .ok
            }
        })

    /// Hands the outcome to the module's function, and says what `perform` answers.
    @discardableResult
    static func tell(
        _ outcome: Result<OutboundResponse, HostError>, _ error: UnsafeMutablePointer<gantry_error_v1>?,
        _ onResponse: gantry_outbound_fn_v1?, _ context: UnsafeMutableRawPointer?
    ) -> Status {
        let record = ErrorRecord()
        switch outcome {
        case .success(let response):
            let memory = LentMemory()
            var raw = gantry_outbound_response_v1()
            raw.http_status = UInt32(clamping: response.status)
            raw.url = memory.text(response.url)
            raw.headers = memory.fields(response.headers.map { (name: $0.name.lowercased(), value: $0.value) })
            raw.header_count = UInt64(response.headers.count)
            raw.body = memory.bytes(response.body)
            _ = onResponse?(context, Status.ok.rawValue, &raw, record.pointer)
            return .ok
        case .failure(let failure):
            record.pointer.fill(code: failure.code, failure.message)
            error?.fill(code: failure.code, failure.message)
            _ = onResponse?(context, failure.status.rawValue, nil, record.pointer)
            return failure.status
        }
    }
}

extension TestHost {
    /// What the outside answers to `request`, by the test's script.
    func answer(_ request: OutboundRequest) -> Result<OutboundResponse, HostError> {
        let script = state.withLock { state in
            state.outbound.append(request)
            return state.outboundAnswer
        }
        let afterScheme = request.url.drop { $0 != ":" }.dropFirst(3)
        let host = String(afterScheme.prefix { !"/:?#".contains($0) })
        if let bundle, !bundle.outbound.contains(where: { Self.allows($0, host) }) {
            return .failure(HostError(.denied, message: "`\(host)` does not stand under `outbound:`"))
        }
        guard let script else {
            let message = "No answer is scripted for \(request.method) \(request.url); see `onOutbound`"
            return .failure(HostError(.failed, message: message))
        }
        do {
            var response = try script(request)
            if response.url.isEmpty { response.url = request.url }
            guard response.body.count <= request.responseLimit else {
                return .failure(HostError(.limit, message: "the body is too large"))
            }
            return .success(response)
        } catch {
            return .failure(error as? HostError ?? HostError(.failed, message: "\(error)"))
        }
    }

    /// Ports are the real host's matter: here only the name counts.
    private static func allows(_ pattern: String, _ host: String) -> Bool {
        let name = pattern.prefix { $0 != ":" }
        return name == host || name.hasPrefix("*.") && host.hasSuffix(name.dropFirst())
    }

    /// Answers `request` soon, on the host's thread.
    func begin(
        _ request: OutboundRequest, _ take: @escaping gantry_outbound_fn_v1, _ context: UnsafeMutableRawPointer?,
        _ body: @escaping ([UInt8]) -> Status?
    ) -> UInt64 {
        let number = state.withLock { state in
            let number = state.next()
            state.exchanges[number] = Exchange(take: take, context: context)
            return number
        }
        threads.submit(
            .init {
                var outcome = self.answer(request)
                guard let exchange = self.state.withLock({ $0.exchanges.removeValue(forKey: number) }) else { return }
                if case .success(let response) = outcome, let status = body(response.body) {
                    outcome = .failure(HostError(status, message: "the module took no more"))
                }
                HTTPClientTable.tell(outcome, nil, exchange.take, exchange.context)
            })
        return number
    }
}

extension OutboundRequest {
    /// A copy of what the interface lends.
    init(copying raw: gantry_outbound_request_v1) {
        self.init(
            raw.method.copy, raw.url.copy,
            headers: SystemTables.fields(raw.headers, raw.header_count).map { (name: $0.0, value: $0.1) },
            body: raw.body.copiedBytes,
            timeout: raw.timeout_milliseconds == 0 ? nil : .milliseconds(raw.timeout_milliseconds),
            responseLimit: raw.response_limit == 0 ? 1 << 20 : Int(clamping: raw.response_limit),
            redirectLimit: Int(raw.redirect_limit))
    }
}
