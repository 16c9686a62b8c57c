public import Foundation

/// Speaks to the anomaly module of one tenant over its public API: one method for each operation of the contract, under
/// its name.
///
/// Requests that meet a rate limit wait as long as the answer says and are sent again, up to `greatestRetries` times.
/// Every other refusal is a `ChargingClientError`. Any number of tasks may use one client at the same time.
public struct ChargingClient: Sendable {
    /// How often a request that meets a rate limit is sent again.
    public var greatestRetries = 20
    private let transport: any Transport
    private let key: String
    private let tenant: String?
    private let onWait: @Sendable (Duration) -> Void

    /// Creates a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - address: Scheme, host and port of the product, such as `http://127.0.0.1:8000`.
    ///   - key: A tenant's API key or a user's token.
    ///   - tenant: Sent as `X-Tenant-Id` when given; must be the credential's own tenant.
    ///   - onWait: Called before the client waits for a rate limit.
    public init(
        address: URL, key: String, tenant: String? = nil,
        onWait: @escaping @Sendable (Duration) -> Void = { _ in }
    ) {
        self.init(transport: HTTPTransport(address: address), key: key, tenant: tenant, onWait: onWait)
    }

    /// Creates a client over a transport of the caller's own.
    ///
    /// - Parameters:
    ///   - transport: Brings the requests to the product.
    ///   - key: A tenant's API key or a user's token.
    ///   - tenant: Sent as `X-Tenant-Id` when given; must be the credential's own tenant.
    ///   - onWait: Called before the client waits for a rate limit.
    public init(
        transport: any Transport, key: String, tenant: String? = nil,
        onWait: @escaping @Sendable (Duration) -> Void = { _ in }
    ) {
        self.transport = transport
        self.key = key
        self.tenant = tenant
        self.onWait = onWait
    }

    // MARK: Requests

    /// Sends a request without a body and reads its answer.
    func get<Answer: Decodable>(
        _ operation: Operation, _ parameters: [String] = [], query: [(String, String?)] = []
    ) async throws -> Answer {
        try Self.decode(try await send(operation, parameters, query: query, body: nil))
    }

    /// Sends a request with a body and reads its answer.
    func send<Answer: Decodable>(
        _ operation: Operation, _ parameters: [String] = [], _ body: some Encodable
    ) async throws -> Answer {
        try Self.decode(
            try await send(operation, parameters, query: [], body: try JSONEncoder().encode(body)))
    }

    /// Sends a request without a body whose answer says nothing.
    func perform(_ operation: Operation, _ parameters: [String] = []) async throws {
        _ = try await send(operation, parameters, query: [], body: nil)
    }

    private func send(
        _ operation: Operation, _ parameters: [String], query: [(String, String?)], body: Data?
    ) async throws -> Data {
        var request = ClientRequest(
            method: operation.method, target: operation.target(parameters, query),
            headers: ["Authorization": "Bearer \(key)", "Accept": "application/json"], body: body)
        if let tenant { request.headers["X-Tenant-Id"] = tenant }
        if body != nil { request.headers["Content-Type"] = "application/json" }
        var retries = 0
        while true {
            let response = try await transport.send(request)
            if 200..<300 ~= response.status { return response.body }
            guard response.status == 429, retries < greatestRetries else {
                throw ChargingClientError(status: response.status, body: response.body)
            }
            retries += 1
            let pause = Duration.seconds(max(1, response.headers["retry-after"].flatMap { Int($0) } ?? 1))
            onWait(pause)
            try await Task.sleep(for: pause)
        }
    }

    private static func decode<Answer: Decodable>(_ body: Data) throws -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: body)
        } catch {
            throw ChargingClientError(
                status: 200, reason: "unexpected_answer", message: "The answer has an unexpected shape.",
                cause: error)
        }
    }
}
