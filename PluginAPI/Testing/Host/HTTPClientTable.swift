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
                outExchange?.pointee = host.begin(OutboundRequest(copying: request.pointee), onResponse, context)
                return .pending
            }
        },
        stream: { call, request, onChunk, chunkContext, onResponse, context, outExchange, _ in
            TestHost.with(call, "gantry.http_client stream") { host, _ in
                guard let request, let onResponse, let onChunk else { return .invalid }
                nonisolated(unsafe) let chunkContext = chunkContext  // the module's own, used by one thread at a time
                outExchange?.pointee = host.begin(OutboundRequest(copying: request.pointee), onResponse, context) {
                    let memory = LentMemory()
                    return Status(rawValue: onChunk(chunkContext, memory.bytes($0)))
                }
                return .pending
            }
        },
        resume: { call, exchange in
            TestHost.with(call, "gantry.http_client resume") { host, _ in
                guard host.state.withLock({ $0.exchanges[exchange] != nil }) else { return .stale }
                host.threads.submit(.init { host.goOn(exchange) })
                return .ok
            }
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
        if let bundle, !bundle.outbound.contains(where: { Self.allows(configured($0), host) }) {
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

    /// The host that the configuration names for a pattern such as `{language.endpoint}`; any other as it is.
    private func configured(_ pattern: String) -> String {
        guard pattern.hasPrefix("{"), pattern.hasSuffix("}") else { return pattern }
        let url = try? JSONDocument(configuration).withRoot { root in
            pattern.dropFirst().dropLast().split(separator: ".").reduce(Optional(root)) { $0?[String($1)] }?.string
        }
        let afterScheme = (url ?? nil ?? "").drop { $0 != ":" }.dropFirst(3)
        return String(afterScheme.prefix { !"/?#".contains($0) })
    }

    /// Ports are the real host's matter: here only the name counts.
    private static func allows(_ pattern: String, _ host: String) -> Bool {
        let name = pattern.prefix { $0 != ":" }
        return name == host || name.hasPrefix("*.") && host.hasSuffix(name.dropFirst())
    }

    /// Answers `request` soon, on the host's thread; the body goes to `onChunk` where there is one.
    func begin(
        _ request: OutboundRequest, _ take: @escaping gantry_outbound_fn_v1, _ context: UnsafeMutableRawPointer?,
        _ onChunk: (([UInt8]) -> Status)? = nil
    ) -> UInt64 {
        let number = state.withLock { state in
            let number = state.next()
            state.exchanges[number] = Exchange(take: take, context: context, onChunk: onChunk)
            return number
        }
        threads.submit(
            .init {
                let outcome = self.answer(request)
                self.state.withLock { state in
                    state.exchanges[number]?.outcome = outcome
                    guard onChunk != nil, case .success(let response) = outcome else { return }
                    // Two pieces show a module that takes only one, without many words.
                    let half = response.body.count / 2
                    state.exchanges[number]?.pieces = [response.body[..<half], response.body[half...]].map(Array.init)
                    state.exchanges[number]?.outcome = .success(
                        OutboundResponse(status: response.status, url: response.url, headers: response.headers))
                }
                self.goOn(number)
            })
        return number
    }

    /// Hands over the next pieces of an exchange, and its outcome behind the last one.
    func goOn(_ number: UInt64) {
        while let exchange = state.withLock({ $0.exchanges[number] }), let outcome = exchange.outcome {
            if let piece = exchange.pieces.first, let onChunk = exchange.onChunk {
                let status = piece.isEmpty ? .ok : onChunk(piece)
                if status == .busy { return }
                state.withLock { state in
                    _ = state.exchanges[number]?.pieces.removeFirst()
                    guard status != .ok else { return }
                    state.exchanges[number]?.pieces = []
                    state.exchanges[number]?.outcome = .failure(HostError(status, message: "the module takes no more"))
                }
            } else if let ended = state.withLock({ $0.exchanges.removeValue(forKey: number) }) {
                HTTPClientTable.tell(outcome, nil, ended.take, ended.context)
            }
        }
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
