public import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A request as it goes out.
public struct ClientRequest: Sendable, Equatable {
    /// The method.
    public var method: String
    /// Path and query behind the address, encoded.
    public var target: String
    /// Header fields.
    public var headers: [String: String]
    /// The body, if there is one.
    public var body: Data?
}

/// An answer as it came in.
public struct ClientResponse: Sendable, Equatable {
    /// The status.
    public var status: Int
    /// Header fields, their names in lower case.
    public var headers: [String: String]
    /// The body.
    public var body: Data

    /// Makes an answer.
    public init(status: Int, headers: [String: String] = [:], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Brings requests to the product. Any number of tasks may use one at the same time.
public protocol Transport: Sendable {
    /// Sends a request and waits for its answer. Throws a `ChargingClientError` when there is none.
    func send(_ request: ClientRequest) async throws -> ClientResponse
}

/// Sends requests over HTTP by `URLSession`.
public struct HTTPTransport: Transport {
    /// Scheme, host and port of the product.
    public let address: URL

    /// Creates a transport; nothing is sent yet.
    public init(address: URL) {
        self.address = address
    }

    /// Sends a request and waits for its answer.
    public func send(_ request: ClientRequest) async throws -> ClientResponse {
        var base = address.absoluteString
        while base.hasSuffix("/") { base.removeLast() }
        guard let url = URL(string: base + request.target) else {
            throw ChargingClientError(
                status: 0, reason: "bad_address", message: "\(address) is no usable address.")
        }
        var message = URLRequest(url: url)
        message.httpMethod = request.method
        message.httpBody = request.body
        for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
        do {
            let (body, response) = try await URLSession.shared.data(for: message)
            let http = response as? HTTPURLResponse
            var headers: [String: String] = [:]
            for (name, value) in http?.allHeaderFields ?? [:] {
                headers["\(name)".lowercased()] = "\(value)"
            }
            return ClientResponse(status: http?.statusCode ?? 0, headers: headers, body: body)
        } catch let error as URLError {
            throw ChargingClientError(
                status: 0, reason: "no_answer", message: "\(address) does not answer.", cause: error)
        }
    }
}
