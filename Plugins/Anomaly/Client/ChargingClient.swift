public import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Speaks to the anomaly module of one tenant over its public API.
///
/// Requests that meet a rate limit wait as long as the answer says and are sent again. Any number of tasks may use one
/// client at the same time.
public struct ChargingClient: Sendable {
    /// Where the product answers, such as `http://127.0.0.1:8000`.
    public let address: URL
    private let key: String
    private let tenant: String?
    private let onWait: @Sendable (Duration) -> Void

    /// Creates a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - address: Scheme, host and port of the product.
    ///   - key: A tenant's API key or a user's token.
    ///   - tenant: Sent as `X-Tenant-Id` when given; must be the credential's own tenant.
    ///   - onWait: Called before the client waits for a rate limit.
    public init(
        address: URL, key: String, tenant: String? = nil, onWait: @escaping @Sendable (Duration) -> Void = { _ in }
    ) {
        self.address = address
        self.key = key
        self.tenant = tenant
        self.onWait = onWait
    }

    /// Stores one session; the answer carries its verdict when there are readings enough.
    public func createSession(_ session: NewSession) async throws -> SessionResult {
        try await send("POST", "v1/sessions", body: session)
    }

    /// Reads one session with its readings.
    public func session(_ sessionId: String) async throws -> SessionDetail {
        try await send("GET", "v1/sessions/\(Self.segment(sessionId))")
    }

    /// Reads one page of sessions, newest first.
    ///
    /// - Parameter filters: Query parameters as the contract names them, such as `chargingStationId`.
    public func sessions(
        page: Int = 0, pageSize: Int = 20, filters: [String: String] = [:]
    ) async throws -> Page<SessionSummary> {
        try await send("GET", "v1/sessions", query: Self.paging(page, pageSize, filters))
    }

    /// Reads one page of stations in the order of their identifiers.
    public func stations(page: Int = 0, pageSize: Int = 20) async throws -> Page<StationSummary> {
        try await send("GET", "v1/stations", query: Self.paging(page, pageSize))
    }

    /// Queues up to 200 sessions; throws a `ChargingClientError` naming the bad fields when one of them is refused.
    public func submitBatch(_ sessions: [NewSession]) async throws -> BatchTicket {
        try await send("POST", "v1/sessions/batch", body: ["sessions": sessions])
    }

    /// Reads how far a batch has come and one page of its results.
    public func batch(_ batchId: String, page: Int = 0, pageSize: Int = 100) async throws -> Batch {
        try await send("GET", "v1/sessions/batch/\(Self.segment(batchId))", query: Self.paging(page, pageSize))
    }

    /// Polls a batch until it has ended and returns all of its results in the order of submission.
    ///
    /// - Parameter onProgress: Called with the number of sessions dealt with so far whenever it has risen.
    public func results(
        ofBatch batchId: String, onProgress: (Int) -> Void = { _ in }
    ) async throws -> [SessionResult] {
        var pause = Duration.milliseconds(20)
        var seen = 0
        var batch = try await batch(batchId)
        while true {
            if batch.processedSessions > seen {
                seen = batch.processedSessions
                onProgress(seen)
            }
            if batch.completedAt != nil { break }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
            batch = try await self.batch(batchId)
        }
        var results = batch.results
        var page = 1
        while results.count < batch.processedSessions {
            let next = try await self.batch(batchId, page: page)
            guard !next.results.isEmpty else { break }
            results += next.results
            page += 1
        }
        return results
    }
}

extension ChargingClient {
    private static func paging(_ page: Int, _ pageSize: Int, _ filters: [String: String] = [:]) -> [URLQueryItem] {
        [URLQueryItem(name: "page", value: "\(page)"), URLQueryItem(name: "pageSize", value: "\(pageSize)")]
            + filters.sorted { $0.key < $1.key }.map { URLQueryItem(name: $0.key, value: $0.value) }
    }

    private static func segment(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }

    private func send<Answer: Decodable>(
        _ method: String, _ path: String, query: [URLQueryItem] = []
    ) async throws -> Answer {
        try await send(method, path, query: query, data: nil)
    }

    private func send<Answer: Decodable>(
        _ method: String, _ path: String, body: some Encodable
    ) async throws -> Answer {
        try await send(method, path, query: [], data: JSONEncoder().encode(body))
    }

    private func send<Answer: Decodable>(
        _ method: String, _ path: String, query: [URLQueryItem], data: Data?
    ) async throws -> Answer {
        var components = URLComponents(url: address, resolvingAgainstBaseURL: false)
        components?.percentEncodedPath = "/" + path
        components?.queryItems = query.isEmpty ? nil : query
        guard let url = components?.url else {
            throw ChargingClientError(status: 0, reason: "bad_address", message: "\(address) is no usable address.")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
        if let tenant { request.setValue(tenant, forHTTPHeaderField: "X-Tenant-Id") }
        if let data {
            request.httpBody = data
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        while true {
            let (body, http) = try await exchange(request)
            let status = http?.statusCode ?? 0
            if 200..<300 ~= status { return try Self.decode(body) }
            guard status == 429 else { throw ChargingClientError(status: status, body: body) }
            let pause = Duration.seconds(max(1, http?.value(forHTTPHeaderField: "Retry-After").flatMap(Int.init) ?? 1))
            onWait(pause)
            try await Task.sleep(for: pause)
        }
    }

    private func exchange(_ request: URLRequest) async throws -> (Data, HTTPURLResponse?) {
        do {
            let (body, response) = try await URLSession.shared.data(for: request)
            return (body, response as? HTTPURLResponse)
        } catch let error as URLError {
            throw ChargingClientError(
                status: 0, reason: "no_answer", message: "\(address) does not answer.", cause: error)
        }
    }

    private static func decode<Answer: Decodable>(_ body: Data) throws -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: body)
        } catch {
            throw ChargingClientError(
                status: 200, reason: "unexpected_answer", message: "The answer has an unexpected shape.", cause: error)
        }
    }
}
