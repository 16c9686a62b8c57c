import CGantry

/// HTTP requests to the outside, to the hosts under `outbound` of the manifest that the operator allows too.
///
/// A status of HTTP is never an error here: 404 is an answer. No connection, no time left, or a host that is not
/// allowed throws `HostError`.
public struct HTTPClient {
    let scope: CallScope

    /// Sends `request` and waits for the answer.
    public func send(_ request: OutboundRequest) throws(HostError) -> OutboundResponse {
        let table = try scope.tables.pointee.httpClient.get()
        var response: OutboundResponse?
        do throws(HostError) {
            try HostError.checkRecord("gantry.http_client perform") { record in
                request.withRaw { raw in
                    withUnsafeMutablePointer(to: &response) { response in
                        table.pointee.perform.unsafelyUnwrapped(scope.call, raw, Self.take, response, record)
                    }
                }
            }
        } catch {
            throw error.hinting(url: request.url)
        }
        guard let response else { throw HostError(.failed, message: "gantry.http_client brought no answer") }
        return response
    }

    /// Gets what is at `url`.
    public func get(_ url: String) throws(HostError) -> OutboundResponse { try send(OutboundRequest("GET", url)) }

    /// Posts the JSON of `value` to `url`.
    public func post(_ url: String, json value: some Encodable) throws -> OutboundResponse {
        try send(.json("POST", url, value))
    }

    private static let take: gantry_outbound_fn_v1 = { context, status, response, _ in
        guard status == Status.ok.rawValue, let response else { return Status.ok.rawValue }
        context?.assumingMemoryBound(to: OutboundResponse?.self).pointee = OutboundResponse(response.pointee)
        return Status.ok.rawValue
    }
}

extension HostError {
    /// The same error, with what to do about a host that is not allowed.
    func hinting(url: String) -> HostError {
        guard status == .denied, !message.contains("module.yaml") else { return self }
        return HostError(
            status, code: code,
            message:
                "\(message) (\(url): its host must stand under `outbound:` in module.yaml, and the operator allow it)")
    }
}
